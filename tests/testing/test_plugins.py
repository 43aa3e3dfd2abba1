"""All that a plugin adds is checked, and all that is wrong is told at once."""

import pytest

import condgan
from condgan.errors import DataError, PluginError
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


class Plugin:
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
    found = {(one.kind, one.name): one for one in checks(Plugin())}
    assert found["loss", "gentle"] == Checked("loss", "gentle")
    assert "must fall as" in found["loss", "upside"].fault
    assert found["metric", "half"].fault.startswith("metric half: a metric is a number")
    assert found["data set", "far"] == Checked("data set", "far", skipped="not on this machine")


def test_all_faults_are_told_at_once():
    with pytest.raises(PluginError) as caught:
        check_plugin(Plugin())
    first, second = str(caught.value).splitlines()
    assert first.startswith("loss Upside: ")
    assert second.startswith("metric half: ")


def test_a_plugin_that_cannot_be_registered():
    with pytest.raises(PluginError, match=r"not a class: Plugin\(\)"):
        check_plugin(Plugin)
    with pytest.raises(PluginError, match=r"no plugin is installed that is called 'condgna'; did"):
        check_plugin("condgna")
