"""The page of a report: whole, safe to mail, and with everything that was found on it."""

import base64
import io
import math
import re
from html.parser import HTMLParser
from importlib import resources

import pytest
import torch
from PIL import Image

from condgan.metrics.figures import NAMES, Basis, Figures, Pair
from condgan.metrics.page.charts import POINTS, Bar, bars, curve
from condgan.metrics.page.page import page
from condgan.metrics.page.sections import SHOWN
from condgan.metrics.page.telling import MEANINGS, told
from condgan.metrics.report import Report, Samples

REAL = Figures(0.98, 3.0, 0.0, 0.9, 0.9, 1.0, 0.9, 1.0, 0.01, 0.0)
GOOD = Figures(0.97, 3.5, 0.1, 0.9, 0.9, 1.0, 0.85, 0.95, 0.01, 0.0)
BAD = Figures(0.41, 77.0, 9.0, 0.3, 0.2, 0.4, 0.31, 0.12, 0.6, 0.5)

VOID = {"meta", "img", "br", "hr", "link", "input", "source"}
SELF_CLOSED = {"rect", "line", "polyline", "polygon", "circle"}


class Parsed(HTMLParser):
    """A page taken apart, and what is unbalanced in it."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults = [], []
        self.tags, self.texts = [], []
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in SELF_CLOSED:
            self.faults.append(f"{tag} closes itself")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, tag, **wanted):
        return [a for t, a in self.tags if t == tag and wanted.items() <= a.items()]

    def pictures(self):
        found = []
        for attributes in self.all("img"):
            kind, _, data = attributes["src"].partition(",")
            assert kind == "data:image/png;base64"
            found.append(Image.open(io.BytesIO(base64.b64decode(data))))
        return found


def report(labels, *, bad=(), shape=(1, 8, 8), shown=8, gan_train=None, name="digits", **changed):
    """A report in which all classes are good but those in `bad`, which are drawn as the first."""
    stream = torch.Generator().manual_seed(0)
    classes = {label: Pair(BAD if label in bad else GOOD, REAL) for label in labels}
    confusion = [[0] * len(labels) for _ in labels]
    for index, label in enumerate(labels):
        confusion[index][index] = 82 if label in bad else 200
        confusion[index][0] += 118 if label in bad else 0
    images = {
        label: Samples(*(torch.rand(2, shown, *shape, generator=stream) * 2 - 1))
        for label in labels
    }
    return Report(
        **{
            "name": name,
            "basis": Basis("small-classifier", "none", "f00d", 200, (45,) * len(labels), 5, 7),
            "overall": Pair(GOOD, REAL),
            "within": Pair(GOOD, REAL),
            "classes": classes,
            "confusion": tuple(map(tuple, confusion)),
            "classifier_accuracy": 0.98,
            "gan_train": gan_train,
            "samples": images,
            **changed,
        }
    )


LOSSES = [{"step": i, "epoch": 1, "d_loss": 1.0 / (i + 1), "g_loss": i % 7} for i in range(40)]


def read(*arguments):
    parsed = Parsed(page(*arguments))
    assert parsed.faults == []
    return parsed


@pytest.mark.parametrize("losses", [None, [], LOSSES])
@pytest.mark.parametrize("gan_train", [None, (0.82, 0.97)])
def test_a_page_is_well_formed_and_has_a_language_a_title_and_one_main_heading(losses, gan_train):
    found = read(report(range(4), bad=[2], gan_train=gan_train), losses)
    assert found.all("html", lang="en")
    assert found.all("title")
    assert found.all("meta", name="viewport")
    assert len(found.all("h1")) == 1
    assert "Losses while training" in found.text if losses else "Losses" not in found.text
    assert ("82%" in found.text) == ("Would it help" in found.text) == (gan_train is not None)


def test_a_page_loads_nothing_and_forbids_to():
    text = page(report(range(4), bad=[2], gan_train=(0.8, 0.9)), LOSSES)
    found = Parsed(text)
    assert "//" not in re.sub(r"base64,[^\"]+", "", text)
    assert "@import" not in text
    assert "url(" not in text
    assert not found.all("script")
    assert not found.all("link")
    assert not [a for _, a in found.tags if any(name.startswith("on") for name in a)]
    (policy,) = found.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'")
    assert all(a["src"].startswith("data:image/png") for a in found.all("img"))
    targets = {a["id"] for _, a in found.tags if "id" in a}
    assert {a["href"].removeprefix("#") for a in found.all("a")} <= targets


def test_the_page_says_what_it_rests_on():
    found = read(report(range(4)))
    for said in ("digits", "small-classifier", "f00d", "200 of each class", "45 real images", "7"):
        assert said in found.text


def test_every_class_is_there_with_its_figures():
    labels = ["cat", "dog", "zebra"]
    found = read(report(labels, bad=["dog"]))
    for label in labels:
        assert f"Class {label}" in found.text
        assert found.text.count(label) >= 6  # card, four charts, two tables
    assert len(found.all("article")) == 3
    assert found.text.count("41%") >= 3
    for meaning in MEANINGS.values():
        assert meaning in found.text
    assert MEANINGS.keys() == set(NAMES)


def test_verdicts_come_first_and_lead_to_the_class():
    found = read(report(["cat", "dog", "zebra"], bad=["dog"]))
    assert "Verdict: 1 of 3 classes need a look" in found.text
    said = "41% right, most often drawn as cat; spread 0.12 of real: collapsing"
    assert said in found.text
    assert found.text.index(said) < found.text.index("Samples")
    assert found.all("a", href="#class-1")
    assert found.all("article", id="class-1")


def test_a_good_generator_is_called_good():
    found = read(report(["cat", "dog"]))
    assert "Right and varied" in found.text
    assert found.all("div", **{"class": "verdict good"})
    assert "need a look" not in found.text


def test_what_is_wrong_with_the_whole_is_said_first():
    blind = report(
        ["cat", "dog"],
        bad=["cat", "dog"],
        within=Pair(BAD, REAL),
        confusion=((100, 100), (100, 100)),
    )
    found = read(blind)
    assert found.all("div", **{"class": "verdict"})
    places = [found.text.index(s) for s in ("ignores its label", "It copies", "41% right, most")]
    assert places == sorted(places)


def test_what_could_not_be_measured_is_not_called_good():
    found = read(report(["a"], within=Pair(Figures(), Figures())))
    assert found.all("div", **{"class": "verdict"})
    assert not found.all("div", **{"class": "verdict good"})


def test_a_class_whose_label_begins_another_is_not_taken_for_it():
    found = read(report(["cat", "cat: big"], bad=["cat: big"]))
    assert found.all("a", href="#class-1")
    assert not found.all("a", href="#class-0")


HOSTILE = '<b>&"'


def test_the_text_of_users_is_shown_and_never_obeyed():
    losses = [{"step": 1, HOSTILE: 0.5}, {"step": 2, HOSTILE: 0.4}]
    hostile = report([HOSTILE, "$name", "</style><script>"], bad=["$name"], name="<i>$title")
    text = page(hostile, losses)
    found = Parsed(text)
    assert found.faults == []
    assert HOSTILE not in text
    assert not found.all("i")
    assert not found.all("script")
    assert "<i>$title" in found.text
    assert f"Class {HOSTILE}" in found.text
    assert "Class $name" in found.text
    assert f"most often drawn as {HOSTILE}" in found.text
    (alt,) = (a["alt"] for a in found.all("img") if HOSTILE in a["alt"])
    assert alt.startswith(f"8 images drawn of class {HOSTILE}")


# Images


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 28, 28), (4, 20, 33), (3, 200, 100), (1, 1, 1)])
def test_each_class_has_a_picture_of_pairs(shape):
    pictures = read(report(range(3), shape=shape, shown=5)).pictures()
    assert len(pictures) == 3
    for picture in pictures:
        height, width = shape[1:]
        assert abs(picture.width / width / 5 - picture.height / height / 2) < 3
        assert 1 * 5 <= picture.width <= 5 * 70


def test_a_drawn_image_stands_above_its_nearest():
    drawn, nearest = torch.full((3, 1, 32, 32), 1.0), torch.full((3, 1, 32, 32), -1.0)
    drawn[1] = 0.0
    (picture,) = read(report(["a"], samples={"a": Samples(drawn, nearest)})).pictures()
    places = [(2 + 16 + 34 * column, 2 + 16 + 34 * row) for row in (0, 1) for column in range(3)]
    assert [picture.getpixel(place) for place in places] == [255, 128, 255, 0, 0, 0]


def test_without_training_images_only_the_drawn_are_shown():
    alone = Samples(torch.zeros(3, 1, 8, 8), torch.zeros(0, 1, 8, 8))
    found = read(report(["a", "b"], samples={"a": alone}))
    assert [a["alt"] for a in found.all("img")] == ["3 images drawn of class a"]
    assert "No image was kept" in found.text


def test_images_without_usual_colours_do_not_cost_the_page():
    found = read(report(["a", "b"], shape=(2, 8, 8)))
    assert not found.all("img")
    assert "2" in found.text[found.text.index("No picture") :]


def test_a_page_of_ten_classes_can_be_mailed():
    assert len(page(report(range(10), shape=(1, 28, 28)), LOSSES * 50)) < 500_000


# Numbers


def test_what_could_not_be_measured_is_a_dash():
    nothing = Pair(Figures(), Figures())
    found = read(
        report(
            ["a", "b"],
            overall=nothing,
            within=nothing,
            classes={"a": nothing, "b": Pair(GOOD, REAL)},
            classifier_accuracy=math.nan,
        )
    )
    assert "nan" not in found.text.lower()
    assert found.text.count("\u2013 (\u2013)") == 3 * len(NAMES)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("accuracy", 0.993, "99.3%"),
        ("accuracy", 1.0, "100%"),
        ("copies", 0.0, "0%"),
        ("spread", 0.805, "0.81"),
        ("frechet", 12345.6, "12,346"),
        ("frechet", 4.767, "4.77"),
        ("kernel", -2.114, "\u22122.11"),
        ("density", math.nan, "\u2013"),
        ("frechet", math.inf, "\u221e"),
        ("frechet", -math.inf, "\u2212\u221e"),
    ],
)
def test_numbers_as_people_read_them(name, value, said):
    assert told(name, value) == said


# Many classes


def test_of_many_classes_the_worst_are_shown_and_all_are_in_the_table():
    labels = [f"species {i}" for i in range(120)]
    bad = labels[90:115]
    text = page(report(labels, bad=bad, shape=(3, 32, 32)), LOSSES)
    found = Parsed(text)
    assert found.faults == []
    assert len(found.all("article")) == len(found.pictures()) == SHOWN
    assert "Of 120 classes, the 20 worst" in found.text
    assert "and 5 more classes" in found.text
    assert f"{len(bad)} of 120 classes need a look" in found.text
    assert {int(a["id"].removeprefix("class-")) for a in found.all("article")} <= {*range(90, 115)}
    for label in labels:
        assert f'<th scope="row">{label}</th>' in text
    assert "species 0 (118)" in found.text
    assert len(text) < 3_000_000


def test_the_confusion_table_is_shaded_and_has_scopes():
    found = read(report(range(3), bad=[2]))
    assert len(found.all("td", **{"class": "own"})) == 3
    (mistake,) = [a for a in found.all("td") if "style" in a and "class" not in a]
    assert 0 < float(mistake["style"].removeprefix("--a:")) < 0.5
    assert all(a.get("scope") in ("row", "col") for a in found.all("th"))


# Curves and bars


def test_losses_that_are_no_numbers_are_left_out_and_counted():
    losses = [
        {"step": 1, "d_loss": 1.0, "g_loss": math.nan, "note": "x"},
        {"step": 2, "d_loss": None, "g_loss": math.inf, "note": "y"},
        {"step": 3, "d_loss": 0.5},
        {"d_loss": 0.25},
    ]
    found = read(report(["a"]), losses)
    assert len(found.all("polyline")) == 1
    assert "d_loss" in found.text
    assert "g_loss" not in found.text
    assert "1 values were not finite" in found.text


@pytest.mark.parametrize("count", [1, 2, POINTS, POINTS + 1, 10 * POINTS + 3])
def test_a_curve_is_thinned_but_keeps_its_spikes(count):
    values = [1.0] * count
    values[count // 2] = 50.0
    found = Parsed(curve(list(range(count)), values, "loss"))
    assert found.faults == []
    (line,) = found.all("polyline")
    assert 1 <= len(line["points"].split()) <= min(count, POINTS)
    assert bool(found.all("polygon")) == (count > POINTS)
    if count > POINTS:
        heights = [float(p.split(",")[1]) for p in found.all("polygon")[0]["points"].split()]
        assert min(heights) == 8.0


@pytest.mark.parametrize("values", [[0.0] * 3, [-1e-9, 0, 1e-9], [-1e9, 3, 1e12], [5, 5, 5]])
def test_a_curve_of_any_range_stays_inside(values):
    found = Parsed(curve([10, 20, 30], values, "loss"))
    (line,) = found.all("polyline")
    (chart,) = found.all("svg")
    width, height = map(float, chart["viewbox"].split()[2:])
    for point in line["points"].split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= width
        assert 0 <= y <= height
    assert 2 <= len(found.all("line")) <= 7


def test_bars_grow_with_the_value_and_a_tick_marks_the_real_one():
    rows = [Bar("a", 0.25, 0.5), Bar("b", 0.5, 1.5, named=True), Bar("c", math.nan, math.nan)]
    found = Parsed(bars(rows, 1.0, lambda v: told("spread", v), "Spread"))
    assert found.faults == []
    (plain,), (named,) = (
        found.all("rect", **{"class": "bar"}),
        found.all("rect", **{"class": "bar named"}),
    )
    assert float(named["width"]) == pytest.approx(2 * float(plain["width"]), abs=0.2)
    assert len(found.all("rect", **{"class": "tick"})) == 2
    assert "c: \u2013 (real \u2013)" in found.text


def test_long_names_are_cut_in_the_middle_and_whole_in_the_title():
    found = Parsed(bars([Bar("a rather long name 1", 1, 1)], 1.0, str, "x"))
    assert found.texts[0].startswith("a rather long name 1:")
    assert found.texts[1] == "a rathe\u2026 name 1"


# The file


def test_a_report_saves_its_page(tmp_path):
    target = tmp_path / "new" / "report.html"
    made = report(["Gro\u00dfer B\u00e4r", "b"])
    assert made.save_page(target, LOSSES) == target
    assert target.read_text(encoding="utf-8") == page(made, LOSSES)


def test_the_template_is_part_of_the_package():
    assert resources.files("condgan.metrics.page").joinpath("page.html").is_file()
