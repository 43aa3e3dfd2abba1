"""Metrics by name: what they are called, what they find, and where a report tells it."""

import json
import math

import pytest
import torch

from condgan import LabelledImages
from condgan.errors import ArgumentTypeError, ConfigError, DataError, PluginError, UnknownNameError
from condgan.metrics.evaluate import evaluate
from condgan.metrics.named import Both, Measure, measured, metrics_of, repeated
from condgan.metrics.report import Report
from condgan.metrics.spread import within_class_spread


def light(sample, data):
    """By class, the mean of four images."""
    return {label: float(sample([label] * 4).mean()) for label in data.counts()}


def brightest(sample, data):
    return float(sample(list(data.counts())).max())


def shades(values, labels):
    """Images of one grey each."""
    images = torch.tensor(values)[:, None, None, None].expand(-1, 1, 2, 2).clone()
    return LabelledImages(images, torch.tensor(labels), ["cat", "dog"])


TRAINING = shades([0.0, 0.5], [0, 1])
HELD_OUT = shades([-1.0, 0.5, 0.25], [0, 0, 1])


def grey(labels):
    """A generator whose cats are dark, and whose dogs are light, in bytes."""
    values = torch.tensor([0 if label == "cat" else 255 for label in labels], dtype=torch.uint8)
    return values[:, None, None, None].expand(-1, 1, 2, 2)


def found(metric, sample=grey, held_out=HELD_OUT):
    return measured("mine", metric, sample, TRAINING, held_out, seed=0)


def test_a_figure_for_each_class_beside_that_of_real_images():
    # Real cats come as -1, 1/2, -1, 1/2.
    assert found(light) == Measure(
        Both(0.0, 0.0), {"cat": Both(-1.0, -0.25), "dog": Both(1.0, 0.25)}
    )


def test_a_single_number():
    assert found(brightest) == Measure(Both(1.0, 0.25))


def test_a_class_may_be_left_out():
    measure = found(lambda sample, data: {"dog": 3})
    assert measure == Measure(Both(3.0, 3.0), {"dog": Both(3.0, 3.0)})


def test_without_real_images_of_each_class_there_is_no_figure_of_real_ones():
    measure = found(light, held_out=shades([0.5], [1]))
    assert measure.classes["dog"].generated == 1.0
    assert math.isnan(measure.classes["dog"].real)
    assert math.isnan(measure.overall.real)


def test_chance_comes_from_the_seed_and_is_given_back():
    def luck(sample, data):
        return float(torch.rand(1))

    before = torch.get_rng_state()
    first = found(luck)
    assert first == found(luck)
    assert first.overall.generated == first.overall.real
    assert torch.equal(torch.get_rng_state(), before)


def test_real_images_come_in_order_and_again():
    sample = repeated(HELD_OUT)
    given = sample(["cat", "dog", "cat", "cat"])
    assert given[:, 0, 0, 0].tolist() == [-1.0, 0.25, 0.5, -1.0]
    assert torch.equal(sample(["cat"]), given[:1])


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (lambda sample, data: "good", "metric 'mine': a metric is a number, .* gave 'good'"),
        (lambda sample, data: {0: 1.0}, "metric 'mine': .* for 0, which is no class"),
        (lambda sample, data: {}, "metric 'mine': it gives no figure"),
    ],
)
def test_what_is_no_figure_is_refused(metric, said):
    with pytest.raises(PluginError, match=said):
        found(metric)


def test_images_that_cannot_be_right_are_refused_for_a_metric_too():
    with pytest.raises(DataError, match=r"an image .* for each of 4 labels"):
        found(light, sample=lambda labels: torch.zeros(1, 1, 2, 2))


# What they are called


def test_by_name_or_as_functions_are_called_or_as_you_say():
    assert metrics_of("within-class-spread") == {"within-class-spread": within_class_spread}
    assert metrics_of(["within-class-spread", light]) == {
        "within-class-spread": within_class_spread,
        "light": light,
    }
    assert metrics_of(light) == metrics_of({"light": light}) == {"light": light}
    assert metrics_of(()) == {}


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("frechett", UnknownNameError, "no metric is called 'frechett'; did you mean 'frechet'"),
        ([3], ArgumentTypeError, r"a name or a function metric\(sample, data\); got 3"),
        ([light, light], ConfigError, "two metrics are called 'light'"),
    ],
)
def test_what_is_no_metric_is_refused(given, error, said):
    with pytest.raises(error, match=said):
        metrics_of(given)


# In a report


@pytest.fixture(scope="module")
def report(blobs, resample):
    data, test = blobs(160).split(0.25)
    asked = {"one of nw": of_nw, "top": brightest_of_nw}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("condgan.metrics.features.usual_epochs", lambda images: 1)
        return evaluate(
            resample(data), data, test=test, n=10, features=torch.nn.AvgPool2d(4), metrics=asked,
            cache=False,
        )  # fmt: skip


def of_nw(sample, data):
    return {"nw": float(sample(["nw"] * 3).amax(dim=(1, 2, 3)).min() > 0)}


def brightest_of_nw(sample, data):
    return float(sample(["nw"]).max() > 0)


def test_evaluate_takes_them(report):
    assert report.measures == {
        "one of nw": Measure(Both(1.0, 1.0), {"nw": Both(1.0, 1.0)}),
        "top": Measure(Both(1.0, 1.0)),
    }


def test_they_are_in_the_text_the_page_and_a_notebook(report):
    lines = [line.split() for line in report.table_of_measures().splitlines()]
    assert lines == [
        ["one", "of", "nw", "top"],
        ["all", "1", "(1)", "1", "(1)"],
        ["nw", "1", "(1)", "-"],
    ]
    assert report.table_of_measures() in str(report)
    assert report._repr_html_().count('<th scope="col">one of nw</th>') == 1


def test_they_are_saved_and_loaded(report, tmp_path):
    again = Report.load(report.save(tmp_path / "report.json"))
    assert again.measures == report.measures
    plain = json.loads((tmp_path / "report.json").read_text())
    del plain["measures"]  # an older report has none
    (tmp_path / "report.json").write_text(json.dumps(plain))
    older = Report.load(tmp_path / "report.json")
    assert older.measures == {}
    assert older.table_of_measures() == ""


def test_a_metric_that_is_unknown_is_refused_before_anything_is_learnt(blobs, monkeypatch):
    monkeypatch.setattr("condgan.metrics.evaluate.cached_classifier", None)
    with pytest.raises(UnknownNameError, match="no metric is called 'nothing'"):
        evaluate(grey, blobs(16), metrics="nothing")
