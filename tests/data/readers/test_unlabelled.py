"""Images without a label."""

import numpy as np
import pytest
import torch

from condgan import errors
from condgan.data.readers.left_out import LeftOut
from condgan.data.readers.unlabelled import STRICT, Unlabelled

NAN = float("nan")


@pytest.mark.parametrize(
    ("cells", "marks", "kept"),
    [
        (["cat", None, "dog", ""], (), [0, 2]),
        (["cat", "NA", "dog", "?"], ("NA", "?"), [0, 2]),
        (["cat", "NA ", "na", "NA"], "NA", [0, 2]),
        ([0, -1, 1, -1.0], -1, [0, 2]),
        (["0", "-1", "1", "-1"], (-1,), [0, 2]),
        (np.array([1, 255, 0, 255], np.uint8), [255], [0, 2]),
        (np.array([1, NAN, 0, NAN]), (), [0, 2]),
        (np.array([[1, 2], [NAN, 2], [3, 4], [5, NAN]]), (), [0, 2]),
        (np.array([3, 7]), (), [0, 1]),
        ([torch.tensor(1), torch.tensor(NAN), [3], [None]], (), [0, 2]),
        ([[0.5, 1], [0.5, NAN], {"hat"}, [""]], (), [0, 2]),
        ([True, None, False, NAN], (), [0, 2]),
    ],
)
def test_rows_that_have_a_label(cells, marks, kept):
    policy = Unlabelled("skip", marks)
    if len(kept) == len(cells):
        assert list(policy.rows({"label": cells}, "pets")) == kept
        return
    with pytest.warns(LeftOut, match=r"pets: 2 of 4 images have no label .*: row 1, row 3\."):
        assert list(policy.rows({"label": cells}, "pets")) == kept
    with pytest.raises(errors.LabelError, match=r'2 of 4 .* row 1, row 3\. .*on_unlabelled="skip"'):
        Unlabelled("error", marks).rows({"label": cells}, "pets")


def test_a_row_needs_all_its_labels():
    columns = {"hat": [1, None, 0], "smile": [0, 1, ""]}
    with pytest.raises(errors.LabelError, match=r"2 of 3 .*line 3, line 4"):
        STRICT.rows(columns, "x", lambda i: f"line {i + 2}")


def test_an_empty_cell_may_mean_that_no_label_is_true():
    cells = ["hat", "", "?"]
    assert list(STRICT.rows({"tags": cells}, "x", blank_is_none=True)) == [0, 1, 2]
    for marks, kept in (("?", [0, 1]), (("", "?"), [0])):
        with pytest.warns(LeftOut):
            assert Unlabelled("skip", marks).rows({"t": cells}, "x", blank_is_none=True) == kept


def test_nothing_left_and_many_left_out():
    with pytest.warns(LeftOut), pytest.raises(errors.DataError, match="none of the 2 images"):
        Unlabelled("skip").rows({"label": [None, ""]}, "x")
    with pytest.raises(errors.LabelError, match=r"9 of 10 .*row 6 and 3 more\. Give"):
        STRICT.rows({"label": ["a", *[""] * 9]}, "x")
    assert len(STRICT.rows({"label": []}, "x")) == 0


def test_the_warning_says_by_which_option():
    with pytest.warns(LeftOut) as caught:
        Unlabelled("skip").rows({"label": ["a", None]}, "x")
    assert caught[0].message.option == "on_unlabelled"


def test_there_are_two_policies():
    with pytest.raises(errors.ConfigError, match=r"on_unlabelled.*'drop'"):
        Unlabelled("drop")


def test_filled_cells():
    assert Unlabelled(marks="?").filled([" cat", "?", None, 0, [3]]) == ["cat", 0, [3]]
