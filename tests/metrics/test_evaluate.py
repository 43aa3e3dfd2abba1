"""Evaluation from end to end: known generators are named for what they are."""

import json
import math
import re
import warnings
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import condgan
from condgan import Classes, ConditionalGenerator, LabelledImages, Quantities
from condgan.data.digits import digits
from condgan.errors import ArgumentTypeError, ConfigError, DataError, LabelError
from condgan.images import to_bytes
from condgan.metrics import evaluate as module
from condgan.metrics.classifier import train_classifier
from condgan.metrics.evaluate import distances, evaluate
from condgan.metrics.features import Features
from condgan.metrics.figures import NAMES
from condgan.metrics.real import real_sets

pytestmark = pytest.mark.filterwarnings("ignore:classes .* have no more real images:UserWarning")

SOUND = "Right and varied: within what can be measured, every class is as good as real images."
CORNERS = ["nw", "ne", "sw", "se"]
POOLED = nn.Sequential(nn.AvgPool2d(2), nn.Flatten())


@pytest.fixture(scope="module", autouse=True)
def kept(tmp_path_factory):
    """One cache for all tests here, so that each set is learnt once."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONDGAN_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def data(blobs):
    return blobs()


@pytest.fixture(scope="module")
def held_out(data):
    return real_sets(data, None)[1]


def all_of(real):
    """A sample that draws the images of a class in order, from the start again when all are out."""

    def sample(labels):
        pool = real.of(labels[0])
        return pool[torch.arange(len(labels)) % len(pool)]

    return sample


# Known generators


def test_a_perfect_generator_is_as_good_as_real(data, held_out):
    report = evaluate(all_of(held_out), data, n=20)
    assert report.verdicts() == [SOUND]
    assert asdict(report.overall.generated) == pytest.approx(asdict(report.overall.real), rel=1e-4)
    assert report.within.generated.accuracy == 1.0
    assert report.within.generated.spread == pytest.approx(1.0, abs=0.1)
    assert report.within.generated.copies < 0.1
    assert report.classifier_accuracy == 1.0


@pytest.mark.parametrize("seed", [0, 1])
def test_a_perfect_generator_that_repeats_itself_by_chance(data, blobs, resample, seed):
    test = blobs(400, seed=7)
    report = evaluate(resample(test), data, test=test, n=100, seed=seed)
    assert report.verdicts() == [SOUND]
    assert report.basis.compared == (100,) * 4


def test_one_that_ignores_its_label(data, held_out):
    def sample(labels):
        return held_out.floats(torch.randint(len(held_out), (len(labels),)))

    report = evaluate(sample, data, n=40)
    assert report.verdicts()[0].startswith("The generator ignores its label")
    assert report.overall.generated.accuracy < 0.5
    # The overall distance alone would not show it.
    assert report.overall.generated.frechet < report.within.generated.frechet / 10
    assert report.within.generated.frechet > 100 * report.within.real.frechet


def test_one_that_draws_the_same_image_of_every_class(data):
    report = evaluate(lambda labels: data.floats(slice(1)).repeat(len(labels), 1, 1, 1), data, n=20)
    said = report.verdicts()
    assert said[0] == "Its images are like none of the real ones."
    assert said[1].startswith("The generator ignores its label")
    assert all("it draws one image" in sentence for sentence in said if "class" in sentence[:6])


def test_one_that_draws_one_image_per_class(data, held_out):
    report = evaluate(lambda labels: held_out.of(labels[0], 1).repeat(len(labels), 1, 1, 1), data)
    assert report.verdicts() == [
        f"class {label}: spread 0.00 of real: it draws one image" for label in data.classes
    ]
    assert report.within.generated.duplicates == 1.0
    assert report.within.generated.coverage < 0.5 * report.within.real.coverage


def test_one_that_copies_the_training_set(data, resample):
    training, _ = real_sets(data, None)
    report = evaluate(resample(training), data, n=30)
    said = report.verdicts()
    assert said[0].startswith("It copies: 100% of its images are near-copies of training images")
    assert all("near-copies" in sentence for sentence in said)
    assert len(said) == 5
    assert report.within.real.copies < 0.1


def test_one_with_two_classes_swapped(data, held_out):
    swapped = {"nw": "se", "se": "nw"}
    sample = all_of(held_out)
    report = evaluate(lambda labels: sample([swapped.get(x, x) for x in labels]), data, n=20)
    assert report.verdicts() == [
        "class nw: 0% right, most often drawn as se",
        "class se: 0% right, most often drawn as nw",
    ]
    assert report.confusion == ((0, 0, 0, 20), (0, 20, 0, 0), (0, 0, 20, 0), (20, 0, 0, 0))


def test_one_that_is_noisy(data, resample, held_out):
    clean = resample(held_out)

    def sample(labels):
        images = clean(labels)
        return (images + 0.7 * torch.randn(images.shape)).clamp(-1, 1)

    said = evaluate(sample, data, n=30).verdicts()
    assert len(said) == 4
    assert all("noisy, or several things at once" in sentence for sentence in said)


def test_one_class_that_collapses_is_the_one_named(data, held_out):
    sample = all_of(held_out)

    def mostly(labels):
        images = sample(labels)
        return 0.3 * images + 0.7 * images[:1] if labels[0] == "sw" else images

    report = evaluate(mostly, data, n=20)
    assert report.verdicts() == ["class sw: spread 0.30 of real: collapsing"]


# What may be evaluated


def test_a_generator_is_drawn_from_and_left_as_it_was(data, fingerprint):
    G = ConditionalGenerator(data.classes, data.image_shape, width=8, seed=0).train()
    before = fingerprint(G)
    report = evaluate(G, data, n=20)
    assert G.training
    assert fingerprint(G) == before
    assert report.verdicts()
    assert evaluate(G.generate, data, n=20) == report


def test_anything_with_generate(data, held_out):
    report = evaluate(SimpleNamespace(generate=all_of(held_out)), data, n=20)
    assert report.verdicts() == [SOUND]


def test_labels_come_as_the_user_calls_them(data, held_out):
    asked = []
    sample = all_of(held_out)

    def spy(labels):
        asked.append(labels)
        return sample(labels)

    evaluate(spy, data, n=7)
    assert asked == [[label] * 7 for label in ("nw", "ne", "sw", "se")]


# Random streams


def test_streams_are_left_and_a_seed_repeats_all(data, resample, held_out):
    sample = resample(held_out)
    torch.manual_seed(5)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    first = evaluate(sample, data, n=20, seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    torch.manual_seed(6)
    again, other = (evaluate(sample, data, n=20, seed=seed) for seed in (3, 4))
    assert first.to_dict() == again.to_dict()
    assert first == again != other
    for label in data.classes:
        assert torch.equal(first.samples[label].drawn, again.samples[label].drawn)
    assert first.basis.seed == 3


# What figures rest on


def test_d81_gray_images_with_features_of_their_own(data, held_out):
    report = evaluate(all_of(held_out), data, n=20)
    assert re.fullmatch("classifier-[0-9a-f]{16}-40-0", report.basis.features)
    assert report.basis.resize == "none"
    assert all(math.isfinite(getattr(report.overall.generated, name)) for name in NAMES)


def test_d81_the_features_chosen_are_in_the_result(data, held_out):
    pixels = Features("pixels", "nearest 8x8", lambda images: images.flatten(1))
    report = evaluate(all_of(held_out), data, n=20, features=pixels)
    assert (report.basis.features, report.basis.resize) == ("pixels", "nearest 8x8")
    by_module = evaluate(all_of(held_out), data, n=20, features=POOLED)
    assert by_module.basis.features.startswith("Sequential-")


def test_d82_unlike_evaluations_refuse_to_be_compared(data, blobs, held_out):
    sample = all_of(held_out)
    first = evaluate(sample, data, n=20, features=POOLED)
    assert first.difference(evaluate(sample, data, n=20, features=POOLED, seed=1)) < 1
    resized = nn.Sequential(nn.Upsample(4, mode="bilinear"), nn.Flatten())
    with pytest.raises(ConfigError, match=r"different features \("):
        first.difference(evaluate(sample, data, n=20, features=resized))
    with pytest.raises(ConfigError, match=r"different drawn, compared \(drawn: 20 and 10;"):
        first.difference(evaluate(sample, data, n=10, features=POOLED))
    with pytest.raises(ConfigError, match=r"different k \("):
        first.difference(evaluate(sample, data, n=20, features=POOLED, k=3))
    tests = [evaluate(sample, data, test=blobs(80, seed=s), n=20, features=POOLED) for s in (1, 2)]
    with pytest.raises(ConfigError, match=r"different data \("):
        tests[0].difference(tests[1])


def test_d83_few_images_are_compared_without_subsets(data, held_out):
    """Fewer than the usual subset of the kernel distance, and no error."""
    assert module.KERNEL_SUBSET > 20
    report = evaluate(all_of(held_out), data, n=20)
    assert math.isfinite(report.overall.generated.kernel)


def test_d84_bytes_and_floats_give_the_same_score(data, held_out):
    whole = LabelledImages(to_bytes(data.images), data.labels, data.classes, data.name)
    floats = LabelledImages(whole.floats(), data.labels, data.classes, data.name)
    sample = all_of(held_out)
    found = [
        evaluate(drawn, real, n=20, features=POOLED)
        for real, drawn in [
            (whole, all_of(real_sets(floats, None)[1])),
            (floats, all_of(real_sets(whole, None)[1])),
            (floats, lambda labels: to_bytes(sample(labels))),
            (floats, lambda labels: sample(labels).double()),
            (data, sample),
        ]
    ]
    for report in found[1:]:
        for name in ("frechet", "precision", "spread", "accuracy"):
            values = [getattr(x.within.generated, name) for x in (found[0], report)]
            assert values[0] == pytest.approx(values[1], abs=1e-3), name
    assert found[0].within == found[1].within


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda images: images.add(1).mul(127.5), r"lie in \[.*For 0\.\.255 give bytes"),
        (lambda images: images * 2, r"gives images in \[-1, 1\]; these lie in \[-2"),
        (lambda images: images * math.nan, r"these lie in \[nan, nan\]"),
    ],
    ids=["0..255", "too wide", "nan"],
)
def test_d84_another_range_is_refused(data, held_out, change, said):
    sample = all_of(held_out)
    with pytest.raises(DataError, match=said):
        evaluate(lambda labels: change(sample(labels)), data, n=5)


def test_d84_a_range_from_nought_to_one_is_warned_of(data, held_out):
    sample = all_of(held_out)
    with pytest.warns(UserWarning, match=r"lies in \[0.*real images lie in .*give images \* 2 - 1"):
        evaluate(lambda labels: sample(labels).add(1).div(2), data, n=5)


# Few images


def test_few_images_are_warned_of(data, held_out):
    with pytest.warns(UserWarning, match=r"classes 'nw', .* than there are features \(128\)"):
        evaluate(all_of(held_out), data, n=20)
    test = held_out.subset(torch.arange(len(held_out)).repeat(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.warnings, "warn", lambda *a, **b: pytest.fail(a[0]))
        evaluate(all_of(held_out), data, test=test, n=100, features=POOLED)


@pytest.mark.parametrize("images", [0, 1, 4])
def test_a_class_of_few_images_is_measured_as_far_as_it_goes(data, images, resample, held_out):
    """Of 4 images, one is held out; of fewer than 2, none; of no image at all, nothing."""
    few = data.labels != 2
    few[(data.labels == 2).nonzero()[:images, 0]] = True
    scarce = data.subset(few)
    report = evaluate(resample(held_out), scarce, n=20, features=POOLED)
    pair = report.classes["sw"]
    assert math.isnan(pair.generated.frechet)
    assert math.isnan(pair.real.spread)
    assert math.isfinite(pair.generated.accuracy)
    assert math.isnan(pair.generated.copies) == (report.basis.compared[2] == 0)
    assert math.isfinite(report.within.generated.frechet)
    assert len(report.table().splitlines()) == 1 + 2 + 4
    assert "nan" not in str(report)
    text = json.dumps(report.to_dict(), allow_nan=False)
    assert json.loads(text)["classes"][2]["generated"]["frechet"] is None
    assert len(report.samples["sw"].nearest) == (8 if images else 0)


def test_as_few_images_as_can_be():
    data = LabelledImages(
        torch.linspace(-1, 1, 8 * 16).view(8, 1, 4, 4), torch.arange(8) % 2, Classes(2)
    )
    report = evaluate(all_of(data), data, n=2, features=POOLED)
    assert report.basis.compared == (1, 1)
    assert math.isnan(report.within.generated.frechet)
    assert math.isfinite(report.overall.generated.frechet)
    assert str(report)


def test_a_single_class(blobs, resample):
    data = blobs(160)
    one = LabelledImages(data.of("nw"), torch.zeros(40, dtype=torch.int64), Classes(["nw"]))
    test = LabelledImages(
        blobs(160, seed=1).of("nw"), torch.zeros(40, dtype=torch.int64), Classes(["nw"])
    )
    report = evaluate(all_of(test), one, test=test, n=40, features=POOLED)
    assert report.verdicts() == [SOUND]
    assert report.confusion == ((40,),)


def test_images_in_colour_of_classes_without_a_name(blobs):
    colour = blobs(160, channels=3)
    data = LabelledImages(colour.images, colour.labels, Classes(["", " ", "c", "d"]))
    held_out = real_sets(data, None)[1]
    report = evaluate(all_of(held_out), data, n=10)
    assert report.verdicts() == [SOUND]
    assert list(report.classes) == ["", " ", "c", "d"]
    assert str(report)


def test_a_set_of_one_image_repeated():
    data = LabelledImages(torch.zeros(40, 1, 4, 4), torch.arange(40) % 2, Classes(2))
    report = evaluate(all_of(data), data, n=5, features=POOLED)
    assert report.overall.generated.frechet == 0.0
    assert math.isnan(report.classes[0].generated.spread)
    assert report.within.generated.copies == 1.0  # as of the real images
    assert str(report)


def test_a_test_set_that_lacks_a_class(data, held_out):
    test = held_out.subset(held_out.labels != 1)
    report = evaluate(all_of(held_out), data, test=test, n=20, features=POOLED)
    assert report.basis.compared == (20, 0, 20, 20)
    assert math.isnan(report.classes["ne"].real.accuracy)
    assert report.classes["ne"].generated.accuracy == 1.0
    json.dumps(report.to_dict(), allow_nan=False)


# Figures of features


def test_identical_features_are_nought_apart():
    x = torch.randn(60, 4, generator=torch.Generator().manual_seed(0)).double()
    found = distances(x, x, k=5)
    assert found.frechet == pytest.approx(0.0, abs=1e-12)
    assert found.kernel <= 0
    assert (found.precision, found.recall, found.coverage) == (1.0, 1.0, 1.0)
    assert math.isnan(found.accuracy)


def test_what_too_few_features_leave_out():
    x = torch.randn(9, 2, generator=torch.Generator().manual_seed(0)).double()
    assert all(math.isnan(getattr(distances(x, x[:1], k=5), name)) for name in NAMES)
    some = distances(x, x[:5], k=5)
    assert math.isfinite(some.frechet)
    assert math.isfinite(some.kernel)
    assert math.isnan(some.precision)
    assert math.isfinite(distances(x, x[:6], k=5).precision)


# Trained on what was drawn


def test_a_classifier_trained_on_generated_images(data, held_out, monkeypatch):
    sizes = []

    def spy(source, *arguments, **options):
        sizes.append(len(source))
        return train_classifier(source, *arguments, **options)

    monkeypatch.setattr(module, "train_classifier", spy)
    monkeypatch.setattr(module, "usual_epochs", lambda images: 8)
    before = torch.get_rng_state()
    report = evaluate(all_of(held_out), data, n=30, gan_train=True)
    assert torch.equal(torch.get_rng_state(), before)
    assert report.gan_train == (1.0, 1.0)
    evaluate(all_of(held_out), data, n=100, gan_train=True)  # 400 drawn, 240 real
    assert sizes == [120, 120, 240, 240]
    shuffled = dict(zip(CORNERS, CORNERS[1:] + CORNERS[:1], strict=True))
    sample = all_of(held_out)
    wrong = evaluate(lambda x: sample([shuffled[y] for y in x]), data, n=30, gan_train=True)
    assert wrong.gan_train[0] < 0.2
    assert "A classifier that learnt from its images alone" in str(wrong)
    assert json.loads(json.dumps(wrong.to_dict()))["gan_train"] == list(wrong.gan_train)


# The cache


def test_the_classifier_is_kept_and_found_again(data, held_out, kept, monkeypatch):
    evaluate(all_of(held_out), data, n=5)
    assert list((kept / "classifiers").iterdir())
    monkeypatch.setattr(
        "condgan.metrics.features.train_classifier", lambda *a, **b: pytest.fail("trained again")
    )
    evaluate(all_of(held_out), data, n=5)


def test_nothing_is_written_without_a_cache(blobs, tmp_path, monkeypatch):
    monkeypatch.setenv("CONDGAN_CACHE", str(tmp_path / "none"))
    data = blobs(40)
    evaluate(all_of(data), data, n=5, cache=False)
    assert not (tmp_path / "none").exists()


# Refusals


def test_it_is_on_the_public_face():
    assert condgan.evaluate is evaluate


def test_what_cannot_be_evaluated_is_refused(data, held_out):
    sample = all_of(held_out)
    with pytest.raises(ArgumentTypeError, match=r"a generator or a function sample.*; got a str"):
        evaluate("run", data)
    with pytest.raises(
        ArgumentTypeError, match=r"real images come as LabelledImages; got a Tensor"
    ):
        evaluate(sample, data.images)
    with pytest.raises(ArgumentTypeError, match="come as LabelledImages; got a list"):
        evaluate(sample, data, test=[1])
    with pytest.raises(ConfigError, match=r"n must be a whole number from 2; got 1"):
        evaluate(sample, data, n=1)
    with pytest.raises(ArgumentTypeError, match=r"features must be .*; got a str"):
        evaluate(sample, data, features="inception")
    with pytest.raises(ConfigError, match=r"k must lie between 1 and .*got k=0"):
        evaluate(sample, data, n=20, k=0)


def test_labels_that_are_not_classes_are_refused(data):
    angles = LabelledImages(data.images, torch.zeros(len(data), 1), Quantities(1), "angles")
    with pytest.raises(LabelError, match=r"labels of angles are Quantities"):
        evaluate(lambda labels: data.images, angles)
    others = LabelledImages(data.images, data.labels, Classes(4))
    with pytest.raises(
        LabelError, match=r"test images must have the classes and shape of the data"
    ):
        evaluate(lambda labels: data.images, data, test=others)
    smaller = LabelledImages(data.images[..., :4], data.labels, data.classes)
    with pytest.raises(LabelError, match=r"got Classes.* and \(1, 8, 4\)"):
        evaluate(lambda labels: data.images, data, test=smaller)


def test_images_of_another_number_shape_or_kind_are_refused(data):
    with pytest.raises(DataError, match=r"for each of 5 labels; got shape \(4, 1, 8, 8\)"):
        evaluate(lambda labels: torch.zeros(4, 1, 8, 8), data, n=5)
    with pytest.raises(DataError, match=r"shape \(3, 8, 8\); the real ones are \(1, 8, 8\)"):
        evaluate(lambda labels: torch.zeros(5, 3, 8, 8), data, n=5)
    with pytest.raises(ArgumentTypeError, match=r"gives a tensor of images; got a ndarray"):
        evaluate(lambda labels: np.zeros((5, 1, 8, 8)), data, n=5)


def test_a_perfect_resampler_of_the_digits_is_as_good_as_real():
    """Drawing 45 of 45 images with repetition loses a third of them, and that is no fault."""
    training, test = digits().split(0.25)
    stream = torch.Generator().manual_seed(0)

    def sample(labels):
        images = test.of(labels[0])
        return images[torch.randint(len(images), (len(labels),), generator=stream)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer images than features
        report = evaluate(sample, training, test=test, n=200)
    assert report.verdicts() == [SOUND]


def test_what_is_compared_does_not_hang_on_the_chance_a_generator_uses(data, held_out):
    def greedy(labels):
        torch.rand(1000)
        return all_of(held_out)(labels)

    first = evaluate(all_of(held_out), data, n=10, features=POOLED)
    second = evaluate(greedy, data, n=10, features=POOLED)
    assert first.within.real == second.within.real


# Classes in another order


def test_classes_are_matched_by_name_whatever_their_order(data, held_out):
    """The ids of the generator, of the data and of the test set differ; the labels do not."""
    others = ["se", "nw", "sw", "ne"]
    reordered = held_out.in_terms_of(others)

    def sample(labels):  # by ids of its own, as a network draws
        ids = Classes(others).canonical(labels)
        pool = reordered.floats(reordered.labels == ids[0])
        return pool[torch.arange(len(ids)) % len(pool)]

    report = evaluate(sample, data, test=reordered, n=20)
    assert list(report.classes) == CORNERS
    assert report.verdicts() == [SOUND]
    assert report == evaluate(all_of(held_out), data, test=held_out, n=20)


def test_neighbours_are_sought_among_so_many_rows_at_most(monkeypatch):
    x = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    whole = distances(x, x + 0.1, 2)
    monkeypatch.setattr(module, "NEIGHBOURS", 10)
    some = distances(x, x + 0.1, 2)
    chosen = torch.randperm(30, generator=torch.Generator().manual_seed(0))[:10]
    assert some.coverage == distances(x[chosen], x[chosen] + 0.1, 2).coverage
    assert (some.frechet, some.kernel) == (whole.frechet, whole.kernel)
    assert some.density != whole.density
