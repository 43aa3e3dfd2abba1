"""Names of files that any system takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from condgan.naming import RESERVED, portable, portable_names


@pytest.mark.parametrize("text", ["cat", "0", "1.5", "-x", "a_b-c", "T1", "console", "x.con"])
def test_a_name_that_works_anywhere_stays(text):
    assert portable(text) == text


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("a:b/c", "a_b_c-"),
        ("golden retriever", "golden_retriever-"),
        ("CON", "CON-"),
        ("con", "con-"),
        ("nul.txt", "nul_txt-"),
        ("LPT1", "LPT1-"),
        ("", "-"),
        ("..", "-"),
        (".hidden", "hidden-"),
        ("dot.", "dot-"),
        ("käfer", "k_fer-"),
        ("é", "_-"),
    ],
)
def test_others_are_told_apart_by_six_digits(text, begins):
    name = portable(text)
    assert name.startswith(begins)
    assert len(name) == len(begins) + 6


def test_texts_that_look_alike_keep_different_names():
    texts = ["a:b", "a/b", "a_b", "a b", "a?b", "a_b.", "x" * 60, "x" * 61, "x" * 62, "", ".", ".."]
    assert len({portable(text) for text in texts}) == len(texts)


@given(st.text(max_size=100) | st.sampled_from(sorted(RESERVED)).map(lambda name: f"{name}.a"))
def test_any_text_gives_a_name_that_windows_takes(text):
    name = portable(text)
    assert 0 < len(name) <= 67
    assert not set(name) & set('<>:"/\\|?* ')
    assert name.isascii()
    assert name.isprintable()
    assert name[-1] != "."
    assert name[0] != "."  # it would be hidden
    assert name.split(".")[0].upper() not in RESERVED


def test_names_of_several_differ_also_where_case_does_not_count():
    names = portable_names(["cat", "Cat", "dog", 3, "3", "a:b", "a/b"])
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert names["dog"] == "dog"
    assert names["cat"].startswith("cat-")
    assert names["Cat"].startswith("Cat-")


@given(st.lists(st.text(max_size=8), unique=True, max_size=6))
def test_any_texts_get_names_of_their_own(texts):
    names = portable_names(texts)
    assert list(names) == texts
    assert len({name.casefold() for name in names.values()}) == len(texts)
