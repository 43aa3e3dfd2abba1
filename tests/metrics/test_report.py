"""A report as a table, as text, as strict JSON, and beside another one."""

import json
import math
from dataclasses import replace

import pytest
import torch

from condgan.errors import ConfigError, FileFormatError, MissingFileError
from condgan.metrics.figures import NAMES, Basis, Figures, Pair
from condgan.metrics.report import Report, Samples

REAL = Figures(0.98, 5.0, 0.0, 0.9, 0.9, 1.0, 0.95, 1.0, 0.02, 0.0)
BASIS = Basis("classifier-1", "none", "abc-def", 100, (30, 30), 5, 0)


def report(labels=("cat", "dog"), basis=BASIS, gan_train=None, **figures):
    pair = Pair(replace(REAL, **figures), REAL)
    n = len(labels)
    return Report(
        name="pets",
        basis=basis,
        overall=pair,
        within=pair,
        classes=dict.fromkeys(labels, pair),
        confusion=tuple(tuple(98 if i == j else 1 for j in range(n)) for i in range(n)),
        classifier_accuracy=0.987,
        gan_train=gan_train,
        samples={
            label: Samples(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)) for label in labels
        },
    )


# Table and text


def test_the_table_has_a_column_per_figure_and_a_row_per_class():
    lines = report(spread=0.412).table().splitlines()
    assert lines[0].split() == list(NAMES)
    assert [line.split()[0] for line in lines[1:]] == ["all", "within", "cat", "dog"]
    assert "0.412 (1)" in lines[3]
    assert len({line.index(")") for line in lines[1:]}) == 1  # columns stand below each other


def test_what_was_not_measured_is_a_dash():
    assert "- (0.95)" in report(coverage=math.nan).table()


@pytest.mark.parametrize("label", ["", 3, 2.5, "a rather long label, with a comma"])
def test_any_label_has_a_row(label):
    lines = report(labels=(label, "dog")).table().splitlines()
    assert lines[3].lstrip().startswith(str(label))
    assert len(lines) == 5


def test_the_text_says_all_of_it():
    found = report(spread=0.41)
    text = str(found)
    assert text.startswith("pets: 100 images drawn of each class")
    assert found.table() in text
    assert "classifier on real images: 98.7% right" in text
    assert "trained on generated" not in text
    assert found.verdicts() == [
        f"class {x}: spread 0.41 of real: collapsing" for x in ("cat", "dog")
    ]
    assert text.splitlines()[-2:] == found.verdicts()
    assert "its images alone is 60.0% right on real ones; from as many real images, 90.0%" in str(
        report(gan_train=(0.6, 0.9))
    )


# JSON


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_the_json_is_strict_and_complete(tmp_path):
    found = report(labels=("", 3), coverage=math.nan, frechet=math.inf, gan_train=(0.6, 0.9))
    path = found.save(tmp_path / "new" / "report.json")
    assert path == tmp_path / "new" / "report.json"
    read = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert read == json.loads(json.dumps(found.to_dict()))
    assert read["within"]["generated"]["coverage"] is None
    assert read["within"]["generated"]["frechet"] is None
    assert read["within"]["real"]["coverage"] == 0.95
    assert [row["label"] for row in read["classes"]] == ["", 3]
    assert list(read["classes"][0]["generated"]) == list(NAMES)
    assert read["basis"]["features"] == "classifier-1"
    assert read["basis"]["compared"] == [30, 30]
    assert read["confusion"] == [[98, 1], [1, 98]]
    assert read["gan_train"] == [0.6, 0.9]
    assert read["verdicts"] == found.verdicts()
    assert read["format"] == 1


def test_letters_of_every_kind_are_kept(tmp_path):
    path = report(labels=("Äpfel", "苹果")).save(str(tmp_path / "r.json"))
    assert [x["label"] for x in json.loads(path.read_text("utf-8"))["classes"]] == ["Äpfel", "苹果"]


# Beside another


def test_a_change_is_a_difference_within_classes():
    better, worse = report(frechet=8.0, spread=0.9), report(frechet=20.0, spread=0.5)
    assert better.difference(worse) == pytest.approx(-12.0)
    assert better.difference(worse, "spread") == pytest.approx(0.4)
    other_seed = report(basis=replace(BASIS, seed=7), frechet=20.0)
    assert better.difference(other_seed) == pytest.approx(-12.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("features", "inception-v3-compat-2048"),
        ("resize", "bilinear"),
        ("data", "other"),
        ("drawn", 50),
        ("compared", (30, 29)),
        ("k", 3),
    ],
)
def test_d82_unlike_reports_are_refused_and_the_difference_is_named(name, value):
    other = report(basis=replace(BASIS, **{name: value}))
    with pytest.raises(ConfigError, match=rf"they rest on different {name} \(") as caught:
        report().difference(other)
    assert f"{name}: {getattr(BASIS, name)!r} and {value!r}" in str(caught.value)


def test_d82_all_differences_are_named():
    other = report(basis=replace(BASIS, k=3, resize="bilinear"))
    with pytest.raises(
        ConfigError, match=r"different resize, k \(resize: 'none' and 'bilinear'; k"
    ):
        report().difference(other)


def test_an_unknown_figure_is_refused():
    with pytest.raises(ConfigError, match=r"no figure 'fid'\. Known: accuracy, frechet, kernel"):
        report().difference(report(), "fid")


def test_reports_are_equal_by_their_figures():
    assert report() == report()
    assert report() != report(spread=0.5)
    assert "tensor" not in repr(report())


# Read again


def test_a_saved_report_is_read_again(tmp_path):
    found = report(labels=("cat", 3), gan_train=(0.9, 0.95), spread=0.41, recall=math.nan)
    again = Report.load(found.save(tmp_path / "report.json"))
    assert str(again) == str(found)
    assert again.classes[3].generated.spread == 0.41
    assert math.isnan(again.overall.generated.recall)
    assert again.difference(found, "spread") == 0.0
    assert again.to_dict() == found.to_dict()


def test_a_read_report_refuses_to_be_compared_with_an_unlike_one(tmp_path):
    again = Report.load(report().save(tmp_path / "report.json"))
    with pytest.raises(ConfigError, match="different drawn"):
        again.difference(report(basis=replace(BASIS, drawn=50)))


def test_a_read_report_has_a_page_without_pictures(tmp_path):
    again = Report.load(report().save(tmp_path / "report.json"))
    assert "cat" in again.save_page(tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", ["{}", "[1, 2]", "no json", '{"format": 2}', ""])
def test_what_is_no_report_is_refused(tmp_path, damage):
    path = tmp_path / "report.json"
    path.write_text(damage)
    with pytest.raises(FileFormatError, match=r"report\.json is not a report"):
        Report.load(path)


def test_a_report_that_is_not_there(tmp_path):
    with pytest.raises(MissingFileError, match="does not exist"):
        Report.load(tmp_path / "report.json")
