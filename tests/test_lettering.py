"""Names on pictures: their letters, and the room that they have."""

import pytest
from PIL import ImageFont

from condgan import lettering
from condgan.lettering import SMALLEST, fitted, font_for

LONG = "a name of forty letters, give or take one"


@pytest.fixture
def others(monkeypatch):
    """Puts fonts of one's own in the place of the system's."""
    matplotlib = pytest.importorskip("matplotlib")
    folder = f"{matplotlib.get_data_path()}/fonts/ttf"
    lettering._other.cache_clear()

    def put(*names):
        monkeypatch.setattr(lettering, "OTHERS", tuple(f"{folder}/{name}" for name in names))

    yield put
    lettering._other.cache_clear()


def test_usual_letters_are_of_pillows_own_font():
    assert font_for("cat 3", 14).getname() == ImageFont.load_default(14).getname()
    assert font_for("cat 3", 14).size == 14


def test_letters_that_it_lacks_are_of_another(others):
    others("no such font.ttf", "DejaVuSans.ttf")
    assert font_for("café", 14).getname() == ("DejaVu Sans", "Book")
    assert font_for("cafe", 14).getname() == ImageFont.load_default(14).getname()


def test_a_font_without_all_of_them_is_passed_over(others):
    others("STIXSizOneSymReg.ttf", "DejaVuSans.ttf")
    assert font_for("café", 14).getname() == ("DejaVu Sans", "Book")


def test_letters_that_no_font_has_are_left_to_pillows_own(others):
    others("DejaVuSans.ttf")
    assert font_for("\ue000", 14).getname() == ImageFont.load_default(14).getname()


def test_text_with_room_stays_as_it_is():
    text, font = fitted(LONG, 20, 1000)
    assert (text, font.size) == (LONG, 20)


def test_text_with_less_room_gets_smaller():
    width = font_for(LONG, 12).getlength(LONG)
    text, font = fitted(LONG, 20, width)
    assert text == LONG
    assert SMALLEST < font.size <= 12


@pytest.mark.parametrize("width", [30, 60, 100])
def test_text_with_too_little_room_is_cut(width):
    text, font = fitted(LONG, 20, width)
    assert font.size == SMALLEST
    assert font.getlength(text) <= width
    assert text.endswith("...")
    assert LONG.startswith(text[:-3])


def test_a_letter_is_left_in_any_case():
    assert fitted("cat", 20, 1)[0] == "c..."
