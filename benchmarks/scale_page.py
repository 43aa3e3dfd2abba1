"""The table and the figure of what `scale.py` measured."""

import json
import math
import statistics
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent / "docs"
MB = 1e6

Rows = list[dict[str, Any]]


def show(folder: Path, *, write: bool) -> None:
    """Prints the table of all results in a folder; with `write`, puts both into the docs."""
    found = {path.stem: _read(path) for path in sorted(folder.glob("*.jsonl"))}
    text = table(found)
    print(text)
    draw(found, folder / "scale.png")
    if write:
        draw(found, DOCS / "images" / "scale.png")
        page = DOCS / "benchmarks.md"
        before, rest = page.read_text(encoding="utf-8").split("<!-- table: scale -->")
        after = rest.split("<!-- end of scale -->")[1]
        page.write_text(
            f"{before}<!-- table: scale -->\n\n{text}\n\n<!-- end of scale -->{after}",
            encoding="utf-8",
        )


def _read(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def table(found: dict[str, Rows]) -> str:
    """What was measured, part by part, as far as it was, beside its goal."""
    lines = ["| what | goal | measured |", "| --- | --- | --- |"]
    for part, rows in LINES.items():
        if part in found:
            lines += [f"| {' | '.join(row)} |" for row in rows(found[part])]
    return "\n".join(lines)


def _imports(rows: Rows) -> list[tuple[str, str, str]]:
    def median(what: str, name: str) -> float:
        return statistics.median(row[name] for row in rows if row["what"] == what)

    torch, ours, told = (
        {name: median(what, name) for name in ("seconds", "peak")}
        for what in ("torch", "condgan", "help")
    )
    alone = f"{torch['seconds']:.2f} s, {torch['peak'] / MB:.0f} MB"
    return [
        (
            f"{name} over `import torch` ({alone})",
            "-",
            f"{each['seconds'] - torch['seconds']:.2f} s, "
            f"{(each['peak'] - torch['peak']) / MB:.0f} MB",
        )
        for name, each in (("`import condgan`", ours), ("`condgan --help`", told))
    ]


def _mnist(rows: Rows) -> list[tuple[str, str, str]]:
    row = rows[0]
    steps = ", ".join(f"{name} {grew / MB:.0f}" for name, grew in row["grew"].items())
    said = f"{row['over'] / MB:.0f} MB (after {steps}; the images are {row['set'] / MB:.0f})"
    return [("peak of training `quick` on MNIST over `import torch`", "400 MB at most", said)]


def _epochs(rows: Rows) -> list[tuple[str, str, str]]:
    row = rows[0]
    early, late = row["memory"]["10"], row["memory"][str(row["epochs"])]
    said = ", ".join(
        f"{name} {early[of] / MB:.1f} to {late[of] / MB:.1f} MB ({late[of] / early[of] - 1:+.2%})"
        for name, of in (("peak", "peak"), ("its own", "own"))
    )
    lasts = ", ".join(f"{1000 * each:.2f}" for each in row["an_epoch"].values())
    return [
        (f"memory after epoch 10 and {row['epochs']:,} of {row['images']} images", "1 %", said),
        (f"ms an epoch, around epoch {', '.join(row['an_epoch'])}", "flat", lasts),
    ]


def _curve(name: str, key: str, goal: str, value: str = "an_image") -> Any:
    def lines(rows: Rows) -> list[tuple[str, str, str]]:
        at = ", ".join(f"{row[key]:,}" for row in rows).replace(",000,000", " million")
        told = ", ".join(f"{1e6 * row[value]:,.0f}" for row in rows)
        return [(f"µs an image; {name}: {at}", goal, told)]

    return lines


def _images(rows: Rows) -> list[tuple[str, str, str]]:
    at = "; ".join(f"{row['images']:,}" for row in rows)
    return [
        (
            f"µs an image, small networks; images: {at}",
            "flat",
            "; ".join(f"{1e6 * row['an_image']:.0f}" for row in rows),
        ),
        (
            f"peak over `import torch` in MB, the set in brackets; images: {at}",
            "a constant and the set",
            "; ".join(f"{row['over'] / MB:.0f} ({row['set'] / MB:.0f})" for row in rows),
        ),
    ]


def _classes(rows: Rows) -> list[tuple[str, str, str]]:
    at = "; ".join(f"{row['classes']:,}" for row in rows)
    return [
        (
            f"µs an image of `quick`; classes: {at}",
            "linear in parameters",
            "; ".join(f"{1e6 * row['an_image']:,.0f}" for row in rows),
        ),
        (
            "million parameters of both; peak over `import torch` in MB",
            "linear",
            "; ".join(f"{row['parameters'] / MB:.1f}, {row['over'] / MB:.0f}" for row in rows),
        ),
    ]


def _labels(rows: Rows) -> list[tuple[str, str, str]]:
    at = "; ".join(f"{row['classes']:,}" for row in rows)
    lines = [
        (
            f"{name.replace('_', ' ')}, ms a class; classes: {at}",
            "flat, or falling",
            "; ".join(f"{1000 * row['seconds'][name] / row['classes']:.2f}" for row in rows),
        )
        for name in rows[0]["seconds"]
    ]
    saved = "; ".join(f"{row['over'] / MB:.0f}, {row['saved'] / MB:.2f}" for row in rows)
    return [*lines, ("peak over `import torch`, and report as JSON, in MB", "linear", saved)]


def _histories(rows: Rows) -> list[tuple[str, str, str]]:
    at = "; ".join(f"{row['steps']:,}" for row in rows)
    told = "; ".join(f"{row['bytes'] / MB:.2f}" for row in rows)
    return [(f"history in MB; steps recorded: {at}", "bounded", told)]


def _memory(rows: Rows) -> list[tuple[str, str, str]]:
    lines = []
    for way in dict.fromkeys(row["way"] for row in rows):
        mine = [row for row in rows if row["way"] == way]
        at = "; ".join(f"{row['set'] / MB:.0f}" for row in mine)
        told = "; ".join(f"{row['own'] / MB:.0f}" for row in mine)
        lines.append(
            (
                f"MB held of its own after an epoch of batches, {way}; MB of the set: {at}",
                "flat" if "cache" in way else "the set",
                told,
            )
        )
    return lines


LINES = {
    "imports": _imports,
    "mnist": _mnist,
    "epochs": _epochs,
    "batches": _curve("batch size of `quick`", "batch", "falling"),
    "sizes": _curve("image size of `quick`", "side", "linear in pixels and parameters"),
    "images": _images,
    "classes": _classes,
    "labels": _labels,
    "histories": _histories,
    "memory": _memory,
}


def draw(found: dict[str, Rows], path: Path) -> None:
    """One small panel a curve, of those that were measured."""
    import matplotlib.pyplot as plt

    panels = [(part, panel) for part, panel in PANELS if part in found]
    columns = 4
    lines = max(1, math.ceil(len(panels) / columns))
    figure, axes = plt.subplots(
        lines, columns, squeeze=False, figsize=(3.1 * columns, 2.7 * lines), dpi=110
    )
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, (part, panel) in zip(axes.flat, panels, strict=False):
        panel(axis, found[part])
        axis.grid(alpha=0.3)
        axis.title.set_fontsize(10)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)


def _curves(axis: Any, curves: dict[str, tuple[list[float], list[float]]], **told: Any) -> None:
    """Values over what was measured at, from 0 on unless the axis of values is told to be log."""
    for name, (at, values) in curves.items():
        axis.plot(at, values, "o-", markersize=4, label=name)
    every = sorted({x for at, _ in curves.values() for x in at})
    axis.set(**told)
    axis.set_xticks(every, [_short(x) for x in every], fontsize=8)
    axis.minorticks_off()
    if "yscale" not in told:
        axis.set_ylim(0, 1.2 * max(max(values) for _, values in curves.values()))
    if len(curves) > 1:
        axis.legend(fontsize=7)


def _short(number: float) -> str:
    for unit, mark in ((1_000_000, "M"), (1000, "k")):
        if number >= unit and number % (unit / 10) == 0:
            return f"{number / unit:g}{mark}"
    return f"{number:g}"


def _line(title: str, x: str, y: str, label: str, scale: float) -> Any:
    """A panel of one value over another, both by name."""

    def panel(axis: Any, rows: Rows) -> None:
        curve = [row[x] for row in rows], [row[y] * scale for row in rows]
        _curves(axis, {y: curve}, title=title, xlabel=label, xscale="log")

    return panel


def _sides(axis: Any, rows: Rows) -> None:
    """Over the number of pixels, so that what is linear in them is a straight line."""
    curve = [row["side"] ** 2 for row in rows], [row["an_image"] * 1000 for row in rows]
    _curves(axis, {"": curve}, title="ms an image, quick", xlabel="pixels, as height x width")
    axis.set_xticks(curve[0], [f"{row['side']}²" for row in rows], fontsize=8, rotation=60)


def _over_epochs(of: str, scale: float, title: str) -> Any:
    def panel(axis: Any, rows: Rows) -> None:
        found = rows[0][of]
        values = [each["peak"] if isinstance(each, dict) else each for each in found.values()]
        curve = [int(at) for at in found], [scale * value for value in values]
        _curves(axis, {of: curve}, title=title, xlabel="epoch", xscale="log")

    return panel


def _judging(axis: Any, rows: Rows) -> None:
    at = [row["classes"] for row in rows]
    curves = {
        name: (at, [row["seconds"][name] for row in rows])
        for name in ("evaluate", "save_page", "load_data", "split")
    }
    _curves(axis, curves, title="seconds", xlabel="classes", xscale="log", yscale="log")
    axis.set_ylim(top=1e5)  # room for the names of the curves


def _held(axis: Any, rows: Rows) -> None:
    curves = {}
    for way in dict.fromkeys(row["way"] for row in rows):
        mine = [row for row in rows if row["way"] == way]
        curves[way] = [round(row["set"] / MB) for row in mine], [row["own"] / MB for row in mine]
    _curves(axis, curves, title="MB held of its own", xlabel="MB of the set")


PANELS = [
    ("batches", _line("µs an image, quick", "batch", "an_image", "batch size", 1e6)),
    ("sizes", _sides),
    ("images", _line("µs an image, small networks", "images", "an_image", "images", 1e6)),
    ("epochs", _over_epochs("an_epoch", 1000, "ms an epoch, 128 images")),
    ("classes", _line("µs an image, quick", "classes", "an_image", "classes", 1e6)),
    ("labels", _judging),
    ("epochs", _over_epochs("memory", 1 / MB, "peak memory, MB")),
    ("histories", _line("history, MB", "steps", "bytes", "steps recorded", 1 / MB)),
    ("images", _line("peak over torch, MB", "images", "over", "images", 1 / MB)),
    ("classes", _line("peak over torch, MB", "classes", "over", "classes", 1 / MB)),
    ("memory", _held),
]
"""Which results each panel is drawn from, and by what."""
