"""Pictures and labels in two lists."""

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import errors
from condgan.conditions import Attributes
from condgan.data.readers.pictures import are_pictures, read_pictures


@pytest.fixture
def paths(tmp_path):
    for k in range(3):
        Image.new("L", (8, 6), 70 + k).save(tmp_path / f"{k}.png")
    return [tmp_path / f"{k}.png" for k in range(3)]


@pytest.mark.parametrize("form", ["paths", "text", "bytes", "pillow", "array", "series"])
def test_every_form(paths, form):
    forms = {
        "paths": paths,
        "text": list(map(str, paths)),
        "bytes": [path.read_bytes() for path in paths],
        "pillow": [Image.new("L", (8, 6), 70 + k) for k in range(3)],
        "array": np.array(list(map(str, paths))),
    }
    if form == "series":
        forms["series"] = pytest.importorskip("pandas").Series(map(str, paths), index=[5, 6, 7])
    data = read_pictures(forms[form], ["a", "b", "a"], image_size=4)
    assert are_pictures(forms[form])
    assert data.images[:, 0, 0, 0].tolist() == [70, 71, 72]
    assert data.image_shape == (1, 4, 4)
    assert data.counts() == {"a": 2, "b": 1}


def test_what_is_left_out_takes_its_label_along(paths):
    paths[0].write_bytes(b"rubbish")
    skip = dict.fromkeys(("on_bad", "on_missing", "on_unlabelled"), "skip")
    with (
        pytest.warns(UserWarning, match="skipped 1 files"),
        pytest.warns(UserWarning, match="index 1"),
        pytest.warns(UserWarning, match=r"'x\.png'"),
    ):
        data = read_pictures(
            ["0.png", "1.png", "2.png", "x.png"],
            torch.tensor([7, torch.nan, 7, 7]),
            root=paths[0].parent,
            **skip,
        )
    assert data.counts() == {7: 1}
    assert data.images[0, 0, 0, 0] == 72


def test_attributes_and_another_number_of_labels(paths):
    sets = [{"hat"}, set(), {"hat", "smile"}]
    assert read_pictures(paths, sets).classes == Attributes(["hat", "smile"])
    with pytest.raises(errors.DataError, match="3 images but 2 labels"):
        read_pictures(paths, [0, 1])


@pytest.mark.parametrize(
    "images", [[], [[[0, 255]]], np.zeros((2, 4, 4)), torch.zeros(2, 4, 4), [np.zeros((4, 4))], 5]
)
def test_what_is_no_list_of_pictures(images):
    assert not are_pictures(images)
