"""The sections of a page about a training, each the text of an HTML `<section>` or nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from condgan.metrics.page.charts import Bar, bars
from condgan.metrics.page.curves import curve_panels
from condgan.metrics.page.markup import escaped, panel, section
from condgan.metrics.page.record import RunRecord
from condgan.metrics.page.sections import losses_while_training

COUNTERS = ("epoch", "step", "images", "seconds")
"""Columns of epochs that are no measures."""

CAPTIONS = {
    "accuracy": "named as the class asked for, mean over classes",
    "worst_accuracy": "of the class that is named rightly least often",
    "spread": "as a share of the real one, mean over classes",
    "worst_spread": "of the class that varies least",
    "frechet": "within-class Fréchet distance, lower is better",
}
"""What the callback `Evaluate` records."""

COLLAPSED = 0.4
"""Spread below which the images of a class are nearly one; `CollapseWatch` draws the line there."""

NOTED = 20
"""Words from callbacks that are shown, of the last epochs."""


def sections_of(record: RunRecord) -> list[str]:
    """All of them."""
    steps = list(record.steps)  # a table of a long run makes each row anew
    return [
        pictures(record),
        variety(record),
        noted(record.epochs),
        measured(record.epochs, steps),
        losses_while_training(steps),
        settings(record),
    ]


def pictures(record: RunRecord) -> str:
    """What was drawn, the last picture first; the others are stepped through without a script."""
    title = "What it draws, as it learns"
    if not record.frames:
        return section(title, escaped(record.no_frames), "") if record.no_frames else ""
    last = len(record.frames) - 1
    shown = []
    for index, (when, source) in enumerate(record.frames):
        chosen = ' checked=""' if index == last else ""
        alt = f"Drawn images, a row for each thing that can be asked for: {when}"
        shown.append(
            f'<input type="radio" name="frame" id="frame-{index}"{chosen}>'
            f'<label for="frame-{index}">{escaped(when)}</label>'
            f'<img src="{source}" alt="{escaped(alt)}">'
        )
    said = "Always from the same noise: two pictures differ only by what was learnt in between."
    kind = "film" if last else "film single"
    return section(
        title,
        said + (" Choose one, or go through them with the arrow keys." if last else ""),
        f'<div class="{kind}" role="radiogroup" aria-label="When it was drawn">'
        f"{''.join(shown)}</div>",
    )


def variety(record: RunRecord) -> str:
    """Which class draws one image again and again; nothing before it has learnt anything."""
    if not record.spreads or not record.epochs:
        return ""
    low = [str(label) for label, share in record.spreads.items() if share < COLLAPSED]
    said = (
        f"Class {escaped(', '.join(low))}: nearly one image. Early in training that is nothing; "
        "later on, a collapse."
        if low
        else "No class draws one image again and again."
    )
    rows = [Bar(str(x), share, 1.0, share < COLLAPSED) for x, share in record.spreads.items()]
    drawn = bars(rows, 1.0, "{:.2f}".format, "Bars: how varied each class is")
    caption = "how different the images above are, as a share of real ones; about 1 is right"
    return section(
        "Is a class collapsing?",
        said,
        f'<div class="charts">{panel("Varied", caption, drawn)}</div>',
    )


def measured(epochs: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> str:
    """A curve of whatever callbacks recorded; nothing if there is no number."""
    losses = {name for row in steps for name in row}
    names = dict.fromkeys(
        name for row in epochs for name in row if name not in losses and name not in COUNTERS
    )
    panels = curve_panels(epochs, names, "epoch", captions=CAPTIONS)
    if not panels:
        return ""
    return section(
        "Measured while training",
        "By callbacks, over the epochs, at the bottom.",
        f'<div class="charts">{"".join(panels)}</div>',
    )


def noted(epochs: Sequence[Mapping[str, Any]]) -> str:
    """What callbacks recorded in words."""
    lines = [
        f"<li>Epoch {row['epoch']:,}, {escaped(name)}: {escaped(text)}</li>"
        for row in epochs
        for name, text in row.items()
        if isinstance(text, str)
    ]
    if not lines:
        return ""
    said = f"The last {NOTED} of {len(lines):,}." if len(lines) > NOTED else ""
    return section("Noted while training", said, f"<ul>{''.join(lines[-NOTED:])}</ul>")


def settings(record: RunRecord) -> str:
    """What the run was asked for."""
    if not record.settings:
        return ""
    told = {name[:1].upper() + name[1:]: _told(value) for name, value in record.settings.items()}
    rows = "\n".join(
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>"
        for name, value in told.items()
    )
    return section("Settings", "", f'<dl class="basis">{rows}</dl>')


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# How far it is


def figures(record: RunRecord) -> str:
    """The figures that people look for while they wait."""
    items = "".join(
        f"<li><strong>{title}</strong><b>{value}</b><span>{said}</span></li>"
        for title, value, said in _figures(record)
    )
    return f'<ul class="asked">{items}</ul>' if items else ""


def _figures(record: RunRecord) -> Iterator[tuple[str, str, str]]:
    if not record.epochs:
        return
    last = record.epochs[-1]
    seconds = [float(row.get("seconds") or 0.0) for row in record.epochs]
    of = "" if record.wanted is None else f" of {record.wanted:,}"
    yield "Epochs", f"{record.done:,}{of}", f"{last.get('step', 0):,} steps"
    yield "Took", duration(sum(seconds)), f"the last epoch {duration(seconds[-1])}, callbacks aside"
    yield "Images", f"{last.get('images', 0):,}", "real ones that were shown"
    if (speed := _speed(record.epochs, seconds)) is not None:
        yield "Speed", f"{speed:,.0f}", "images a second"
    if record.stage == "running" and record.wanted is not None:
        recent = seconds[-5:]
        left = (record.wanted - record.done) * sum(recent) / len(recent)
        yield "Left", duration(left), "if epochs stay as they are, callbacks aside"


def _speed(epochs: Sequence[Mapping[str, Any]], seconds: Sequence[float]) -> float | None:
    """Images a second of the last epochs."""
    if len(epochs) < 2:
        return None
    first = max(0, len(epochs) - 6)
    time = sum(seconds[first + 1 :])
    images = float(epochs[-1].get("images", 0)) - float(epochs[first].get("images", 0))
    return images / time if time and images > 0 else None


def duration(seconds: float) -> str:
    """A time in the unit that people would tell it in.

    Example:
        >>> [duration(s) for s in (0.04, 9.6, 125, 5400, 400_000)]
        ['0.04 s', '10 s', '2 min', '1.5 h', '4.6 days']
    """
    if not math.isfinite(seconds):
        return "unknown"
    for size, unit, digits in ((86400, "days", 1), (3600, "h", 1), (60, "min", 0)):
        if seconds >= (2 if unit == "days" else 1) * size * 0.995:
            return f"{seconds / size:,.{digits}f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.2g} s"
