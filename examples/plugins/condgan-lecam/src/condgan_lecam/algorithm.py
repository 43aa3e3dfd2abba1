"""The preset `quick` with the term beside its loss."""

from __future__ import annotations

import dataclasses

import condgan
from condgan_lecam.term import LeCam


def lecam() -> condgan.Preset:
    """A new one each time, since its term remembers the run that it is in."""
    quick = condgan.preset("quick")
    algorithm = dataclasses.replace(quick.algorithm, discriminator_terms=(LeCam(),))
    return dataclasses.replace(quick, algorithm=algorithm)
