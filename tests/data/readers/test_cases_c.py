"""What goes wrong in decoding elsewhere: depth, transparency, palettes, colour spaces, damage.

Each test names the case (D24 to D31) that it stands for, and holds for neighbours of it too.
"""

import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile

import condgan
from condgan import errors
from condgan.images import grid, picture, to_bytes

RAMP = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
SMOOTH = np.linspace(0, 255, 24 * 20 * 3).astype(np.uint8).reshape(24, 20, 3)


@pytest.fixture
def folder(tmp_path):
    """A folder of one class `a`; `put(name, image)` saves a picture there."""
    (tmp_path / "a").mkdir()
    return tmp_path


@pytest.fixture
def put(folder):
    def put(name, picture, **options):
        if isinstance(picture, bytes):
            (folder / "a" / name).write_bytes(picture)
        else:
            picture.save(folder / "a" / name, **options)
        return folder / "a" / name

    return put


def png(size, depth, kind, rows, *chunks):
    """A PNG file of unpacked rows, for what Pillow cannot save."""

    def chunk(name, content):
        check = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + check

    head = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", head),
            *(chunk(*each) for each in chunks),
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))),
            chunk(b"IEND", b""),
        ]
    )


def only(folder, **options):
    """The one image of a folder as values 0..255 `(C, H, W)`."""
    data = condgan.load_data(folder, **options)
    images = data.images if data.images.dtype == torch.uint8 else to_bytes(data.images)
    assert len(images) == 1
    return images[0]


@pytest.mark.parametrize("name", ["x.png", "x.tiff", "x.pgm"])
def test_d24_16_bits_keep_their_levels(folder, put, name):
    put(name, Image.fromarray(RAMP))
    image = condgan.load_data(folder).images[0]
    assert len(image.unique()) == 256
    assert (image.min(), image.max()) == (-1, 1)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_d24_16_bits_with_every_policy(folder, put, fit, channels):
    brighter_to_the_right = np.tile(np.linspace(0, 65535, 32).astype(np.uint16), (16, 1))
    put("x.png", Image.fromarray(brighter_to_the_right))
    image = only(folder, image_size=16, channels=channels, fit=fit)
    assert image.shape == (channels or 1, 16, 16)
    row = image[0, 8].int()
    assert (row.diff() > 0).all()
    assert (row[0] < 20, row[-1] > 235) == ((fit != "crop"),) * 2
    assert image[0, 0, 8] == 255 if fit == "pad" else image[0, 0, 8] < 200


def test_d24_16_bits_of_colour_and_of_gray_with_alpha(folder, put):
    put("x.png", png((2, 1), 16, 2, [struct.pack(">6H", 65535, 0, 257, 0, 32896, 65535)]))
    assert only(folder)[:, 0].T.tolist() == [[255, 0, 1], [0, 128, 255]]
    put("x.png", png((2, 1), 16, 4, [struct.pack(">4H", 32896, 65535, 0, 0)]))
    assert only(folder, channels=1).tolist() == [[[128, 255]]]


HIDDEN = {
    "RGBA": Image.new("RGBA", (4, 4), (255, 0, 0, 0)),
    "LA": Image.new("LA", (4, 4), (90, 0)),
    "P": Image.new("P", (4, 4), 1),
}
HIDDEN["P"].putpalette([0, 0, 0, 255, 0, 0])


@pytest.mark.parametrize("mode", HIDDEN)
@pytest.mark.parametrize("background", ["white", "black", (1, 2, 3)])
def test_d25_hidden_colours_stay_hidden(folder, put, mode, background):
    put("x.png", HIDDEN[mode], **({"transparency": 1} if mode == "P" else {}))
    image = only(folder, background=background, image_size=2)
    wanted = {"white": [255] * 3, "black": [0] * 3}.get(background, list(background))
    assert image.flatten(1).unique(dim=1).T.tolist() == [wanted[: len(image)]]


TRANSPARENT = {
    # depth, colour type, the row's bytes, the transparent value: pixel one of two has it
    "gray 1": (1, 0, b"\x80", b"\0\1"),
    "gray 2": (2, 0, b"\xc0", b"\0\3"),
    "gray 4": (4, 0, b"\xf0", b"\0\x0f"),
    "gray 8": (8, 0, b"\x32\0", b"\0\x32"),
    "gray 16": (16, 0, b"\x12\x34\0\0", b"\x12\x34"),
    "colour 8": (8, 2, b"\x32\x33\x34\0\0\0", b"\0\x32\0\x33\0\x34"),
    "colour 16": (16, 2, b"\x12\x34" * 3 + bytes(6), b"\x12\x34" * 3),
}


@pytest.mark.parametrize("kind", TRANSPARENT)
@pytest.mark.parametrize("orient", [True, False])
def test_d25_one_transparent_value_of_any_depth(folder, put, kind, orient):
    depth, colour, row, clear = TRANSPARENT[kind]
    put("x.png", png((2, 1), depth, colour, [row], (b"tRNS", clear)))
    for background, wanted in (("white", [255, 0]), ((128, 128, 128), [128, 0])):
        found = only(folder, background=background, channels=1, orient=orient)
        assert found.tolist() == [[wanted]]
    assert only(folder, channels=4, orient=orient)[3].tolist() == [[0, 255]]


def test_d25_a_fourth_channel_is_there_for_the_asking(folder, put):
    put("x.png", HIDDEN["RGBA"])
    assert only(folder, channels=4)[:, 0, 0].tolist() == [255, 0, 0, 0]
    # The hidden colour of one half does not run into the other where they are resized.
    half = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    half.paste((0, 0, 255, 255), (0, 0, 4, 8))
    put("x.png", half)
    seen = only(folder, channels=4, image_size=3).flatten(1).T
    assert all(red == 0 for red, _, _, alpha in seen.tolist() if alpha)


@pytest.mark.parametrize("name", ["x.png", "x.gif", "x.bmp", "x.tiff"])
def test_d26_palettes_are_colours(folder, put, name):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 0, 255, 0, 9, 9, 9])
    put(name, image)
    assert only(folder)[:, 2, 2].tolist() == [0, 255, 0]
    assert only(folder, channels=1)[0, 2, 2] == 150


def test_d26_palettes_of_few_bits_and_of_transparent_colours(folder, put):
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(0, (0, 0, 8, 2))
    put("x.png", image, bits=1)
    assert only(folder)[:, [0, 7], 0].T.tolist() == [[255, 0, 0], [0, 255, 0]]
    put("x.png", image, transparency=bytes([128, 255]))
    assert only(folder)[:, [0, 7], 0].T.tolist() == [[255, 127, 127], [0, 255, 0]]


@pytest.mark.parametrize("name", ["x.jpg", "x.tiff"])
def test_d27_cmyk_white_is_white(folder, put, name):
    put(name, Image.new("CMYK", (8, 8), (0, 0, 0, 0)))
    image = only(folder)
    assert image.shape == (3, 8, 8)
    assert image.min() == 255


@pytest.mark.parametrize(
    ("mode", "colour", "wanted"),
    [
        ("CMYK", (0, 0, 0, 255), [0, 0, 0]),
        ("CMYK", (0, 255, 255, 0), [255, 0, 0]),
        ("YCbCr", (255, 128, 128), [255, 255, 255]),
    ],
)
def test_d27_colours_of_other_spaces(folder, put, mode, colour, wanted):
    put("x.jpg", Image.new(mode, (8, 8), colour), quality=100)
    found = only(folder)[:, 4, 4]
    assert found.tolist() == pytest.approx(wanted, abs=2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_d28_gray_stays_gray_or_becomes_three_equal_channels(folder, put, mode):
    image = Image.fromarray(RAMP) if mode == "I;16" else Image.fromarray(SMOOTH[..., 0])
    put("x.png", image if mode == "I;16" else image.convert(mode))
    assert len(only(folder)) == len(only(folder, channels=1)) == 1
    three = only(folder, channels=3)
    assert len(three) == 3
    assert torch.equal(three[0], three[2])
    assert torch.equal(three[:1], only(folder))


@pytest.mark.parametrize("name", ["x.png", "x.gif", "x.bmp"])
def test_d28_a_palette_of_grays_is_gray(folder, put, name):
    image = Image.fromarray(SMOOTH[..., 0] // 64 * 64).quantize(4)
    put(name, image)
    assert only(folder).shape == (1, 24, 20)
    assert only(folder).unique().tolist() == [0, 64, 128, 192]
    image.putpalette([0, 0, 0, 9, 9, 9, 20, 20, 21, 30, 30, 30])
    put(name, image)
    assert only(folder).shape == (3, 24, 20)


def test_d28_colour_becomes_luma(folder, put):
    for colour, luma in (("red", 76), ("lime", 150), ("blue", 29), ("white", 255)):
        put("x.png", Image.new("RGB", (2, 2), colour))
        assert only(folder, channels=1).unique().tolist() == [luma]


def noise(size=64):
    return Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    )


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
def test_d29_a_truncated_jpeg_names_its_path(folder, put, progressive, kept):
    path = put("x.jpg", noise(), progressive=progressive)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    with pytest.raises(errors.FileFormatError, match=r"x\.jpg \(JPEG image.*on_bad"):
        condgan.load_data(folder)
    put("y.jpg", noise())
    with pytest.warns(UserWarning, match=r"skipped 1 files.*x\.jpg"):
        assert len(condgan.load_data(folder, on_bad="skip")) == 1
    assert before == ImageFile.LOAD_TRUNCATED_IMAGES


def cut(content):
    return content[:-40]


def zeroed(content):
    return content[: len(content) // 2] + bytes(len(content) // 2)


def ended_early(content):
    return content[: len(content) // 2] + content[-12:]


# Other formats take zeros for pixels, and a JPEG that says where it ends for all there is.
@pytest.mark.parametrize(
    ("form", "damage"),
    [
        *((form, cut) for form in ("PNG", "JPEG", "JPEG2000", "WEBP", "TIFF", "BMP")),
        *((form, zeroed) for form in ("PNG", "JPEG", "JPEG2000")),
        *((form, ended_early) for form in ("PNG", "TIFF", "BMP")),
    ],
)
def test_d29_no_part_of_a_picture_is_made_up(folder, put, form, damage):
    path = put("x.png", noise(), format=form)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(errors.FileFormatError, match=r"x\.png"):
        condgan.load_data(folder)


def test_d29_a_flipped_bit_of_a_png_is_noticed_wherever_it_is(folder, put):
    path = put("x.png", Image.fromarray(SMOOTH[:4, :4]))
    content = path.read_bytes()
    for place in range(len(content)):
        spoilt = bytearray(content)
        spoilt[place] ^= 4
        path.write_bytes(spoilt)
        with pytest.raises(errors.FileFormatError):
            condgan.load_data(folder)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.webp"])
def test_d30_orientation_is_applied(folder, put, name, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # What the camera stored, so that it is a white stripe at the top once it is turned back.
    upright = Image.new("L", (16, 32))
    upright.paste(255, (0, 0, 16, 8))
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(back[orientation]) if orientation in back else upright
    put(name, stored, exif=exif)
    image = only(folder, channels=1)[0].float()
    assert image.shape == (32, 16)
    assert image[:6].mean() > 250 > 5 > image[10:].mean()
    left = only(folder, channels=1, orient=False)
    assert tuple(left.shape[1:]) == stored.size[::-1]


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_d30_an_orientation_that_is_none_changes_nothing(folder, put, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    put("x.jpg", Image.new("L", (16, 32)), exif=exif)
    assert only(folder).shape == (1, 32, 16)


def test_d30_exif_that_is_damaged_costs_neither_picture_nor_a_warning(folder, put):
    path = put("x.jpg", Image.new("L", (16, 32)), exif=b"Exif\0\0II*\0\xff\xff\xff\xff\1\2\3")
    assert b"Exif" in path.read_bytes()
    assert only(folder).shape == (1, 32, 16)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_d31_saving_spans_all_values_and_leaves_the_tensor(dtype):
    x = torch.linspace(-1, 1, 64, dtype=dtype).reshape(1, 1, 8, 8)
    before = x.clone()
    pixels = np.asarray(grid(x, columns=1, scale=1))
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert torch.equal(x, before)


def test_d31_brightness_does_not_depend_on_the_neighbours():
    dim = torch.full((1, 1, 8, 8), -0.5)
    alone = np.asarray(picture(dim[0]))
    together = np.asarray(grid(torch.cat([dim, dim + 1.5]), columns=2, scale=1))
    assert set(np.unique(alone)) == {64}
    assert {64, 255} <= set(np.unique(together))
