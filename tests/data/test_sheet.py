"""The contact sheet: which images it shows, and where."""

import numpy as np
import pytest
import torch

from condgan import Attributes, LabelledImages, Quantities
from condgan.data import sheet
from condgan.data.sheet import COLUMNS, ROWS, contact_sheet
from condgan.errors import ConfigError


@pytest.fixture
def drawn(monkeypatch):
    """What the sheet is drawn from."""
    seen = []
    usual = sheet.grid

    def remembered(*arguments):
        seen.append(arguments)
        return usual(*arguments)

    monkeypatch.setattr(sheet, "grid", remembered)
    return seen


def set_of(labels, classes, side=4):
    """Image i is of one gray, from black to white."""
    gray = torch.linspace(-1, 1, len(labels))[:, None, None, None]
    return LabelledImages(gray.repeat(1, 1, side, side), torch.tensor(labels), classes)


def test_a_row_a_class_from_first_to_last(drawn):
    data = set_of([0] * 19 + [1] * 2, ["cat", "dog", "yak"])
    contact_sheet(data)
    ((images, columns, names),) = drawn
    assert columns == COLUMNS
    assert names == ["cat", "dog", "yak"]
    cats, dogs, yaks = images.unflatten(0, (3, COLUMNS))
    assert torch.equal(cats, data.images[0:19:2])
    assert torch.equal(dogs[:2], data.images[19:])
    assert (dogs[2:] == 1).all()
    assert (yaks == 1).all()


def test_no_more_rows_than_fit(drawn):
    contact_sheet(set_of(list(range(30)), 30))
    assert drawn[0][2] == [str(i) for i in range(ROWS)]


def test_attributes_show_who_has_them(drawn):
    rows = [[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
    data = set_of(rows, Attributes(["hat", "smile"]))
    contact_sheet(data)
    hats, smiles = drawn[0][0].unflatten(0, (2, COLUMNS))
    assert torch.equal(hats[:2], data.images[:2])
    assert torch.equal(smiles[:1], data.images[1:2])
    assert (smiles[1:] == 1).all()


def test_quantities_go_from_least_to_greatest(drawn):
    data = set_of([[30.0], [10.0], [20.0]], Quantities(["age"]))
    contact_sheet(data)
    assert torch.equal(drawn[0][0][:3], data.images[[1, 2, 0]])


def test_large_images_become_smaller_and_a_long_name_shorter():
    data = set_of([0, 0, 2], ["cat", "dog", "y" * 200], side=400)
    picture = contact_sheet(data)
    assert picture.width < 1600
    assert picture.height < 400


def test_colour_and_what_is_no_picture():
    images = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    images[:, 0] = 255
    data = LabelledImages(images, torch.tensor([0, 1]), 2)
    assert (255, 0, 0) in {tuple(pixel) for pixel in np.asarray(contact_sheet(data))[20]}
    with pytest.raises(ConfigError, match="2"):
        contact_sheet(LabelledImages(images[:, :2], torch.tensor([0, 1]), 2))
