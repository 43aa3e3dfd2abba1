"""Panels of curves: one for each name in a table of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from condgan.metrics.page.charts import POINTS, curve
from condgan.metrics.page.markup import panel


def curve_panels(
    rows: Sequence[Mapping[str, Any]],
    names: Iterable[str],
    at: str,
    *,
    captions: Mapping[str, str] | None = None,
) -> list[str]:
    """A curve of each name over the column `at`; none of a name without a finite number.

    Args:
        rows: values that are missing, or no finite numbers, are left out of the curve.
        names: of columns.
        at: a column such as "step", or "epoch"; the position of rows that lack it.
        captions: what to say of some names, with their last value.
    """
    panels = []
    for name in names:
        known = sorted(
            (float(row.get(at, index)), float(row[name]))
            for index, row in enumerate(rows)
            if isinstance(row.get(name), (int, float)) and math.isfinite(row[name])
        )
        if not known:
            continue
        missing = sum(name in row for row in rows) - len(known)
        thinned = -(-len(known) // POINTS)
        said = [] if captions is None else [f"last {known[-1][1]:.4g}"]
        if captions and name in captions:
            said.append(captions[name])
        if thinned > 1:
            said.append(f"line: mean of {thinned} neighbours, pale: their range")
        if missing:
            said.append(f"{missing:,} values were not finite")
        x, y = zip(*known, strict=True)
        drawn = curve(x, y, f"Curve of {name} over the {at}s of training")
        panels.append(panel(name, "; ".join(said), drawn))
    return panels
