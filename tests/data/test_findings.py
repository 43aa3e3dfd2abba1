"""An inspection in words."""

import numpy as np
import pytest
from PIL import Image

from condgan import Attributes, Classes, LabelledImages, Quantities, inspect_data
from condgan.data.findings import LINES, WIDTH

DRAW = np.random.default_rng(0)


def words(found):
    """The text on one line, since where it breaks is of no matter."""
    return " ".join(str(found).split())


def arrays(labels, **options):
    X = DRAW.integers(0, 256, (len(labels), 8, 8), dtype=np.uint8)
    return inspect_data((X, labels), name="pets", **options)


def save(path, size=(8, 8), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = DRAW.integers(0, 256, (size[1], size[0], channels), dtype=np.uint8)
    Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels).save(path)


def test_classes_and_their_bars():
    text = str(arrays(["cat"] * 6 + ["dog"] * 3))
    assert text.startswith(
        "pets: 9 images of 2 classes\n  shape   1 x 8 x 8 (gray, 8 high, 8 wide)"
    )
    assert f"\n  cat  6  {'#' * 30}\n  dog  3  {'#' * 15}\n" in text
    assert "Uneven: cat has 2 times the images of dog" in text
    for way_out in ("--balanced", "condgan study"):
        assert way_out in text


def test_even_classes_need_no_word():
    assert "Uneven" not in str(arrays(["cat"] * 5 + ["dog"] * 4))


@pytest.mark.filterwarnings("error")
def test_an_empty_class_is_shown_and_told_of():
    text = str(arrays(["cat", "dog"], classes=["cat", "dog", "yak"]))
    assert "yak  0  no image" in text
    assert "no image of 1 of 3 classes: 'yak'" in text


def test_many_classes_are_cut_short():
    labels = [i for i in range(LINES + 5) for _ in range(1 + i // LINES)]
    text = str(arrays(labels))
    assert "  and 5 more, of 2 to 2 images each" in text
    assert f"\n  {LINES}  " not in text


def test_labels_that_read_alike_stay_two():
    data = arrays([0, 1, 1]).data
    text = str(inspect_data(LabelledImages(data.images, data.labels, ["3", 3])))
    assert "\n  3  1  #" in text
    assert "\n  3  2  #" in text


def test_large_pictures_are_warned_of(tmp_path):
    save(tmp_path / "pets" / "cat" / "0.png", (130, 140))
    assert "-> large ones take very long" in words(inspect_data(tmp_path / "pets"))
    assert "large" not in words(inspect_data(tmp_path / "pets", image_size=64))


def test_bytes_and_floats():
    X = np.full((2, 8, 8), 7, np.uint8)
    X[:, 0, 0] = 200
    assert "7 to 200, held as uint8" in words(inspect_data((X, [0, 1])))
    floats = np.linspace(-1, 0.5, 128).reshape(2, 8, 8)
    assert "-1 to 0.5, held as float32" in words(inspect_data((floats, [0, 1])))


def test_other_conditions():
    labels = np.array([[1, 0], [1, 1], [1, 0]], np.float32)
    text = str(arrays(labels, classes=Attributes(["hat", "smile"])))
    assert f"\nattributes\n  hat    3  {'#' * 30}\n  smile  1  {'#' * 10}\n" in text
    text = str(arrays(np.array([[3], [5.5], [4]]), classes=Quantities(["age"])))
    assert "\nquantities\n  age: 3 to 5.5\n" in text


def test_files(tmp_path):
    for i in range(3):
        save(tmp_path / "pets" / "cat" / f"{i}.png")
    save(tmp_path / "pets" / "dog" / "0.jpg", (30, 10), "L")
    save(tmp_path / "pets" / "dog" / "1.png", (6, 6), "RGBA")
    save(tmp_path / "pets" / "dog" / "raw" / "1.png")
    (tmp_path / "pets" / "readme.md").touch()
    text = words(inspect_data(tmp_path / "pets"))
    for part in (
        "sizes 3 of 8 x 8, 1 of 30 x 10, 1 of 6 x 6 (width x height)",
        "-> each becomes 8 x 8 -> of another shape: 1, which lose their edges",
        "-> enlarged: 1, which adds no detail",
        "colours 3 colour, 1 gray, 1 colour with transparency",
        "-> each becomes colour (in Python, channels=1 for gray)",
        "-> perhaps transparent: 1, laid on white",
        "endings 4 .png, 1 .jpg",
        "not read readme.md: not called as images are",
        "not read dog/raw/1.png: not directly in the folder of a class",
        "before training images differ in size; make them one size: --image-size 8",
    ):
        assert part in text
    padded = words(inspect_data(tmp_path / "pets", fit="pad", background="black", channels=1))
    assert "of another shape: 1, which get a border" in padded
    assert "each becomes gray (in Python, channels=3 for colour)" in padded
    assert "laid on black" in padded


def test_files_that_are_alike_need_few_words(tmp_path):
    save(tmp_path / "pets" / "cat" / "0.png")
    text = str(inspect_data(tmp_path / "pets"))
    assert "1 of 8 x 8" in text
    for absent in ("->", "not read", "oddities", "before training"):
        assert absent not in text


def test_twins_and_flat_pictures():
    text = str(arrays([0, 1]))
    assert "the same picture twice\n  none" in text
    assert "nearly constant pictures\n  none" in text
    data = LabelledImages(arrays([0] * 14).data.images, arrays([0, 1] * 7).data.labels, Classes(2))
    data.images[2:4] = data.images[:1]
    data.images[5:7] = data.images[4:5]
    data.images[7] = data.images[9]
    data.images[8:14] = 0
    data.images[7] = data.images[1]
    text = words(inspect_data(data))
    assert "2 more than once" not in text
    assert "3 under different labels" in text
    assert "image 0 = image 2 = image 3; image 4 = image 5 = image 6" in text
    assert "1 more than once under one label: image 1 = image 7. Keep one of each" in text
    assert "6: image 8, image 9, image 10, image 11, and 2 more. Look at them" in text


def test_no_line_is_too_long(tmp_path):
    for i in range(6):
        save(tmp_path / "pets" / "cat" / f"{i}.png", (8 + i, 8))
        (tmp_path / "pets" / "cat" / f"some notes about the cats, part {i}.txt").touch()
    assert max(map(len, str(inspect_data(tmp_path / "pets")).splitlines())) <= WIDTH
