"""What the sentences say, from figures made by hand."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from condgan.metrics import verdict
from condgan.metrics.figures import Figures, Pair
from condgan.metrics.verdict import Evidence, ignores_label

REAL = Figures(0.98, 5.0, 0.0, 0.9, 0.9, 1.0, 0.95, 1.0, 0.02, 0.0)
GOOD = Pair(REAL, REAL)
SOUND = "Right and varied: within what can be measured, every class is as good as real images."


def verdicts(within, classes, confusion, **evidence):
    """The verdicts on 100 images of each class, against as many real ones, unless said."""
    known = {
        "drawn": 100,
        "compared": (100,) * len(classes),
        "precision": 0.9,
        "classifier_accuracy": 0.98,
        "resampled_coverage": math.nan,
        "gan_train": None,
    }
    return verdict.verdicts(within, classes, Evidence(confusion=confusion, **{**known, **evidence}))


def made(**figures):
    return Pair(replace(REAL, **figures), REAL)


def diagonal(n=3, right=98, wrong=1):
    return [[right if i == j else wrong for j in range(n)] for i in range(n)]


def said_of(pair, row=(98, 1, 1), label="a"):
    """The verdict on one class among two that are good."""
    table = diagonal()
    table[0] = list(row)
    return verdicts(GOOD, {label: pair, "b": GOOD, "c": GOOD}, table)


def test_as_good_as_real():
    assert said_of(GOOD) == [SOUND]
    better = made(frechet=1.0, coverage=1.0, accuracy=1.0)
    assert verdicts(better, {"a": better, "b": better}, diagonal(2)) == [SOUND]


@pytest.mark.parametrize("figures", [{"coverage": 0.5}, {"frechet": 50.0}], ids=str)
def test_right_but_not_yet_real(figures):
    within = made(**figures)
    (said,) = verdicts(within, {"a": within, "b": within}, diagonal(2))
    assert said.startswith("Every class is right and varied, though its images can still be told")
    assert f"(coverage {within.generated.coverage:.2f}, real 0.95)" in said


@pytest.mark.parametrize("name", ["coverage", "spread"])
def test_what_was_not_measured_is_not_praised(name):
    within = made(**{name: math.nan})
    (said,) = verdicts(within, {"a": within, "b": within}, diagonal(2))
    assert said.startswith("No fault was found, but there are too few real images")


@pytest.mark.parametrize(
    ("figures", "row", "said"),
    [
        ({"accuracy": 0.88}, (88, 3, 9), "class a: 88% right, most often drawn as c"),
        ({"accuracy": 0.0}, (0, 100, 0), "class a: 0% right, most often drawn as b"),
        ({"spread": 0.0}, (98, 1, 1), "class a: spread 0.00 of real: it draws one image"),
        ({"spread": 0.41}, (98, 1, 1), "class a: spread 0.41 of real: collapsing"),
        ({"spread": 0.6}, (98, 1, 1), "class a: spread 0.60 of real: less varied than real images"),
        (
            {"spread": 1.5},
            (98, 1, 1),
            "class a: spread 1.50 of real: noisy, or several things at once",
        ),
        (
            {"copies": 0.6},
            (98, 1, 1),
            "class a: 60% near-copies of training images (real 2%)",
        ),
        (
            {"accuracy": 0.5, "spread": 0.2},
            (50, 10, 40),
            "class a: 50% right, most often drawn as c; spread 0.20 of real: collapsing",
        ),
    ],
)
def test_each_fault_of_a_class_is_named(figures, row, said):
    assert said_of(made(**figures), row) == [said]


@pytest.mark.parametrize(
    "figures",
    [{"accuracy": 0.94}, {"spread": 0.85}, {"spread": 1.25}, {"copies": 0.2}, {"spread": math.nan}],
    ids=str,
)
def test_small_differences_are_no_fault(figures):
    assert said_of(made(**figures)) == [SOUND]


def test_spread_is_judged_by_that_of_real_images():
    wide = replace(REAL, spread=1.4)
    assert said_of(Pair(wide, wide)) == [SOUND]
    narrow = replace(REAL, spread=0.7)
    assert said_of(Pair(narrow, narrow)) == [SOUND]


def test_copies_are_told_of_the_whole_too():
    copied = made(copies=1.0)
    assert verdicts(copied, {"a": copied, "b": GOOD}, diagonal(2)) == [
        "It copies: 100% of its images are near-copies of training images; of real images held "
        "out from them, 2% are.",
        "class a: 100% near-copies of training images (real 2%)",
    ]


def test_a_class_without_real_images_is_judged_by_the_others():
    """The case in which every figure of the real side is missing, and 100 of 100 are wrong."""
    unknown = Pair(Figures(accuracy=0.0), Figures())
    said = verdicts(GOOD, {"a": unknown, "b": GOOD}, [[0, 100], [1, 99]], compared=(0, 100))
    assert said[0] == "class a: 0% right, most often drawn as b"
    assert said[1].startswith("Fewer than 10 real images to compare with in class a")
    right = Pair(Figures(accuracy=0.99), Figures())
    said = verdicts(GOOD, {"a": right, "b": GOOD}, diagonal(2), compared=(0, 100))
    assert said[0].startswith("No fault was found, but there are too few real images")
    assert said[1].startswith("Fewer than 10 real images")


def test_chance_is_not_called_a_fault():
    few = {"compared": (20, 20), "drawn": 20}
    wrong_by_chance = made(accuracy=0.85)
    assert verdicts(GOOD, {"a": wrong_by_chance, "b": GOOD}, diagonal(2), **few) == [SOUND]
    (said,) = verdicts(
        GOOD, {"a": wrong_by_chance, "b": GOOD}, diagonal(2), compared=(1000, 1000), drawn=1000
    )
    assert said.startswith("class a: 85% right")


def test_a_generator_that_repeats_itself_is_named():
    (said,) = verdicts(GOOD, {"a": made(duplicates=0.9), "b": GOOD}, diagonal(2))
    assert said == "class a: repeats itself: 90% of 100 images have a twin among them"
    assert verdicts(GOOD, {"a": made(duplicates=0.63), "b": GOOD}, diagonal(2)) == [SOUND]


def test_images_like_none_of_the_real_ones():
    assert verdicts(GOOD, {"a": GOOD}, [[100]], precision=0.0)[0] == (
        "Its images are like none of the real ones."
    )


def test_what_else_is_said():
    said = verdicts(
        GOOD, {"a": GOOD, "b": GOOD}, diagonal(2), classifier_accuracy=0.8, gan_train=(0.7, 0.9)
    )
    assert said[0].startswith("Every class is right and varied, though")  # 70 is not 90
    assert said[1].startswith("The classifier that judges is itself only 80% right")
    assert said[2] == (
        "A classifier that learnt from its images alone is 70.0% right on real ones; from as many "
        "real images, 90.0%."
    )


# Ignoring the label


def test_ignoring_the_label_is_named_first():
    bad = made(accuracy=1 / 3)
    said = verdicts(bad, dict.fromkeys("abc", bad), [[30, 40, 30]] * 3)
    assert said[0] == (
        "The generator ignores its label: whichever class is asked for, it draws the same "
        "mixture, so only 33% are right."
    )
    assert said[1] == "class a: 33% right, most often drawn as b"
    assert len(said) == 4


def test_a_classifier_that_knows_nothing_does_not_accuse():
    """Where real images, too, are named by chance, no generator ignores its label."""
    blind = replace(REAL, accuracy=1 / 3)
    said = verdicts(Pair(blind, blind), dict.fromkeys("abc", Pair(blind, blind)), [[1, 1, 1]] * 3)
    assert said == [SOUND]


@pytest.mark.parametrize(
    ("table", "ignores"),
    [
        ([[10]], False),
        ([[10, 0], [0, 10]], False),
        ([[0, 10], [10, 0]], False),  # swapped, which is not ignored
        ([[7, 3], [3, 7]], False),
        ([[5, 5], [5, 5]], True),
        ([[10, 0], [10, 0]], True),
        ([[6, 4], [4, 6]], True),
        ([[0, 0, 9], [0, 0, 9], [0, 0, 9]], True),
    ],
    ids=str,
)
def test_whether_the_label_is_ignored(table, ignores):
    assert ignores_label(table) is ignores


@given(st.integers(2, 10), st.integers(20, 100), st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_chance_alone_is_told_from_a_condition(classes, n, seed):
    stream = torch.Generator().manual_seed(seed)

    def table(follows):
        rows = []
        for index in range(classes):
            ids = torch.randint(classes, (n,), generator=stream)
            kept = torch.rand(n, generator=stream) < follows
            rows.append(torch.where(kept, index, ids).bincount(minlength=classes).tolist())
        return rows

    assert not ignores_label(table(0.8))
    if n * classes >= 200:
        assert ignores_label(table(0.0))


# Odd classes


def test_a_single_class():
    assert verdicts(GOOD, {"only": GOOD}, [[50]]) == [SOUND]


@pytest.mark.parametrize("label", ["", 3, 2.5, True, "späte Äpfel"])
def test_any_label_can_be_named(label):
    (said,) = said_of(made(spread=0.1), label=label)
    assert said == f"class {label}: spread 0.10 of real: collapsing"


def test_nothing_measured_at_all():
    nothing = Pair(Figures(), Figures())
    (said,) = verdicts(nothing, {"a": nothing, "b": nothing}, [[0, 0], [0, 0]])
    assert said.startswith("No fault was found")


def test_with_many_images_less_is_put_down_to_chance():
    narrow = {"a": made(spread=0.7), "b": GOOD}
    assert verdicts(GOOD, narrow, diagonal(2)) == [SOUND]  # 100 images leave room for that
    (said,) = verdicts(GOOD, narrow, diagonal(2), drawn=1000, compared=(1000, 1000))
    assert said == "class a: spread 0.70 of real: less varied than real images"
