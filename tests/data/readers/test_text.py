"""Encodings, and what stands between cells."""

import codecs
import gzip

import pytest

from condgan import errors
from condgan.data.readers.text import opened_text, separator, with_points

TEXT = "größe,λ\n1,2\n"


def read(path, encoding=None, **options):
    with opened_text(path, encoding, **options) as text:
        return text.read()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), None),
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), None),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "latin-1"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), None),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-8"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_every_encoding(tmp_path, content, encoding, pack):
    (tmp_path / "x.csv").write_bytes(pack(content))
    assert read(tmp_path / "x.csv", encoding) == TEXT


def test_another_encoding_has_to_be_said(tmp_path):
    (tmp_path / "x.csv").write_bytes("größe\n".encode("latin-1"))
    with pytest.raises(errors.FileFormatError, match=r'not UTF-8 text.*0xf6.*encoding="cp1252"'):
        read(tmp_path / "x.csv")
    assert read(tmp_path / "x.csv", "latin-1") == read(tmp_path / "x.csv", "cp1252") == "größe\n"
    assert read(tmp_path / "x.csv", errors="replace") == "gr\ufffd\ufffde\n"
    with pytest.raises(errors.FileFormatError, match="not text in 'ascii'"):
        read(tmp_path / "x.csv", "ascii")


@pytest.mark.parametrize("encoding", ["utf8bom", "zip", 8, "x\0"])
def test_what_is_no_encoding(tmp_path, encoding):
    (tmp_path / "x.csv").write_text("1,2\n")
    with pytest.raises(errors.ConfigError, match="no encoding of text"):
        read(tmp_path / "x.csv", encoding)


def test_half_a_letter_and_half_a_file(tmp_path):
    (tmp_path / "x.csv").write_bytes(codecs.BOM_UTF16_LE + b"1\0,")
    with pytest.raises(errors.FileFormatError, match="not text in 'utf-16'"):
        read(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_bytes(gzip.compress(TEXT.encode() * 99)[:-9])
    with pytest.raises(errors.FileFormatError, match="cannot be read to its end"):
        read(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("a,b;c,d", ","),
        ("a;b;c", ";"),
        ("a\tb\tc,d", "\t"),
        ("cat;0,5;0,25", ";"),
        ('"3,5";"1,25"\n', ";"),
        ("3,5\t2,5", "\t"),
        ("img.png;3,5", ";"),
        ("img.png,hat;smile", ","),
        ("cat;dog;owl,0,255", ","),
        ("Paris, France;0;255", ";"),
        ("1,2,3", ","),
        ("word", ","),
    ],
)
def test_separator(line, mark):
    assert separator(line) == mark


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("0,5;-1,25;+3,0e-2", "0.5;-1.25;+3.0e-2"),
        ("3,5", "3.5"),
        ('"0,5"; 1,5 ;x', '"0.5"; 1.5 ;x'),
        ("1,2-xylol;1,2,3;a1,5;1,5b", "1,2-xylol;1,2,3;a1,5;1,5b"),
        ("5;6", "5;6"),
    ],
)
def test_decimal_commas(text, pointed):
    assert with_points(text) == pointed
