"""Images that a table names more than once."""

import numpy as np
import pytest

from condgan import errors
from condgan.data.readers.repeats import each_once
from condgan.data.readers.unlabelled import STRICT, Unlabelled

FILES = ["a.png", "b.png", "a.png", "c.png", "a.png"]


def once(labels, policy=STRICT, **more):
    return each_once(FILES, {"label": labels, **more}, "x.csv", "line {}".format, policy)


@pytest.mark.parametrize(
    "labels",
    [
        ["cat", "dog", " cat", "owl", "cat "],
        np.array([1.0, 2, 1, 3, 1]),
        [None, "dog", float("nan"), "owl", ""],
        [["hat"], [], ["hat"], [], ("hat",)],
    ],
)
def test_the_same_label_again_counts_once(labels):
    with pytest.warns(UserWarning, match=r"x\.csv: 2 rows name a file again.*: line 2, line 4\."):
        assert once(labels) == [0, 1, 3]


@pytest.mark.parametrize("labels", [["cat", "dog", "cat", "owl", "yak"], [1, 2, None, 3, 1]])
def test_another_label_leaves_none(labels):
    with pytest.raises(errors.LabelError) as caught:
        once(labels)
    for words in ("1 of 3 images come twice", "'a.png' (line 0 and line", "hat|smile", "skip"):
        assert words in str(caught.value)
    with (
        pytest.warns(UserWarning, match="1 of 3 images come twice"),
        pytest.warns(UserWarning, match="1 rows name a file again"),
    ):
        assert once(labels, Unlabelled("skip")) == [1, 3]


def test_all_columns_count():
    with pytest.raises(errors.LabelError, match="line 0 and line 4"):
        once([1] * 5, smile=[0, 0, 0, 0, 1])


def test_no_repeat_is_no_word():
    assert each_once(["a", "b"], {"label": [1, 1]}, "x", str, STRICT) == [0, 1]
