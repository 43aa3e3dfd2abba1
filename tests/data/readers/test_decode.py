import numpy as np
import pytest
from PIL import Image

from condgan import errors
from condgan.data.readers.decode import Decoder
from condgan.data.readers.stack import stacked_pictures


@pytest.mark.parametrize(
    ("mode", "colour", "wanted"),
    [
        ("1", 1, [255]),
        ("L", 7, [7]),
        ("LA", (7, 255), [7]),
        ("LA", (7, 0), [255]),
        ("RGB", (1, 2, 3), [1, 2, 3]),
        ("RGBA", (255, 0, 0, 0), [255, 255, 255]),
        ("RGBA", (255, 0, 0, 255), [255, 0, 0]),
        ("CMYK", (0, 0, 0, 0), [255, 255, 255]),
        ("I;16", 4660, [4660]),
        ("I", 4660, [4660]),
    ],
)
def test_every_mode(mode, colour, wanted):
    pixels = Decoder()(Image.new(mode, (3, 2), colour))
    assert pixels.shape == (2, 3, len(wanted))
    assert pixels[1, 2].tolist() == wanted
    assert pixels.dtype == (np.uint16 if mode.startswith("I") else np.uint8)


def test_a_palette_is_expanded_with_its_transparency():
    image = Image.new("P", (2, 1), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 0)
    assert Decoder()(image)[0].tolist() == [[0, 255, 0], [255, 0, 0]]
    image.info["transparency"] = 0
    assert Decoder()(image)[0].tolist() == [[0, 255, 0], [255, 255, 255]]


def test_background():
    clear = Image.new("RGBA", (1, 1), (255, 0, 0, 0))
    assert Decoder(background="black")(clear)[0, 0].tolist() == [0, 0, 0]
    assert Decoder(background=(1, 2, 3))(clear)[0, 0].tolist() == [1, 2, 3]
    assert Decoder(background="blue")(Image.new("LA", (1, 1), (9, 0))).tolist() == [[[0, 0, 255]]]
    assert Decoder(channels=4)(clear)[0, 0].tolist() == [255, 0, 0, 0]


def test_channels():
    red, gray, deep = Image.new("RGB", (1, 1), "red"), Image.new("L", (1, 1), 9), None
    assert Decoder(channels=1)(red).tolist() == [[[76]]]
    assert Decoder(channels=3)(gray).tolist() == [[[9, 9, 9]]]
    deep = Image.new("I;16", (1, 1), 300)
    assert Decoder(channels=3)(deep).tolist() == [[[300, 300, 300]]]
    assert Decoder(channels=4)(deep).tolist() == [[[300, 300, 300, 65535]]]


def test_sizing_cuts_the_middle_then_resizes():
    stripes = np.zeros((4, 12), np.uint8)
    stripes[:, 4:8] = 200
    image = Image.fromarray(stripes)
    assert np.unique(Decoder(image_size=2)(image)).tolist() == [200]
    assert Decoder(image_size=(2, 6))(image).shape == (2, 6, 1)
    assert np.array_equal(Decoder(image_size=(4, 12))(image)[..., 0], stripes)
    deep = Image.fromarray(np.full((8, 8), 60000, np.uint16))
    assert np.unique(Decoder(image_size=4)(deep)).tolist() == [60000]


@pytest.mark.parametrize("turned", [True, False])
def test_exif_orientation(turned):
    image = Image.new("L", (3, 2))
    image.getexif()[0x0112] = 6
    assert Decoder(orient=turned)(image).shape == ((3, 2, 1) if turned else (2, 3, 1))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"channels": 2}, "channels"),
        ({"image_size": 0}, "image_size"),
        ({"image_size": (1, 2, 3)}, "image_size"),
        ({"image_size": 2.5}, "image_size"),
        ({"background": "whitish"}, "whitish"),
        ({"background": (1, 2)}, "background"),
        ({"background": (1, 2, 300)}, "background"),
    ],
)
def test_options_that_cannot_work(options, word):
    with pytest.raises(errors.ConfigError, match=word):
        Decoder(**options)


def test_gray_that_is_neither_8_nor_16_bit_is_refused():
    with pytest.raises(errors.DataError, match=r"mode F .*value_range"):
        Decoder()(Image.new("F", (2, 2), 0.5))
    with pytest.raises(errors.DataError, match="70000"):
        Decoder()(Image.new("I", (2, 2), 70000))


def test_stacking_joins_gray_with_colour_and_8_with_16_bits():
    gray = np.full((2, 2, 1), 255, np.uint8)
    colour = np.full((2, 2, 3), 1, np.uint8)
    deep = np.full((2, 2, 1), 65535, np.uint16)
    assert stacked_pictures([gray, colour], str).values[:, 0, 0].tolist() == [[255] * 3, [1] * 3]
    pile = stacked_pictures([gray, deep], str)
    assert pile.values.min() == 65535
    assert pile.value_range == (0, 65535)
    assert pile.layout == "NHWC"
