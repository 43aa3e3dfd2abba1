"""Figures are NaN until they are measured, and values that nobody changes."""

import dataclasses
import math

import pytest

from condgan.metrics.figures import NAMES, Basis, Figures, Pair


def test_figures_are_nan_until_measured():
    assert all(math.isnan(getattr(Figures(), name)) for name in NAMES)
    assert NAMES == (
        "accuracy",
        "frechet",
        "kernel",
        "precision",
        "recall",
        "density",
        "coverage",
        "spread",
        "copies",
        "duplicates",
    )


def test_every_figure_and_every_basis_is_explained():
    for kind in (Figures, Basis):
        for field in dataclasses.fields(kind):
            assert f"{field.name}" in kind.__doc__


@pytest.mark.parametrize("value", [Figures(), Pair(Figures(), Figures())], ids=["figures", "pair"])
def test_figures_do_not_change(value):
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, 1.0)
