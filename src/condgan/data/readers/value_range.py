"""The values that mean black and white, where somebody says them."""

from __future__ import annotations

import math
from typing import Any

from condgan.errors import ConfigError


def ends_of(value_range: Any) -> tuple[float, float]:
    """`value_range` as black and white.

    Raises:
        ConfigError: it is not two finite numbers, the first the lower one.

    Example:
        >>> ends_of([0, 4095])
        (0.0, 4095.0)
    """
    try:
        low, high = (float(bound) for bound in value_range)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(f"value_range must be (low, high) with low < high; got {value_range!r}.")
    return low, high
