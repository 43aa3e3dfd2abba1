"""A grid shows itself, is saved, and moves."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from condgan.errors import ConfigError
from condgan.images import CAPTION, GAP, grid, to_bytes
from condgan.pictures import ImageGrid

VALUES = torch.linspace(-1, 1, 6)


@pytest.fixture
def sheet():
    """Two rows of three images, each of one gray of its own."""
    images = VALUES[:, None, None, None].expand(6, 1, 8, 8)
    return ImageGrid(images, 3, "grays", ("a", "b"), ("x", "y", "z"))


def test_the_picture_is_a_captioned_grid_of_squares(sheet):
    made = np.asarray(sheet.picture())
    below = grid(sheet.images, 3, ("a", "b"), column_names=("x", "y", "z"), smooth=False)
    assert np.array_equal(made[CAPTION:], np.asarray(below))
    assert made[:CAPTION].min() < 100


def test_without_a_title_there_is_no_caption(sheet):
    bare = ImageGrid(sheet.images, 3)
    assert bare.picture().size == (GAP + 3 * (56 + GAP), GAP + 2 * (56 + GAP))


def test_smooth_is_asked_for():
    image = torch.eye(4)[None, None] * 2 - 1
    squares, smooth = (ImageGrid(image, 1).picture(smooth=smooth) for smooth in (False, True))
    assert len(np.unique(squares)) == 3  # black, white and the gray between images
    assert len(np.unique(smooth)) > 10


def test_it_is_saved_as_what_the_ending_says(sheet, tmp_path):
    target = sheet.save(tmp_path / "new" / "x.png")
    assert target == tmp_path / "new" / "x.png"
    with Image.open(target) as opened:
        assert np.array_equal(np.asarray(opened), np.asarray(sheet.picture()))
    with pytest.raises(ConfigError, match="no ending of a picture"):
        sheet.save(tmp_path / "x.nonsense")


def test_a_notebook_gets_the_same_picture(sheet):
    with Image.open(io.BytesIO(sheet._repr_png_())) as opened:
        assert opened.format == "PNG"
        assert np.array_equal(np.asarray(opened), np.asarray(sheet.picture()))


def test_a_terminal_gets_a_line(sheet):
    assert repr(sheet) == "ImageGrid('grays', 2 x 3 images of 1x8x8)"


def test_the_film_goes_through_the_columns_and_back(sheet):
    film = sheet.film(milliseconds=50)
    assert film.milliseconds == 50
    assert len(film.frames) == 4
    shown = [
        [frame.getpixel((GAP + x, CAPTION + GAP)) for x in (0, 112 + GAP)] for frame in film.frames
    ]
    grays = to_bytes(VALUES).reshape(2, 3).T.tolist()  # a column a row
    assert shown == [grays[0], grays[1], grays[2], grays[1]]


def test_each_frame_says_where_it_is(sheet):
    first, second, third, again = (np.asarray(f)[:CAPTION] for f in sheet.film().frames)
    assert not np.array_equal(first, second)
    assert not np.array_equal(second, third)
    assert np.array_equal(second, again)


@pytest.mark.parametrize(("rows", "across"), [(1, 1), (2, 2), (5, 3), (9, 3)])
def test_the_images_of_a_frame_fill_a_square(rows, across):
    film = ImageGrid(torch.zeros(2 * rows, 1, 8, 8), 2).film()
    assert film.frames[0].width == GAP + across * (112 + GAP)


def test_large_images_are_not_enlarged():
    assert ImageGrid(torch.zeros(2, 3, 200, 100), 2).film().frames[0].size == (
        2 * GAP + 100,
        2 * GAP + 200,
    )
