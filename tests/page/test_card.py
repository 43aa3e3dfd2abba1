"""The report card: an evaluation in short."""

import math

import pytest

from condgan.metrics.figures import Basis, Figures, Pair
from condgan.metrics.report import Report
from condgan.page.card import CHARTED, SAID, card

REAL = Figures(0.98, 3.0, 0.0, 0.9, 0.9, 1.0, 0.9, 1.0, 0.01, 0.0)
GOOD = Figures(0.97, 3.5, 0.1, 0.9, 0.9, 1.0, 0.85, 0.95, 0.01, 0.0)
BAD = Figures(0.41, 77.0, 9.0, 0.3, 0.2, 0.4, 0.31, 0.12, 0.6, 0.5)


@pytest.fixture
def report():
    def make(labels, bad=(), within=GOOD):
        count = len(labels)
        return Report(
            name="pets",
            basis=Basis("small", "none", "f00d", 200, (45,) * count, 5, 7),
            overall=Pair(GOOD, REAL),
            within=Pair(within, REAL),
            classes={label: Pair(BAD if label in bad else GOOD, REAL) for label in labels},
            confusion=tuple(
                tuple(200 * (i == j and label not in bad) for j in range(count))
                for i, label in enumerate(labels)
            ),
            classifier_accuracy=0.98,
            gan_train=None,
            samples={},
        )

    return make


def test_the_questions_have_figures_beside_those_of_real_images(report):
    text = card(report(["cat", "dog"]))
    for said in ("Right?", "<b>97%</b>", "(real 98%)", "<b>0.95</b>", "<b>0.85</b>", "<b>1%</b>"):
        assert said in text
    assert "200 images of each class" in text
    assert 'class="verdict good"' in text
    assert text.count('role="img"') == 2


def test_a_bad_class_is_named_and_the_card_is_not_good(report):
    text = card(report(["cat", "dog"], bad=["dog"]))
    assert 'class="verdict"' in text
    assert "class dog: " in text


def test_many_findings_and_many_classes_are_kept_short(report):
    labels = [f"k{i}" for i in range(CHARTED + 1)]
    found = report(labels, bad=labels[:15])
    text = card(found)
    assert text.count("<p>") == SAID + 2  # what it rests on, the verdict, and how many more
    assert f"and {len(found.verdicts()) - SAID} more findings" in text
    assert "<svg" not in text


def test_the_text_of_users_is_never_obeyed(report):
    assert "<b>x" not in card(report(["<b>x", "dog"], bad=["<b>x"]))


def test_what_could_not_be_measured_is_a_dash(report):
    text = card(report(["cat"], within=Figures(accuracy=math.nan)))
    assert "<b>\u2013</b>" in text
    assert "nan" not in text
