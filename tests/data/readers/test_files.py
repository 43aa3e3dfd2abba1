import multiprocessing
import os
import pickle
import struct
import warnings
import zlib

import numpy as np
import PIL.Image
import pytest
from PIL import Image

from condgan import errors
from condgan.data.readers.decode import Decoder
from condgan.data.readers.files import decoded, read_files


@pytest.fixture
def save(tmp_path):
    def save(name, size=(4, 4), value=100, **options):
        Image.new("L", size, value).save(tmp_path / name, **options)
        return tmp_path / name

    return save


def test_files_come_in_their_order(tmp_path, save):
    files = [save(f"{k}.png", value=k) for k in (3, 1, 2)]
    pile, kept = read_files(tmp_path, files, Decoder())
    assert pile.values[:, 0, 0, 0].tolist() == [3, 1, 2]
    assert kept == [0, 1, 2]


def test_files_that_are_bad_or_gone_are_left_out_on_demand(tmp_path, save):
    good = save("1.png")
    (tmp_path / "2.png").write_bytes(b"rubbish")
    files = [tmp_path / "2.png", good, tmp_path / "gone.png"]
    with pytest.raises(errors.FileFormatError, match=r"2\.png"):
        read_files(tmp_path, files, Decoder())
    with pytest.raises(errors.MissingFileError, match=r"gone\.png"):
        read_files(tmp_path, files[1:], Decoder())
    with pytest.warns(UserWarning, match=r"skipped 2 files.*2\.png.*gone\.png"):
        assert read_files(tmp_path, files, Decoder(), "skip").kept == [1]


def test_workers_give_the_same_as_this_process(tmp_path, save):
    files = [save(f"{k}.png", value=k) for k in range(20)]
    files.insert(3, tmp_path / "bad.png")
    files[3].write_bytes(b"rubbish")
    files.append(tmp_path / "gone.png")
    Image.new("RGB", (4, 4), "red").save(files[9])
    Image.fromarray(np.full((4, 4), 30_000, np.uint16)).save(files[17])
    found = []
    for workers in (0, 1):  # one is slow enough to start
        with pytest.warns(UserWarning, match="skipped 2 files") as said:
            pictures = read_files(tmp_path, files, Decoder(), "skip", workers)
        found.append((pictures, str(said[0].message)))
    (here, said_here), (there, said_there) = found
    assert np.array_equal(here.pile.values, there.pile.values)
    assert here.pile.values.dtype == there.pile.values.dtype == np.uint16
    assert here.kept == there.kept
    assert said_here == said_there


def test_workers_raise_the_same_errors_and_end(tmp_path, save):
    files = [save(f"{k}.png") for k in range(40)]
    files[1].write_bytes(files[1].read_bytes()[:-20])
    said = []
    for workers in (0, 1):
        with pytest.raises(errors.FileFormatError, match=r"1\.png") as error:
            read_files(tmp_path, files, Decoder(), workers=workers)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("workers", [-1, 1.5, "2", True, None])
def test_workers_are_a_whole_number(tmp_path, save, workers):
    with pytest.raises(errors.ConfigError, match="workers must be a whole number from 0"):
        read_files(tmp_path, [save("1.png")], Decoder(), workers=workers)


@pytest.mark.parametrize("form", ["png", "gif", "bmp", "jpeg", "tiff", "webp", "ppm"])
def test_more_pixels_than_allowed_are_refused_before_decoding(save, form, monkeypatch):
    file = save("x", (20, 11), format=form)
    assert decoded(file, Decoder(max_pixels=220)).shape == (11, 20, 1 if form != "webp" else 3)

    def fail(self, *args, **kwargs):
        raise AssertionError("decoded")

    for most in (219, 1):  # Pillow warns of some more, and refuses many more
        monkeypatch.setattr(Image.Image, "copy", fail)
        with pytest.raises(errors.FileFormatError, match=rf"max_pixels={most}\b.*larger"):
            decoded(file, Decoder(max_pixels=most))


def bomb(width, height):
    """A small PNG file that promises many pixels."""

    def chunk(name, content):
        check = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    packed = chunk(b"IDAT", zlib.compress(bytes(1 << 16)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + packed + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8193, 8192), (60000, 60000), (2**31 - 1, 2**31 - 1)])
def test_bombs(tmp_path, size):
    file = tmp_path / "x.png"
    file.write_bytes(bomb(*size))
    with pytest.raises(errors.FileFormatError, match="max_pixels=67108864"):
        decoded(file, Decoder())


def test_a_bomb_within_an_icon(tmp_path):
    inner = bomb(9000, 9000)
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inner), 22)
    (tmp_path / "x.ico").write_bytes(struct.pack("<HHH", 0, 1, 1) + entry + inner)
    with pytest.raises(errors.FileFormatError, match="max_pixels"):
        decoded(tmp_path / "x.ico", Decoder())


@pytest.mark.parametrize("users", [None, 10, 10**9])
def test_the_limit_of_the_process_is_left_as_it_was(save, monkeypatch, users):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", users)
    file = save("x.png")
    filters = list(warnings.filters)
    assert decoded(file, Decoder()).shape == (4, 4, 1)
    with pytest.raises(errors.FileFormatError):
        decoded(file, Decoder(max_pixels=1))
    assert users == PIL.Image.MAX_IMAGE_PIXELS
    assert warnings.filters == filters


def test_formats_that_are_programs_are_not_run(tmp_path, monkeypatch):
    from PIL import EpsImagePlugin

    run = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *args, **_: run.append(args))
    (tmp_path / "x.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\nshowpage\n%%EOF\n"
    )
    with pytest.raises(errors.FileFormatError, match="not an image: it is a text file"):
        decoded(tmp_path / "x.png", Decoder())
    assert not run


def test_an_icon_that_looks_like_a_tga_file(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "x.ico", sizes=[(160, 160)])
    assert (tmp_path / "x.ico").read_bytes()[16] == 1  # the bits per pixel, to a TGA reader
    assert np.array_equal(decoded(tmp_path / "x.ico", Decoder()), noise)


@pytest.mark.parametrize("form", ["ICO", "TGA", "DIB", "PPM", "JPEG2000", "AVIF", "WEBP"])
@pytest.mark.parametrize("size", [(16, 16), (48, 48), (256, 256)])
def test_no_format_is_taken_for_another(tmp_path, form, size):
    Image.init()
    if form not in Image.SAVE:
        pytest.skip(f"this Pillow was built without {form}")
    whole = Image.linear_gradient("L").resize(size).convert("RGB")
    whole.save(tmp_path / "x", form, **({"sizes": [size]} if form == "ICO" else {}))
    found = decoded(tmp_path / "x", Decoder(channels=3)).astype(int)
    assert np.abs(found - np.asarray(whole).astype(int)).max() < 20


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_no_file_to_wait_for(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(errors.MissingFileError, match="no file"):
        decoded(tmp_path / "x.png", Decoder())


@pytest.mark.parametrize("form", ["PNG", "JPEG", "JPEG2000"])
def test_cut_files_are_refused_even_if_pillow_was_told_to_take_them(save, form, monkeypatch):
    from PIL import ImageFile

    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    file = save("x.png", (64, 64), format=form)
    assert decoded(file, Decoder()).shape == (64, 64, 1)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(errors.FileFormatError, match="its end is missing"):
        decoded(file, Decoder())


def test_decoding_can_be_sent_to_another_process(save):
    file, decode = save("x.png"), Decoder(image_size=2, fit="pad")
    function, arguments = pickle.loads(pickle.dumps((decoded, (file, decode))))
    assert np.array_equal(function(*arguments), decoded(file, decode))
