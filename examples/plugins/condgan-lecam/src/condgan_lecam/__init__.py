"""LeCam regularisation for condgan: a term, a preset with it, and a loss."""

from collections.abc import Callable, Mapping
from typing import Any

import condgan
from condgan_lecam.algorithm import lecam
from condgan_lecam.loss import LeCamDivergence
from condgan_lecam.term import LeCam

__all__ = ["LeCam", "LeCamDivergence", "lecam"]


@condgan.hookimpl
def condgan_losses() -> Mapping[str, Callable[..., Any]]:
    return {"lecam": LeCamDivergence}


@condgan.hookimpl
def condgan_algorithms() -> Mapping[str, Callable[..., Any]]:
    return {"lecam": lecam}
