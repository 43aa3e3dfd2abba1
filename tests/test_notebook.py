"""What a notebook shows of a history and of a report: no style and no script but in images."""

import base64
import math
import re
import xml.etree.ElementTree as ET

import pytest

from condgan.metrics.figures import Basis, Figures, Pair
from condgan.metrics.report import Report
from condgan.notebook import with_charts_as_images
from condgan.training.history import History


def charts(html):
    """The charts in the images of some HTML, parsed, by what they are called."""
    found = re.findall(r'<img alt="([^"]*)"[^>]* src="data:image/svg\+xml;base64,([^"]+)">', html)
    return {alt: ET.fromstring(base64.b64decode(source)) for alt, source in found}


def inside(chart, tag):
    return list(chart.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def test_each_chart_becomes_an_image_with_its_name():
    html = '<p>a</p><svg viewBox="0 0 4 2" aria-label="One"><text>x</text></svg><b>b</b>\n' * 2
    shown = with_charts_as_images(html)
    assert re.sub("<img.*?>", "", shown) == "<p>a</p><b>b</b>\n" * 2
    assert shown.count("<img") == 2
    (chart,) = charts(shown).values()
    assert chart.get("viewBox") == "0 0 4 2"
    assert inside(chart, "text")[0].text == "x"
    assert ".line{" in inside(chart, "style")[0].text


def test_without_a_chart_nothing_changes():
    assert with_charts_as_images("<p>5 < 6</p>") == "<p>5 < 6</p>"


@pytest.fixture
def history():
    history = History()
    for step in (1, 2, 3):
        history.steps.append({"step": step, "epoch": 1, "d_loss": step / 2, "g_loss": math.nan})
    return history


def test_a_history_shows_a_curve_of_each_loss(history):
    history.steps.append({"step": 4, "epoch": 1, "d_loss": 1.0, "g_loss": 2.0})
    shown = history._repr_html_()
    assert charts(shown).keys() == {
        "Curve of d_loss over the steps of training", "Curve of g_loss over the steps of training",
    }  # fmt: skip
    first, second = charts(shown).values()
    assert len(inside(first, "polyline")[0].get("points").split()) == 4
    assert len(inside(second, "circle")) == 1  # a single finite value


def test_a_loss_without_a_number_has_none(history):
    assert list(charts(history._repr_html_())) == ["Curve of d_loss over the steps of training"]


def test_a_history_without_losses_is_left_to_its_text():
    assert History()._repr_html_() is None


def test_a_report_shows_its_verdicts_and_figures():
    good, poor = Pair(Figures(accuracy=0.9), Figures(accuracy=0.9)), Figures(accuracy=0.25)
    classes = {"<b>cat</b>": Pair(poor, Figures(accuracy=0.95)), "dog": good}
    basis = Basis("pixels", "none", "f00d", drawn=100, compared=(100, 100), k=5, seed=0)
    report = Report("pets & co", basis, good, good, classes, ((25, 75), (10, 90)), 0.9, None, {})
    shown = report._repr_html_()
    assert "<h3>pets &amp; co</h3>" in shown
    assert "&lt;b&gt;cat&lt;/b&gt;" in shown
    assert "<b>cat" not in shown
    assert shown.count("<li>") == len(report.verdicts()) > 0
    assert "25%" in shown
    assert not re.search("<style|<script|http", shown)
