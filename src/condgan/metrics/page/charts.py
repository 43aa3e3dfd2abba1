"""Bars and curves as inline SVG, which needs no script and prints sharp."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

POINTS = 250
"""Points of a curve at most; the band around it has two to each."""

WIDTH = 440
"""Units of a chart, which are pixels on a wide screen and not much less on a phone."""

ROW, LETTER, NAME = 22, 7.8, 15
"""Height of a bar's row, about the width of a letter, and the letters of a name at most."""


@dataclass(frozen=True)
class Bar:
    """A value of generated images and the same of real ones; NaN draws a dash.

    Attributes:
        name: at the left.
        made, real: lengths of the bar and place of the tick.
        named: whether to draw it in the colour of warning.
    """

    name: str
    made: float
    real: float
    named: bool = False


def bars(rows: Sequence[Bar], top: float, told: Callable[[float], str], label: str) -> str:
    """A bar to a row, from 0 to at least `top`, with a tick where real images stand.

    Args:
        rows: from the top down.
        top: what fills the width, unless a value is greater.
        told: a value as text, for the right end.
        label: what the chart shows, for those who do not see it.

    Example:
        >>> print(bars([Bar("cat", 0.5, 1.0)], 1.0, "{:.0%}".format, "Accuracy")[:27])
        <svg class="chart" viewBox=
    """
    finite = [v for row in rows for v in (row.made, row.real) if math.isfinite(v)]
    top = max([top, *finite]) or 1.0
    left = 12 + LETTER * max((min(NAME, len(row.name)) for row in rows), default=0)
    full = WIDTH - 62 - left
    parts = []
    for index, row in enumerate(rows):
        y = index * ROW
        middle = f"{y + 15}"
        said = f"{row.name}: {told(row.made)} (real {told(row.real)})"
        parts.append(
            f"<g><title>{escape(said)}</title>"
            f'<text x="{left - 8:.1f}" y="{middle}" class="end">{escape(_cut(row.name))}</text>'
            f'<rect x="{left:.1f}" y="{y + 5}" width="{full:.1f}" height="12" class="track"/>'
        )
        if math.isfinite(row.made):
            colour = "bar named" if row.named else "bar"
            length = full * min(max(row.made / top, 0), 1)
            parts.append(
                f'<rect x="{left:.1f}" y="{y + 5}" width="{length:.1f}" height="12" '
                f'class="{colour}"/>'
            )
        if math.isfinite(row.real):
            x = left + full * min(max(row.real / top, 0), 1)
            parts.append(
                f'<rect x="{x - 1.5:.1f}" y="{y + 2}" width="3" height="18" class="tick"/>'
            )
        parts.append(
            f'<text x="{left + full + 8:.1f}" y="{middle}">{escape(told(row.made))}</text></g>'
        )
    return _svg(len(rows) * ROW + 2, label, parts)


def curve(steps: Sequence[float], values: Sequence[float], label: str) -> str:
    """A line of finite values over finite, rising steps, at least one of each.

    More than `POINTS` are thinned: the line is then the mean of as many neighbours as needed, and
    a pale band shows their range, so that a spike is not lost.

    Example:
        >>> "polyline" in curve([1, 2, 3], [0.5, 0.4, 0.6], "Loss")
        True
    """
    size = -(-len(values) // POINTS)
    parts = [(steps[i : i + size], values[i : i + size]) for i in range(0, len(values), size)]
    right, bottom, left, above = WIDTH - 8, 166, 46, 8
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    first, last = steps[0], max(steps[-1], steps[0] + 1e-9)

    def x(step: float) -> float:
        return left + (right - left) * (step - first) / (last - first)

    def y(value: float) -> float:
        return bottom - (bottom - above) * (value - low) / (high - low)

    drawn = []
    for tick in _ticks(low, high):
        drawn.append(
            f'<line x1="{left}" x2="{right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" class="rule"/>'
            f'<text x="{left - 6}" y="{y(tick) + 4:.1f}" class="end">{_plain(tick)}</text>'
        )
    for tick in _ticks(first, last):
        place = "end" if x(tick) > right - 20 else "mid"
        drawn.append(f'<text x="{x(tick):.1f}" y="{bottom + 18}" class="{place}">{tick:g}</text>')
    centres = [x((at[0] + at[-1]) / 2) for at, _ in parts]
    if size > 1:
        over = [(c, y(max(v))) for c, (_, v) in zip(centres, parts, strict=True)]
        under = [(c, y(min(v))) for c, (_, v) in zip(centres, parts, strict=True)]
        drawn.append(f'<polygon points="{_points(over + under[::-1])}" class="band"/>')
    line = [(c, y(sum(v) / len(v))) for c, (_, v) in zip(centres, parts, strict=True)]
    drawn.append(f'<polyline points="{_points(line)}" class="line"/>')
    if len(line) == 1:
        drawn.append(f'<circle cx="{line[0][0]:.1f}" cy="{line[0][1]:.1f}" r="3" class="bar"/>')
    return _svg(bottom + 24, label, drawn)


def _svg(height: int, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _cut(name: str) -> str:
    # Long names of classes differ at the end as often as at the start.
    half = NAME // 2
    return name if len(name) <= NAME else f"{name[:half]}…{name[-half:]}"


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _plain(value: float) -> str:
    return f"{value:.4g}".replace("-", "\u2212")


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers between two others."""
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
