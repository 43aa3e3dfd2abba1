import gzip

import pytest
from PIL import Image

from condgan import errors
from condgan.data.readers import sniff as module
from condgan.data.readers.sniff import kind_of, most_unpacked, opened, sniff

KINDS = {
    b"": "empty file",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n": "Git LFS pointer",
    b"\0\0\x08\x03\0\0\0\x01": "idx file",
    b"\0\0\x07\x03\0\0\0\x01": "unknown",
    b"\n  <!DOCTYPE html><html>": "HTML page",
    b"\xef\xbb\xbf<html>": "HTML page",
    b"PK\x03\x04rest": "zip archive",
    b"\x93NUMPY\x01\0": "numpy file",
    b"\xff\xfe1\0": "text file",
    "\ufeff<html>".encode("utf-16-be"): "HTML page",
    '\ufeff{"a": 1}'.encode("utf-16-le"): "JSON file",
    b"1\0,\0": "unknown",
    b"label,1x1\n5,0\n": "text file",
    "größe,1\n".encode(): "text file",
    b"\x01\x02\x03": "unknown",
}


@pytest.mark.parametrize("content", KINDS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_content_tells(tmp_path, content, pack):
    path = tmp_path / "a.name.of.no.use"
    path.write_bytes(pack(content))
    found = sniff(path)
    assert found.kind == kind_of(content) == KINDS[content]
    assert found.size == path.stat().st_size
    assert found.gzipped == (pack is gzip.compress)
    with opened(path) as stream:
        assert stream.read() == content


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WebP", "BMP", "TIFF"])
def test_images(tmp_path, form):
    path = tmp_path / "picture"
    Image.new("RGB", (4, 4)).save(path, format=form.lower())
    assert sniff(path).kind == f"{form} image"


def test_a_refusal_says_what_the_file_is_and_what_to_do(tmp_path):
    page = tmp_path / "train-images-idx3-ubyte.gz"
    page.write_text("<html>503</html>")
    text = str(sniff(page).refusal("an idx file"))
    assert all(
        word in text for word in (str(page), "an HTML page", "16 bytes", "<html>503", "idx file")
    )
    pointer = tmp_path / "pointer.csv"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "git lfs pull" in str(sniff(pointer).refusal("a CSV file"))
    other = tmp_path / "other"
    other.write_bytes(b"\x01\x02")
    assert "of no kind known" in str(sniff(other).refusal("a CSV file"))


def test_damaged_gzip_and_missing_files(tmp_path):
    damaged = tmp_path / "x.gz"
    damaged.write_bytes(b"\x1f\x8b\x08garbage")
    assert sniff(damaged).kind == "damaged gzip file"
    with pytest.raises(errors.MissingFileError, match="nowhere"):
        sniff(tmp_path / "nowhere")


def test_a_file_that_cannot_be_read_is_a_fault_of_the_file(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"x")

    def fail(self, mode):
        raise PermissionError("no permission")

    monkeypatch.setattr(type(path), "open", fail)
    with pytest.raises(errors.FileFormatError, match=r"x cannot be read: no permission"):
        sniff(path)


@pytest.mark.parametrize(("count", "fits"), [(5000, True), (5001, False)])
def test_what_a_gzipped_file_may_unpack_to(tmp_path, monkeypatch, count, fits):
    monkeypatch.setattr(module, "FLOOR", 5000)
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(bytes(count)))
    assert most_unpacked(path) == 5000
    with opened(path) as stream:
        if fits:
            assert len(stream.read()) == count
        else:
            with pytest.raises(errors.FileFormatError, match=r"more than 5000 bytes.*gunzip"):
                stream.read()


def test_larger_files_may_unpack_to_more(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(bytes(1 << 20))
    assert most_unpacked(path) == module.RATIO << 20
