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


def halves(width=12, height=4, modes="L"):
    """A picture that is bright at its left end and dark at its right end."""
    image = Image.new("L", (width, height), 100)
    image.paste(250, (0, 0, 2, height))
    image.paste(10, (width - 2, 0, width, height))
    return image.convert(modes)


def test_crop_leaves_out_the_ends_pad_and_stretch_keep_them():
    values = {
        fit: Decoder(image_size=12, fit=fit, background="black")(halves())[..., 0]
        for fit in ("crop", "pad", "stretch")
    }
    assert np.unique(values["crop"]).tolist() == [100]
    assert np.array_equal(values["stretch"], np.tile(np.asarray(halves())[:1], (12, 1)))
    assert np.array_equal(values["pad"][4:8], np.asarray(halves()))
    assert (values["pad"][:4].max(), values["pad"][8:].max()) == (0, 0)
    tall = halves().transpose(Image.Transpose.ROTATE_90)
    assert np.array_equal(
        Decoder(image_size=12, fit="pad", background="black")(tall)[..., 0],
        np.rot90(values["pad"]),
    )


def test_pad_within_any_shape_and_never_to_nothing():
    decode = Decoder(image_size=(5, 7), fit="pad", background="black")
    for size in ((1, 1), (7, 5), (1, 1000), (1000, 1), (14, 10), (3, 4)):
        pixels = decode(Image.new("L", size, 200))
        assert pixels.shape == (5, 7, 1)
        # As large as it goes: it reaches two opposite edges.
        seen = np.argwhere(pixels[..., 0] == 200)
        assert (np.ptp(seen, axis=0) + 1 == (5, 7)).any()


@pytest.mark.parametrize(
    ("mode", "channels", "background", "wanted"),
    [
        ("L", None, "white", [255]),
        ("L", None, "blue", [0, 0, 255]),
        ("L", 1, "blue", [29]),
        ("L", 3, "blue", [0, 0, 255]),
        ("L", 4, "blue", [0, 0, 255, 0]),
        ("RGB", None, "blue", [0, 0, 255]),
        ("RGBA", 4, "black", [0, 0, 0, 0]),
        ("I;16", None, "white", [65535]),
        ("I;16", None, (1, 2, 3), [257, 514, 771]),
        ("I;16", 1, (9, 9, 9), [9 * 257]),
        ("I;16", 4, "white", [65535, 65535, 65535, 0]),
    ],
)
def test_pad_takes_the_background(mode, channels, background, wanted):
    image = Image.new(mode, (8, 2), 0 if mode in ("L", "I;16") else "red")
    pixels = Decoder(channels, background, image_size=8, fit="pad")(image)
    assert pixels.shape == (8, 8, len(wanted))
    assert pixels[0, 0].tolist() == pixels[-1, -1].tolist() == wanted
    assert pixels[4, 4].tolist() != wanted


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I;16", "1", "P"])
def test_fine_patterns_become_their_mean_not_another_pattern(fit, mode):
    board = np.indices((512, 512)).sum(0) % 2
    deep = mode == "I;16"
    array = (board * (65535 if deep else 255)).astype(np.uint16 if deep else np.uint8)
    image = Image.fromarray(array) if deep else Image.fromarray(array).convert(mode)
    pixels = Decoder(channels=1, image_size=17, fit=fit)(image)
    middle = 32768 if deep else 128
    assert np.abs(pixels[2:-2, 2:-2] / middle - 1).max() < 0.02


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_enlarging_is_smooth_and_keeps_flat_parts(fit):
    image = Image.new("L", (4, 4), 20)
    image.paste(220, (2, 0, 4, 4))
    row = Decoder(image_size=64, fit=fit)(image)[32, :, 0].astype(int)
    assert abs(row[:8] - 20).max() <= 2
    assert abs(row[-8:] - 220).max() <= 2
    assert (np.diff(row[24:40]) >= 0).all()
    assert np.diff(row).max() < 40


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
        ({"fit": "cover"}, '"crop", "pad" or "stretch".*\'cover\''),
        ({"max_pixels": 0}, "max_pixels"),
        ({"max_pixels": None}, "max_pixels"),
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
