import io
import struct

import numpy as np
import pytest
from PIL import Image

from condgan.data.readers.whole import missing_part

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))


def saved(form, **options):
    stream = io.BytesIO()
    NOISE.save(stream, form, **options)
    return stream.getvalue()


FILES = {
    "PNG": saved("PNG"),
    "JPEG": saved("JPEG"),
    "JPEG progressive": saved("JPEG", progressive=True),
    "JPEG restarts": saved("JPEG", restart_marker_blocks=1),
    "JPEG thumbnail": saved("JPEG", exif=b"Exif\0\0" + saved("JPEG", quality=10)),
    "JPEG2000": saved("JPEG2000"),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x"


@pytest.mark.parametrize("name", FILES)
def test_whole_files_and_what_follows_them(path, name):
    form = name.split()[0]
    for end in (b"", b"\0\0", b"\xff\xda\0\0 a film that a phone adds"):
        path.write_bytes(FILES[name] + end)
        assert missing_part(path, form) is None


@pytest.mark.parametrize("name", FILES)
def test_every_cut_is_noticed(path, name):
    content = FILES[name]
    for kept in [*range(12, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:kept])
        assert missing_part(path, name.split()[0]) == "its end is missing"


def test_a_jpeg_of_several_pictures_is_judged_by_the_first(path):
    stream = io.BytesIO()
    NOISE.save(stream, "MPO", save_all=True, append_images=[NOISE])
    content = stream.getvalue()
    path.write_bytes(content[: int(0.75 * len(content))])
    assert missing_part(path, "MPO") is None
    path.write_bytes(content[: int(0.25 * len(content))])
    assert missing_part(path, "MPO") == "its end is missing"


def test_a_png_names_the_part_with_the_wrong_checksum(path):
    content = bytearray(FILES["PNG"])
    content[content.index(b"IDAT") + 9] ^= 1
    path.write_bytes(content)
    assert missing_part(path, "PNG") == "the checksum of its part 'IDAT' is wrong"


def test_a_png_whose_part_is_longer_than_the_file(path):
    content = bytearray(FILES["PNG"])
    place = content.index(b"IDAT") - 4
    content[place : place + 4] = struct.pack(">I", 2**31 - 1)
    path.write_bytes(content)
    assert missing_part(path, "PNG") == "its end is missing"


@pytest.mark.parametrize("form", ["BMP", "GIF", None])
def test_of_other_formats_nothing_is_known(path, form):
    path.write_bytes(b"x")
    assert missing_part(path, form) is None
