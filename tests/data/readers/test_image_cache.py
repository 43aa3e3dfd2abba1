"""Images that are decoded once: the same as without, never torn, never of other files."""

import os
import shutil
import tracemalloc

import numpy as np
import PIL
import pytest
import torch
from PIL import Image

from condgan import errors
from condgan.classes import Classes
from condgan.data.labelled import LabelledImages
from condgan.data.readers import files as files_module
from condgan.data.readers import image_cache, pixels
from condgan.data.readers.decode import Decoder
from condgan.data.readers.image_cache import cached_images
from condgan.data.readers.images_of_files import read_images
from condgan.training.intake import Intake


@pytest.fixture
def root(tmp_path):
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "kept"


@pytest.fixture
def decodings(monkeypatch):
    """The names of files that are decoded in this process."""
    seen = []
    plain = files_module.decoded

    def spy(file, decode):
        seen.append(file.name)
        return plain(file, decode)

    monkeypatch.setattr(files_module, "decoded", spy)
    return seen


def drawn(root, modes, size=(6, 6)):
    """A file of noise for each of some Pillow modes, as a list."""
    stream = np.random.default_rng(0)
    files = []
    for index, mode in enumerate(modes):
        height, width = size
        if mode == "I;16":
            picture = Image.fromarray(stream.integers(0, 65536, (height, width), dtype=np.uint16))
        else:
            colours = stream.integers(0, 256, (height, width, 4), dtype=np.uint8)
            picture = Image.fromarray(colours).convert(mode)
        files.append(root / f"{index}.png")
        picture.save(files[-1])
    return files


def entries(cache):
    return sorted(entry.suffix for entry in cache.iterdir())


def same(plain, kept):
    assert plain.pixels.dtype == kept.pixels.dtype
    assert plain.pixels.shape == kept.pixels.shape
    assert plain.pixels.is_contiguous()
    assert torch.equal(plain.pixels, kept.pixels)
    assert plain.kept == kept.kept


SETS = {
    "gray": ["L"] * 7,
    "colour": ["RGB"] * 7,
    "colour late": ["L", "L", "1", "L", "L", "RGB", "P"],
    "deep": ["I;16"] * 7,
    "deep late": ["L", "L", "L", "L", "L", "I;16", "L"],
    "all": ["L", "RGBA", "P", "LA", "L", "I;16", "RGB"],
    "deep, then colour": ["I;16", "L", "L", "L", "RGBA", "L"],
}


@pytest.mark.parametrize("part", [1, 100, 2**24])
@pytest.mark.parametrize("modes", SETS.values(), ids=SETS)
def test_images_are_those_of_the_plain_way(root, cache, monkeypatch, modes, part):
    monkeypatch.setattr(image_cache, "PART", part)
    files = drawn(root, modes)
    plain = read_images(root, files, Decoder())
    for _ in range(2):
        same(plain, read_images(root, files, Decoder(), cache=cache))
    assert entries(cache) == [".json", ".npy"]


@pytest.mark.parametrize(
    "decode",
    [
        *(Decoder(image_size=(4, 5), fit=fit) for fit in ("crop", "pad", "stretch")),
        *(Decoder(channels=channels) for channels in (1, 3, 4)),
        Decoder(background="red"),
        Decoder(image_size=4, fit="pad", background="red"),
    ],
    ids=repr,
)
def test_so_they_are_however_they_are_decoded(root, cache, monkeypatch, decode):
    monkeypatch.setattr(image_cache, "PART", 100)
    files = drawn(root, SETS["all"], (6, 9))
    plain = read_images(root, files, decode)
    read_images(root, files, Decoder(image_size=3), cache=cache)  # never taken for it
    same(plain, read_images(root, files, decode, cache=cache))


def test_workers_and_a_cache_together(root, cache):
    files = drawn(root, SETS["all"])
    kept = read_images(root, files, Decoder(), cache=cache, workers=1)
    same(read_images(root, files, Decoder()), kept)


def test_files_are_decoded_once(root, cache, decodings):
    files = drawn(root, ["L"] * 3)
    read_images(root, files, Decoder(), cache=cache)
    assert decodings == ["0.png", "1.png", "2.png"]
    read_images(root, files, Decoder(), cache=str(cache))
    assert len(decodings) == 3


def touched(root, files):
    os.utime(files[1], ns=(1, files[1].stat().st_mtime_ns + 1))
    return root, files, Decoder()


def renamed(root, files):
    return root, [files[0], files[1].rename(root / "other.png"), files[2]], Decoder()


def grown(root, files):
    stat = files[1].stat()
    with files[1].open("ab") as file:
        file.write(b"0")
    os.utime(files[1], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return root, files, Decoder()


def moved(root, files):
    there = root.parent / "twin"
    shutil.copytree(root, there)  # with their times
    return there, [there / file.name for file in files], Decoder()


@pytest.mark.parametrize(
    "change",
    [
        touched,
        renamed,
        grown,
        moved,
        lambda root, files: (root, files[::-1], Decoder()),
        lambda root, files: (root, files[:2], Decoder()),
        lambda root, files: (root, files, Decoder(channels=3)),
        lambda root, files: (root, files, Decoder(), "skip"),
    ],
)
def test_other_files_or_settings_make_another_cache(root, cache, decodings, change):
    files = drawn(root, ["L"] * 3)
    read_images(root, files, Decoder(), cache=cache)
    where, files, decode, *on_bad = change(root, files)
    read_images(where, files, decode, cache=cache, on_bad=(on_bad or ["error"])[0])
    assert len(decodings) == 3 + len(files)


@pytest.mark.parametrize(("owner", "name"), [(image_cache, "FORMAT"), (PIL, "__version__")])
def test_other_versions_make_another_cache(root, cache, decodings, monkeypatch, owner, name):
    files = drawn(root, ["L"])
    read_images(root, files, Decoder(), cache=cache)
    monkeypatch.setattr(owner, name, "another")
    read_images(root, files, Decoder(), cache=cache)
    assert len(decodings) == 2


def torn(content):
    return content[:-1]


def emptied(content):
    return b""


def overgrown(content):
    return content + b" {"


def garbage(content):
    return b"\x80" + content[1:]


@pytest.mark.parametrize("damage", [torn, emptied, overgrown, garbage, None])
@pytest.mark.parametrize("ending", [".npy", ".json"])
def test_a_torn_cache_is_made_anew(root, cache, decodings, damage, ending):
    files = drawn(root, ["L", "RGB"])
    plain = read_images(root, files, Decoder(), cache=cache)
    (kept,) = cache.glob(f"*{ending}")
    if damage is None:
        kept.unlink()
    else:
        content = damage(kept.read_bytes())
        kept.unlink()  # or what is mapped of it would be torn too
        kept.write_bytes(content)
    again = read_images(root, files, Decoder(), cache=cache)
    assert len(decodings) == 4
    same(plain, again)
    read_images(root, files, Decoder(), cache=cache)
    assert len(decodings) == 4


@pytest.mark.parametrize("seal", ["[]", "{}", '{"images": ["|u1", 3, 1, 6, 6], "bad": {}}'])
def test_a_seal_that_says_something_else_is_no_seal(root, cache, decodings, seal):
    files = drawn(root, ["L"] * 2)
    read_images(root, files, Decoder(), cache=cache)
    (kept,) = cache.glob("*.json")
    kept.write_text(seal)
    assert read_images(root, files, Decoder(), cache=cache).pixels.shape == (2, 1, 6, 6)
    assert len(decodings) == 4


def test_what_was_skipped_is_said_each_time(root, cache):
    files = drawn(root, ["L"] * 4)
    files[1].write_bytes(b"rubbish")
    files.append(root / "gone.png")
    with pytest.warns(UserWarning, match="skipped 2") as said:
        plain = read_images(root, files, Decoder(), on_bad="skip")
    for _ in range(2):
        with pytest.warns(UserWarning, match="skipped 2") as now:
            kept = read_images(root, files, Decoder(), on_bad="skip", cache=cache)
        assert str(now[0].message) == str(said[0].message)
        assert now[0].filename == said[0].filename
        same(plain, kept)
    assert kept.kept == [0, 2, 3]
    with pytest.raises(errors.FileFormatError, match=r"1\.png"):
        read_images(root, files, Decoder(), cache=cache)


def test_an_error_leaves_nothing_behind(root, cache, monkeypatch):
    monkeypatch.setattr(image_cache, "PART", 1)
    files = drawn(root, ["L"] * 4)
    Image.new("L", (9, 9)).save(files[3])
    with pytest.raises(errors.DataError, match=r"0\.png is 6 x 6 but .*3\.png is 9 x 9"):
        read_images(root, files, Decoder(), cache=cache)
    files[3].unlink()
    with pytest.raises(errors.MissingFileError, match=r"3\.png"):
        read_images(root, files, Decoder(), cache=cache)
    skipped = pytest.warns(UserWarning, match="skipped 1")
    with skipped, pytest.raises(errors.DataError, match="none of the 1"):
        read_images(root, files[3:], Decoder(), on_bad="skip", cache=cache)
    assert entries(cache) == []


def test_a_cache_that_cannot_be_written(root, tmp_path, monkeypatch):
    files = drawn(root, ["L"])
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.WriteError, match=r"cannot be kept in .*file.*CONDGAN_CACHE"):
        read_images(root, files, Decoder(), cache=tmp_path / "file")
    usage = shutil.disk_usage(tmp_path)._replace(free=35)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(errors.WriteError, match="GiB are free"):
        read_images(root, files, Decoder(), cache=tmp_path / "kept")
    assert entries(tmp_path / "kept") == []
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=36))
    assert len(read_images(root, files, Decoder(), cache=tmp_path / "kept").pixels) == 1


# Memory


def peak_of(read):
    read()  # what is imported and kept on the way does not count
    tracemalloc.start()
    read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("kind", ["L", "I;16"])
def test_less_than_the_set_is_held(root, cache, monkeypatch, kind):
    monkeypatch.setattr(image_cache, "PART", 2**16)
    monkeypatch.setattr(pixels, "FEW", 2**14)
    files = drawn(root, [kind], (64, 64)) * 256
    whole = 256 * 64 * 64 * (4 if kind == "I;16" else 1)

    def anew():
        shutil.rmtree(cache, ignore_errors=True)
        read_images(root, files, Decoder(), cache=cache)

    plain = peak_of(lambda: read_images(root, files, Decoder()))
    kept = peak_of(anew)
    again = peak_of(lambda: read_images(root, files, Decoder(), cache=cache))
    assert whole <= plain < 2 * whole
    assert kept < whole / 2
    assert again < whole / 4


def test_nothing_on_the_way_to_a_batch_copies_the_set(root, cache, monkeypatch):
    files = drawn(root, ["L"] * 4)
    images = read_images(root, files, Decoder(), cache=cache).pixels
    data = LabelledImages(images, torch.arange(4) % 2, Classes(["a", "b"]))
    loader = data.loader(2)
    turned = data.in_terms_of(["b", "a"])
    intake = Intake(loader, Classes(["b", "a"]), data.image_shape, torch.device("cpu"))
    resident = [data, loader, loader.to("cpu"), turned, intake.loader]
    assert {each.images.data_ptr() for each in resident} == {images.data_ptr()}
    (kept,) = cache.glob("*.npy")
    before = kept.read_bytes()
    images.fill_(3)
    assert kept.read_bytes() == before


def test_a_file_that_vanishes_when_it_was_made_is_an_error(root, cache, monkeypatch):
    monkeypatch.setattr(image_cache, "_found", lambda path: None)
    sound = files_module.SoundFiles(root, drawn(root, ["L"]), Decoder(), "error", 0)
    with pytest.raises(errors.WriteError, match="is not there now"):
        cached_images(cache, sound)
