"""All that a plugin adds is checked, and all that is wrong is told at once."""

import pytest

import condgan
from condgan.errors import DataError, MissingExtraError, PluginError
from condgan.plugins import Plugin, registry
from condgan.testing import check_plugin
from condgan.testing.plugins import Checked, checks


class Upside:
    def discriminator(self, turn):
        return turn.real_logits.mean() - turn.fake_logits.mean()

    generator = discriminator


def half(sample, data):
    return None


def missing():
    raise DataError("not on this machine")


class Charts(condgan.Callback):
    def __init__(self):
        raise MissingExtraError("Charts", "chartlib", "charts")


class Mine:
    @condgan.hookimpl
    def condgan_callbacks(self):
        return {"charts": Charts}

    @condgan.hookimpl
    def condgan_losses(self):
        return {"upside": Upside, "gentle": condgan.LeastSquares}

    @condgan.hookimpl
    def condgan_metrics(self):
        return {"half": half}

    @condgan.hookimpl
    def condgan_datasets(self):
        return {"far": missing}


def test_each_thing_is_checked():
    found = {(one.kind, one.name): one for one in checks(Mine())}
    assert found["loss", "gentle"] == Checked("loss", "gentle")
    assert "must fall as" in found["loss", "upside"].fault
    assert found["metric", "half"].fault.startswith("metric half: a metric is a number")
    assert "needs chartlib, which is not installed" in found["callback", "charts"].skipped
    assert found["data set", "far"] == Checked("data set", "far", skipped="not on this machine")


def test_all_faults_are_told_at_once():
    with pytest.raises(PluginError) as caught:
        check_plugin(Mine())
    first, second = str(caught.value).splitlines()
    assert first.startswith("loss Upside: ")
    assert second.startswith("metric half: ")


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"chosen": False}, "mine was not loaded: the variable CONDGAN_PLUGINS does not name it"),
        ({}, "mine adds nothing: its hooks give no names"),
        ({"problems": ("no licence",)}, "mine: no licence"),
    ],
)
def test_nothing_to_check_is_no_success(monkeypatch, about, said):
    monkeypatch.setattr(registry, "found", lambda: [Plugin("condgan-mine", "mine", **about)])
    with pytest.raises(PluginError, match=said):
        check_plugin("mine")


def test_a_plugin_that_cannot_be_registered():
    with pytest.raises(PluginError, match=r"not a class: Mine\(\)"):
        check_plugin(Mine)
    with pytest.raises(PluginError, match=r"no plugin is installed that is called 'condgna'; did"):
        check_plugin("condgna")
