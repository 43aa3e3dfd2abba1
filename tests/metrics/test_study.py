"""The study gives each arm what it should get, and says what its figures allow and no more."""

import dataclasses
import json
import math
from functools import partial
from itertools import pairwise

import pytest
import torch

from condgan import Attributes, Classes, LabelledImages, load_data
from condgan.errors import ArgumentTypeError, ConfigError, DataError, LabelError
from condgan.images import to_bytes
from condgan.metrics import study as module
from condgan.metrics.augmentation import jittered
from condgan.metrics.classifier import Classifier
from condgan.metrics.difference import (
    T_QUANTILES,
    Difference,
    paired_difference,
    sampling_error,
)
from condgan.metrics.findings import ARMS, Outcome, Study
from condgan.metrics.study import study

CLASSES = Classes(["common", "rare", "odd"])
SHADES = torch.tensor([-0.8, 0.0, 0.8])


def shaded(common=12, rare=4, odd=8):
    """Images (1, 4, 4) of one shade a class, their first pixel a number of their own."""
    labels = torch.arange(3).repeat_interleave(torch.tensor([common, rare, odd]))
    images = SHADES[labels].view(-1, 1, 1, 1).repeat(1, 1, 4, 4)
    images[:, 0, 0, 0] = torch.linspace(-1, 1, len(labels))
    return LabelledImages(images, labels, CLASSES, "shades")


class Stub:
    """A classifier that goes by the shade; in doubt where the first pixel is exactly zero."""

    classes = CLASSES

    def probabilities(self, images):
        near = (images[:, 0, 1, 1, None] - SHADES).abs() < 0.1
        sure = torch.where(images[:, 0, 0, 0] == 0, 0.6, 0.9)
        return near * sure[:, None]

    def predict(self, images):
        return self.probabilities(images).argmax(dim=1)


@pytest.fixture
def trained(monkeypatch):
    """What each classifier was trained on and how, in order; none is trained really."""
    calls = []

    def train(data, **how):
        calls.append((data, how))
        return Stub()

    monkeypatch.setattr(module, "train_classifier", train)
    return calls


class Maker:
    """A `make` that keeps what it was given, and draws of the right shade unless told."""

    def __init__(self, shade=None, first=0.5):
        self.given, self.asked = [], []
        self.shade = shade or (lambda index: SHADES[index])
        self.first = first

    def __call__(self, training, seed):
        self.given.append((training, seed))
        return self.sample

    def sample(self, labels):
        self.asked.append(list(labels))
        images = torch.stack(
            [torch.full((1, 4, 4), float(self.shade(CLASSES.id(label)))) for label in labels]
        )
        images[:, 0, 0, 0] = self.first
        return images


def by_arm(trained):
    """The first seed's trainings, by the order in which the study goes through the arms."""
    return dict(zip(ARMS, trained, strict=False))


# What the arms get


def test_a_wrong_range_is_refused(trained):
    with pytest.raises(DataError, match=r"in \[-1, 1\]; these lie in \[0.5, 7\]"):
        study(shaded(), Maker(first=7.0, shade=lambda k: 0.5), test=shaded(), seeds=1)


def test_every_arm_gets_what_it_should(trained):
    data, make = shaded(), Maker()
    found = study(data, make, test=data, seeds=1, epochs=2)
    arms = by_arm(trained)
    assert len(trained) == 7
    for arm in ("real", "augmented", "re-weighted", "both"):
        assert torch.equal(arms[arm][0].images, data.images)
        assert torch.equal(arms[arm][0].labels, data.labels)
    assert arms["augmented"][1]["augment"] is jittered
    assert arms["re-weighted"][1]["balanced"] is True
    for arm in ("both", "combined"):
        assert arms[arm][1]["balanced"] is True
        assert arms[arm][1]["augment"] is jittered
    assert torch.equal(arms["combined"][0].images, arms["filtered"][0].images)
    for arm in ("real", "generated", "filtered"):
        assert arms[arm][1].keys() == {"batch_size", "seed", "steps"}
    # 36 images after topping up, in batches of all 24 real ones: 2 an epoch.
    assert {how["steps"] for _, how in trained} == {4} == {found.steps}
    assert {how["batch_size"] for _, how in trained} == {24}
    assert {how["seed"] for _, how in trained} == {0}


def test_topped_up_counts_are_exact(trained):
    data, make = shaded(), Maker()
    found = study(data, make, test=data, seeds=1)
    assert make.asked == [["rare"] * 8, ["odd"] * 4]  # all kept: the filter asks for no more
    for arm in ("generated", "filtered", "combined"):
        set_ = by_arm(trained)[arm][0]
        assert set_.counts() == {"common": 12, "rare": 12, "odd": 12}
        assert torch.equal(set_.images[:24], data.images)
        assert torch.equal(set_.labels[24:], torch.tensor([1] * 8 + [2] * 4))
        assert found.results[arm][0].added == (0, 8, 4)
    assert found.results["real"][0].added == (0, 0, 0)
    assert found.per_class == 12
    assert found.counts == {"common": 12, "rare": 4, "odd": 8}


@pytest.mark.parametrize(
    ("per_class", "counts"), [(6, (12, 6, 8)), (20, (20, 20, 20))], ids=["fewer", "more"]
)
def test_a_class_that_has_more_keeps_them(trained, per_class, counts):
    study(shaded(), Maker(), test=shaded(), seeds=1, per_class=per_class)
    assert tuple(by_arm(trained)["generated"][0].counts().values()) == counts


def test_bytes_and_floats_train_alike(trained):
    """Real images kept as bytes meet drawn ones in [-1, 1]; what rounding adds is cut."""
    data = shaded()
    as_bytes = LabelledImages(
        data.images.add(1).mul(127.5).round().byte(), data.labels, CLASSES, "bytes"
    )
    study(as_bytes, Maker(shade=lambda index: 1.0005), test=as_bytes, seeds=1, doubt=0)
    images = by_arm(trained)["generated"][0].images
    assert images.dtype == torch.float32
    assert torch.equal(images[:24], as_bytes.floats())
    assert bool((images[24:, 0, 1, 1] == 1).all())


def test_drawn_bytes_are_what_they_stand_for_and_not_cut(trained):
    data, floats = shaded(), Maker(first=0.2)

    def make(training, seed):
        return lambda labels: to_bytes(floats.sample(labels))

    study(data, make, test=data, seeds=1)
    images = by_arm(trained)["generated"][0].images[24:]
    wanted = floats.sample(["rare"] * 8 + ["odd"] * 4)
    assert images.dtype == torch.float32
    assert torch.allclose(images, wanted, atol=0.005)  # half a step of a byte


def test_the_generator_sees_training_images_alone_and_each_seed_holds_out_others(trained):
    data, make = shaded(), Maker()
    found = study(data, make, seeds=3)
    assert [seed for _, seed in make.given] == [0, 1, 2]
    own = [set(part.images[:, 0, 0, 0].tolist()) for part, _ in make.given]
    assert [part.counts() for part, _ in make.given] == [{"common": 9, "rare": 3, "odd": 6}] * 3
    assert len({frozenset(part) for part in own}) == 3
    assert found.tested == {"common": 3, "rare": 1, "odd": 2}
    assert found.resplit
    assert [how["seed"] for _, how in trained] == [0] * 7 + [1] * 7 + [2] * 7


def test_with_a_test_set_all_data_are_trained_on(trained):
    data, make = shaded(), Maker()
    found = study(data, make, test=shaded(2, 2, 2), seeds=2)
    assert all(torch.equal(part.images, data.images) for part, _ in make.given)
    assert found.tested == {"common": 2, "rare": 2, "odd": 2}
    assert not found.resplit


def test_what_make_returns_may_have_a_generate(trained):
    class G:
        generate = Maker().sample

    assert study(shaded(), lambda data, seed: G(), test=shaded(), seeds=1).per_class == 12


# The filter


def test_the_filter_drops_what_is_doubted_and_draws_again(trained):
    """Every second image of a class comes in another shade: 8 asked for, then 4, 2, 1, 1, 1."""
    turn = []

    def shade(index):
        turn.append(index)
        return SHADES[index] if len(turn) % 2 == 0 else 0.4

    make = Maker(shade)
    found = study(shaded(), make, test=shaded(), seeds=1)
    assert [len(labels) for labels in make.asked[:2]] == [8, 4]
    assert [len(labels) for labels in make.asked[2:6]] == [4, 2, 1, 1]
    generated, filtered = (by_arm(trained)[arm][0] for arm in ("generated", "filtered"))
    assert int((generated.images[24:, 0, 1, 1] == 0.4).sum()) == 6
    assert not (filtered.images[24:, 0, 1, 1] == 0.4).any()
    assert filtered.counts() == {"common": 12, "rare": 12, "odd": 12}
    assert not [said for said in found.verdict() if "filter let through" in said]


@pytest.mark.parametrize(("doubt", "kept"), [(0.5, 8), (0.6, 8), (0.61, 0)])
def test_doubt_is_the_least_probability_that_passes(trained, doubt, kept):
    found = study(shaded(), Maker(first=0.0), test=shaded(), seeds=1, doubt=doubt)
    assert found.results["filtered"][0].added[1] == kept


def test_the_filter_gives_up_and_says_so(trained):
    make = Maker(shade=lambda index: 0.4)
    found = study(shaded(), make, test=shaded(), seeds=1)
    assert [len(labels) for labels in make.asked] == [8, 4] + [8] * 5 + [4] * 5
    assert by_arm(trained)["filtered"][0].counts() == {"common": 12, "rare": 4, "odd": 8}
    assert found.verdict()[-2:] == [
        "class rare: of 8 images wanted, the filter let through 0 in 6 rounds.",
        "class odd: of 4 images wanted, the filter let through 0 in 6 rounds.",
    ]


# Figures


def test_recall_and_accuracy_by_hand(trained):
    """Of 4 common test images one is of the odd shade, so that recall is 3/4, 1, 1."""
    test = shaded(4, 2, 4)
    test.images[0, 0, 1, 1] = SHADES[2]
    found = study(shaded(), Maker(), test=test, seeds=1)
    for outcome in (found.results[arm][0] for arm in ARMS):
        assert outcome.recall == (0.75, 1.0, 1.0)
        assert outcome.right == (bytes([0, 1, 1, 1]), bytes([1, 1]), bytes([1] * 4))
        assert outcome.accuracy == pytest.approx(0.9)
        assert outcome.balanced_accuracy == pytest.approx(2.75 / 3)


def of(rare, common=0.9, added=(0, 0)):
    """Outcomes of a data set with a common and a rare class, from recalls of the rare one."""
    return tuple(Outcome((common, value), (common + value) / 2, added, SURE) for value in rare)


SURE = (bytes(2), bytes(2))
"""What each classifier got right, of which nothing is left to chance, so that seeds alone count."""


def made_study(**arms):
    """A study of two classes whose rare class has these recalls."""
    rows = {"real": (0.5, 0.52, 0.54), "augmented": (0.5, 0.53, 0.53), "weighted": (0.4,) * 3}
    rows.update(arms)
    seeds = len(rows["generated"])
    return Study(
        name="made",
        counts={"a": 100, "b": 10},
        tested={"a": 50, "b": 50},
        per_class=100,
        steps=5,
        doubt=0.5,
        seeds=seeds,
        resplit=False,
        results={
            "real": of(rows["real"][:seeds]),
            "augmented": of(rows["augmented"][:seeds]),
            "re-weighted": of(rows["weighted"][:seeds]),
            "both": of(rows.get("both", rows["weighted"])[:seeds]),
            "generated": of(rows["generated"], added=(0, 90)),
            "filtered": of(rows.get("filtered", rows["generated"]), added=(0, 90)),
            "combined": of(rows.get("combined", rows["real"])[:seeds], added=(0, 90)),
        },
    )


def test_paired_intervals_by_hand():
    """Gaps 0.1, 0.2, 0.3: mean 0.2, deviation 0.1, and 4.303 x 0.1 / sqrt(3) = 0.24843."""
    found = paired_difference((0.5, 0.7, 0.9), (0.4, 0.5, 0.6))
    assert found.mean == pytest.approx(0.2)
    assert found.low == pytest.approx(0.2 - 0.248434, abs=1e-5)
    assert found.high == pytest.approx(0.2 + 0.248434, abs=1e-5)
    assert not found.above
    assert not found.below


def test_pairing_takes_out_what_the_seeds_share():
    found = paired_difference((0.51, 0.712, 0.901), (0.50, 0.70, 0.89))
    assert found.above
    assert paired_difference((0.50, 0.70, 0.89), (0.51, 0.712, 0.901)).below


def test_which_images_are_tested_on_widens_the_interval_by_hand():
    """Gaps 0.1, 0.2, 0.3 as above, and 1.96 x 0.1 from the test set: a hypotenuse of both."""
    found = paired_difference((0.5, 0.7, 0.9), (0.4, 0.5, 0.6), sampling=0.1)
    half = math.hypot(0.248434, 0.196)
    assert (found.low, found.high) == pytest.approx((0.2 - half, 0.2 + half), abs=1e-5)


def test_sampling_error_by_hand():
    """Class one: gaps over two seeds 1, 1/2, 0, 0, variance 11/48 of 4; class two has none.

    Its error is sqrt(11 / 192), and half of that for the mean of both.
    """
    none = bytes([0, 0, 0, 0]), bytes([1, 1])
    first = [(bytes([1, 1, 0, 0]), bytes([1, 1])), (bytes([1, 0, 0, 0]), bytes([1, 1]))]
    found = sampling_error(first, [none, none])
    assert found == pytest.approx(math.sqrt(11 / 48 / 4) / 2)
    assert sampling_error([none, none], first) == found
    assert sampling_error(first, first) == 0


def test_one_test_image_of_a_class_has_no_variance_to_measure():
    assert sampling_error([(bytes([1]),)], [(bytes([0]),)]) == 0


def test_a_given_test_set_counts_as_a_sample_and_held_out_parts_do_not():
    """Of 4 common images the generated arm errs in one, with each seed: seeds agree, yet doubt."""
    right = {arm: (bytes([1] * 4), bytes([1] * 4)) for arm in ARMS}
    right["generated"] = (bytes([1, 1, 1, 0]), bytes([1] * 4))
    results = {
        arm: tuple(Outcome((sum(a) / 4, 1.0), 1.0, (0, 90), (a, b)) for _ in range(3))
        for arm, (a, b) in right.items()
    }
    found = dataclasses.replace(made_study(generated=(0.5,) * 3), results=results)
    gap = found.difference("generated", "real")
    assert gap.mean == pytest.approx(-0.125)
    assert gap.high - gap.mean == pytest.approx(1.96 * 0.25 / 2)
    assert found.difference("generated", "real", ("b",)).high == 0
    assert dataclasses.replace(found, resplit=True).difference("generated", "real").below


def test_many_seeds_take_the_last_quantile():
    gaps = (0.0, 0.2) * 50  # deviation 0.1 x sqrt(100 / 99)
    found = paired_difference(gaps, (0.0,) * 100)
    half = 2.042 * 0.1 * math.sqrt(100 / 99) / 10
    assert (found.low, found.high) == pytest.approx((0.1 - half, 0.1 + half))


@pytest.mark.parametrize("n", [2, 5, 31])
def test_equal_gaps_leave_no_doubt(n):
    found = paired_difference((0.5,) * n, (0.25,) * n)
    assert (found.mean, found.low, found.high) == (0.25, 0.25, 0.25)
    same = paired_difference((0.5,) * n, (0.5,) * n)
    assert not same.above
    assert not same.below


def test_the_quantiles_fall_towards_the_normal_one():
    table = T_QUANTILES
    assert len(table) == 30
    assert all(a > b > 1.96 for a, b in pairwise(table))


def test_differences_between_arms():
    found = made_study(generated=(0.7, 0.8, 0.9))
    assert found.recall("generated") == pytest.approx((0.8, 0.85, 0.9))
    assert found.recall("generated", ("b",)) == (0.7, 0.8, 0.9)
    assert found.difference("generated", "real", ("b",)).mean == pytest.approx(0.28)
    assert found.difference("generated", "real").mean == pytest.approx(0.14)
    with pytest.raises(ConfigError, match=r"there is no arm 'best'\. Known: real, augmented"):
        found.recall("best")
    with pytest.raises(ConfigError, match=r"there is no class 'c'\. Known: 'a', 'b'"):
        found.recall("real", ("c",))


@pytest.mark.parametrize(
    ("counts", "rarest"),
    [
        ({0: 100, 1: 50, 2: 51, 3: 7}, (1, 3)),
        ({0: 100, 1: 90, 2: 80, 3: 80}, (2, 3)),
        ({0: 5, 1: 5}, (0, 1)),
    ],
    ids=["half", "none below half", "all alike"],
)
def test_the_rarest_classes(counts, rarest):
    found = Study("x", counts, counts, 9, 9, 0.5, 1, False, {})
    assert found.rarest == rarest


# Verdicts


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        (
            {"generated": (0.8, 0.82, 0.85), "filtered": (0.85, 0.87, 0.9)},
            "It helps: a classifier that also learns from filtered images beats both real images "
            "alone and augmented ones.",
        ),
        (
            {"generated": (0.8, 0.82, 0.85), "augmented": (0.7, 0.9, 0.88)},
            "No clear difference to augmented ones, which cost less, though generated and "
            "filtered images beat real ones alone.",
        ),
        (
            {"generated": (0.8, 0.82, 0.85), "weighted": (0.9, 0.92, 0.94)},
            "Do not use it: generated, filtered and combined images make a worse classifier than "
            "re-weighted ones, which cost less.",
        ),
        (
            {"generated": (0.8, 0.82, 0.85), "both": (0.9, 0.92, 0.94)},
            "Do not use it: generated, filtered and combined images make a worse classifier than "
            "real ones that are augmented and re-weighted, which cost less.",
        ),
        (
            {"generated": (0.3, 0.31, 0.35), "filtered": (0.5, 0.52, 0.54)},
            "Do not use it: generated images make a worse classifier than real ones alone.",
        ),
        (
            {"generated": (0.3, 0.9, 0.5)},
            "No clear difference: these seeds cannot tell whether generated images help, so that "
            "they are not worth their making.",
        ),
    ],
    ids=["helps", "level", "classical does better", "both do better", "hurts", "unclear"],
)
def test_conclusions(arms, said):
    assert made_study(**arms).verdict()[0] == said


def test_the_verdict_names_both_rivals_both_figures_and_the_interval():
    verdict = made_study(generated=(0.7, 0.72, 0.74)).verdict()
    assert verdict[1] == (
        "generated against real: balanced accuracy 10.0 points higher (95 % interval +10.0 to "
        "+10.0); recall of the rarest (class b) 20.0 points higher (95 % interval +20.0 to +20.0)."
    )
    rivals = ["generated against real", "generated against augmented"]
    rivals += ["filtered against real", "filtered against augmented"]
    rivals += ["combined against real", "combined against augmented"]
    assert [said.split(":")[0] for said in verdict[1:]] == rivals


def test_one_seed_has_no_interval_and_says_so():
    found = made_study(generated=(0.7,))
    assert found.verdict()[0].startswith("One seed gives no interval")
    assert "(one seed, no interval)" in found.verdict()[1]
    assert "±" not in found.table()
    assert found.difference("generated", "real") == Difference(pytest.approx(0.1), None, None)


def test_the_table_has_a_column_for_each_arm_and_a_row_for_each_class():
    found = made_study(generated=(0.7, 0.8, 0.9))
    lines = found.table().splitlines()
    assert lines[0].split() == list(ARMS)
    assert [line.split("  ")[0].strip() or line.strip().split("  ")[0] for line in lines[1:]] == [
        "balanced accuracy",
        "accuracy",
        "rarest",
        "class a (100)",
        "class b (10)",
    ]
    assert "80.0 ± 10.0" in lines[-1]
    assert found.table() in str(found)
    assert found.verdict()[0] in str(found)


# Saved


def test_it_saves_as_strict_json(tmp_path):
    found = made_study(generated=(0.7, 0.8, 0.9))
    path = found.save(tmp_path / "deep" / "study.json")
    text = path.read_text(encoding="utf-8")

    def refuse(name):
        raise AssertionError(name)

    read = json.loads(text, parse_constant=refuse)
    assert read == found.to_dict()
    assert read["arms"]["generated"][1]["recall"] == [0.9, 0.8]
    assert read["arms"]["generated"][1]["added"] == [0, 90]
    assert [(row["arm"], row["other"]) for row in read["differences"]] == [
        (arm, other)
        for arm in ("generated", "filtered", "combined")
        for other in ("real", "augmented", "re-weighted", "both")
    ]
    assert read["verdict"] == found.verdict()


def test_one_seed_saves_no_interval(tmp_path):
    read = json.loads(made_study(generated=(0.7,)).save(tmp_path / "s.json").read_text())
    assert read["differences"][0]["rarest"] == {
        "mean": pytest.approx(0.2),
        "low": None,
        "high": None,
    }


def test_it_says_if_hardly_anything_was_added():
    rows = dict.fromkeys(ARMS, of((0.5, 0.6), added=(0, 4)))
    said = Study("x", {"a": 50, "b": 46}, {}, 50, 9, 0.5, 2, False, rows).verdict()[-1]
    assert said.startswith("only 4.0 % of the images are drawn ones, which can hardly matter")
    rows = dict.fromkeys(ARMS, of((0.5, 0.6), added=(0, 6)))
    said = Study("x", {"a": 50, "b": 44}, {}, 50, 9, 0.5, 2, False, rows).verdict()[-1]
    assert said.startswith("combined against")


# With real classifiers


@pytest.fixture
def narrow(monkeypatch):
    """Classifiers of half the width, since the smaller one learns four digits as well."""
    monkeypatch.setattr("condgan.metrics.classifier.Classifier", partial(Classifier, width=16))


@pytest.fixture(scope="module")
def cut_digits():
    """Four digits, of two of which 3 images are left; those held back, and others to test on."""
    data = load_data("digits")
    places = {k: (data.labels == k).nonzero()[:, 0].tolist() for k in (3, 5, 8, 9)}
    classes = Classes([3, 5, 8, 9])

    def part(start, common, rare):
        chosen = [
            i for k in classes for i in places[k][start : start + (rare if k in (3, 8) else common)]
        ]
        ids = classes.canonical(data.labels[chosen].tolist())
        return LabelledImages(data.images[chosen], ids, classes, "digits")

    return part(0, 30, 3), part(30, 60, 60), part(90, 60, 60)


def resampled(source, of=lambda label: label):
    """A `make` whose generator draws real images of `source`."""

    def make(training, seed):
        def sample(labels):
            found = source.of(of(labels[0]))
            return found[torch.randint(len(found), (len(labels),))]

        return sample

    return make


def test_real_images_of_rare_classes_help(cut_digits, narrow):
    training, back, test = cut_digits
    found = study(training, resampled(back), test=test, seeds=4, epochs=15)
    assert found.verdict()[0].startswith("It helps: ")
    assert found.difference("generated", "real", found.rarest).above
    assert found.rarest == (3, 8)


def test_images_of_the_wrong_class_hurt(cut_digits, narrow):
    training, back, test = cut_digits
    wrong = {3: 8, 8: 3}
    found = study(training, resampled(back, wrong.get), test=test, epochs=15)
    assert found.verdict()[0].startswith("Do not use it: ")
    assert found.difference("generated", "real", found.rarest).below


def test_it_repeats_itself_and_leaves_the_global_stream(cut_digits):
    training, back, test = cut_digits
    before = torch.get_rng_state()
    told = []
    first = study(training, resampled(back), test=test, seeds=1, epochs=1, progress=told.append)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert study(training, resampled(back), test=test, seeds=1, epochs=1) == first
    assert told[0] == "seed 0: training a generator"
    assert [text.split(", ")[-1] for text in told[1:]] == list(ARMS)


def test_a_filter_that_keeps_nothing_leaves_the_real_arm(cut_digits):
    training, back, test = cut_digits
    found = study(training, resampled(back), test=test, seeds=1, epochs=1, doubt=1)
    assert found.results["filtered"] == found.results["real"]
    assert found.results["combined"] == found.results["both"]


# Errors


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"seeds": 0}, ConfigError, "seeds must be a positive whole number; got 0"),
        ({"epochs": 0}, ConfigError, "epochs must be a positive whole number; got 0"),
        ({"per_class": 2.5}, ConfigError, "per_class must be a positive whole number; got 2.5"),
        ({"per_class": 4}, ConfigError, "at least 4 images to train on, and per_class is 4"),
        ({"doubt": 1.5}, ConfigError, "doubt is a probability from 0 to 1; got 1.5"),
        ({"doubt": math.nan}, ConfigError, "doubt is a probability from 0 to 1; got nan"),
        ({"doubt": "much"}, ConfigError, "doubt is a probability from 0 to 1; got 'much'"),
        ({"test": 3}, ArgumentTypeError, "real images come as LabelledImages; got a int"),
    ],
    ids=str,
)
def test_arguments_that_cannot_work(arguments, error, said):
    with pytest.raises(error, match=said):
        study(shaded(), Maker(), **{"test": shaded(), **arguments})


def test_even_data_need_no_topping_up_unless_asked_for(trained):
    even = shaded(4, 4, 4)
    with pytest.raises(ConfigError, match=r"nothing would be generated.*Say per_class=8"):
        study(even, Maker(), test=even)
    assert study(even, Maker(), test=even, seeds=1, per_class=8).per_class == 8


def test_data_that_cannot_be_studied():
    hats = LabelledImages(torch.zeros(2, 1, 4, 4), torch.zeros(2, 1), Attributes(["hat"]), "hats")
    with pytest.raises(LabelError, match="class by class, but the labels of hats are"):
        study(hats, Maker())
    with pytest.raises(ArgumentTypeError, match="come as LabelledImages; got a list"):
        study([], Maker())
    with pytest.raises(LabelError, match="test images must have the classes and shape"):
        study(shaded(), Maker(), test=load_data("digits"))


def test_a_class_without_images():
    with pytest.raises(DataError, match=r"no image to train on of class rare\. One of each"):
        study(shaded(rare=0), Maker(), test=shaded())
    with pytest.raises(DataError, match="no image to test on of class odd"):
        study(shaded(), Maker(), test=shaded(odd=0))
    with pytest.raises(DataError, match=r"no image to test on of class rare\. Two of each"):
        study(shaded(rare=1), Maker())


def test_makers_that_cannot_work(trained):
    with pytest.raises(ArgumentTypeError, match=r"make is a function .*; got a str"):
        study(shaded(), "G")
    with pytest.raises(ArgumentTypeError, match="it returned a NoneType"):
        study(shaded(), lambda data, seed: None)
    with pytest.raises(DataError, match=r"an image \(C, H, W\) for each of"):
        study(shaded(), lambda data, seed: lambda labels: torch.zeros(1, 1, 4, 4))
    with pytest.raises(DataError, match=r"real images have shape \(1, 4, 4\); sample gives"):
        study(shaded(), lambda data, seed: lambda labels: torch.zeros(len(labels), 3, 4, 4))


# The augmentation


def test_jitter_moves_a_little_and_stays_in_range():
    torch.manual_seed(0)
    images = torch.rand(50, 2, 12, 20) * 2 - 1
    moved = jittered(images)
    assert moved.shape == images.shape
    assert moved.dtype == images.dtype
    assert float(moved.abs().max()) <= 1.0
    assert len(moved.flatten(1).unique(dim=0)) == 50


def test_jitter_keeps_a_ground_of_any_shade_and_never_flips():
    torch.manual_seed(0)
    ground = torch.full((20, 1, 9, 9), 0.7)
    assert torch.allclose(jittered(ground), ground)
    half = torch.full((200, 1, 16, 16), -1.0)
    half[..., 11:] = 1.0  # light on the right
    moved = jittered(half)
    assert bool((moved[..., -2:].mean(dim=(1, 2, 3)) > moved[..., :2].mean(dim=(1, 2, 3))).all())


def test_jitter_turns_wide_images_without_shearing_them(monkeypatch):
    """A square turned by 90 degrees in an image twice as wide as high is a square still."""
    monkeypatch.setattr("condgan.metrics.augmentation.TURN", math.pi / 2)
    monkeypatch.setattr("torch.rand", lambda *size: torch.tensor([[1.0], [0.5], [0.5], [0.5]]))
    wide = torch.zeros(1, 1, 10, 20)
    wide[..., 2:8, 7:13] = 1.0
    assert torch.allclose(jittered(wide), wide, atol=1e-5)
