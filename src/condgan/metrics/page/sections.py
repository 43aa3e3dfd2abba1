"""The sections of an evaluation's page, each the text of an HTML `<section>` or nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from condgan.classes import Label
from condgan.errors import ConfigError
from condgan.metrics.confusion import Confusion
from condgan.metrics.figures import NAMES, Basis, Pair
from condgan.metrics.named import Measure
from condgan.metrics.page.charts import Bar, bars
from condgan.metrics.page.curves import curve_panels
from condgan.metrics.page.markup import as_png, escaped, panel, section, table_of
from condgan.metrics.page.measures import measures
from condgan.metrics.page.telling import DASH, MEANINGS, teller, title_of, told

SHOWN = 20
"""Classes that are drawn, charted and crossed in full; of more, only the worst are."""

COUNTERS = ("epoch", "step")
"""Columns of `losses` that are no losses."""


class Shown(Protocol):
    """Images of a class, drawn, and the training image nearest to each; see `Samples`."""

    @property
    def drawn(self) -> Tensor: ...
    @property
    def nearest(self) -> Tensor: ...


class Evaluated(Protocol):
    """What the page needs of a `Report`, which in turn makes pages and so stands above."""

    @property
    def name(self) -> str: ...
    @property
    def basis(self) -> Basis: ...
    @property
    def overall(self) -> Pair: ...
    @property
    def within(self) -> Pair: ...
    @property
    def classes(self) -> Mapping[Label, Pair]: ...
    @property
    def confusion(self) -> Confusion: ...
    @property
    def classifier_accuracy(self) -> float: ...
    @property
    def gan_train(self) -> tuple[float, float] | None: ...
    @property
    def samples(self) -> Mapping[Label, Shown]: ...
    @property
    def measures(self) -> Mapping[str, Measure]: ...
    def verdicts(self) -> list[str]: ...


def samples(report: Evaluated, named: Mapping[Label, str], shown: Sequence[Label]) -> str:
    """What each class looks like, each image above the training image it is nearest to."""
    ids = {label: index for index, label in enumerate(report.classes)}
    cards = []
    for label in shown:
        made = report.classes[label].generated
        facts = ", ".join(
            (
                f"{told('accuracy', made.accuracy)} right",
                f"spread {told('spread', made.spread)}",
                f"{told('copies', made.copies)} copies",
            )
        )
        said = f"<p>{escaped(named[label])}</p>" if label in named else ""
        cards.append(
            f'<article class="card" id="class-{ids[label]}">'
            f'<div class="facts"><h3>Class {escaped(label)}</h3><span>{facts}</span></div>'
            f"{_pairs(label, report.samples.get(label))}{said}</article>"
        )
    return section(
        "Samples",
        "Above, images as they were first drawn, not chosen. Below each, the training image "
        "nearest to it: if the two look the same, it was copied rather than made up.",
        _only_worst(report) + f'<div class="cards">{"".join(cards)}</div>',
    )


def _pairs(label: Label, images: Shown | None) -> str:
    """The drawn images in a row, and the nearest real ones in a row below, as one picture."""
    if images is None or not len(images.drawn):
        return '<p class="note">No image was kept.</p>'
    count = len(images.drawn)
    paired = len(images.nearest) == count
    both = torch.cat([images.drawn, images.nearest]) if paired else images.drawn
    alt = f"{count} images drawn of class {label}"
    alt += "; below each, the training image nearest to it" if paired else ""
    try:
        source = as_png(both, count)
    except ConfigError as error:  # no usual colours; the figures are worth a page all the same
        return f'<p class="note">No picture: {escaped(error)}</p>'
    return (
        f'<div class="pairs{"" if paired else " single"}"><span>drawn</span>'
        f'<img src="{source}" alt="{escaped(alt)}" style="max-width:{4 * count}rem">'
        f"{'<span>nearest real</span>' if paired else ''}</div>"
    )


def bars_by_class(report: Evaluated, named: Mapping[Label, str], shown: Sequence[Label]) -> str:
    """Accuracy, spread, coverage and Fréchet distance, a bar a class, a tick for real images."""
    panels = [
        ("accuracy", "Accuracy", "named as the class asked for", 1.0),
        ("spread", "Spread", "as a share of the real one", 1.0),
        ("coverage", "Coverage", "real images with a generated one near", 1.0),
        ("frechet", "Within-class Fréchet distance", "lower is better", 0.0),
    ]
    charts = []
    for name, title, said, top in panels:
        rows = [
            Bar(
                str(label),
                getattr(report.classes[label].generated, name),
                getattr(report.classes[label].real, name),
                label in named,
            )
            for label in shown
        ]
        drawn = bars(rows, top, teller(name), f"Bars: {title} by class; figures in the table")
        charts.append(panel(title, said, drawn))
    legend = (
        '<p class="note"><span class="key"></span>generated '
        '<span class="key named"></span>generated, of a class that the verdict names '
        '<span class="key real"></span>real images</p>'
    )
    return section(
        "Class by class",
        "",
        f'{_only_worst(report)}{legend}<div class="charts">{"".join(charts)}</div>',
    )


def confusion(report: Evaluated, shown: Sequence[Label]) -> str:
    """The confusion table; of many classes, what the worst are most often drawn as."""
    labels, table = list(report.classes), report.confusion
    said = (
        "A classifier that learnt from real images was asked what each drawn image shows. It is "
        f"right about {told('accuracy', report.classifier_accuracy)} of real images, so not "
        "every mistake is the generator's."
    )
    if len(labels) <= SHOWN:
        head = "".join(f'<th scope="col">{escaped(label)}</th>' for label in labels)
        body = "".join(
            f'<tr><th scope="row">{escaped(label)}</th>'
            + "".join(_heat(count, sum(row), i == j) for j, count in enumerate(row))
            + "</tr>"
            for i, (label, row) in enumerate(zip(labels, table, strict=True))
        )
        caption = "Rows: the class asked for. Columns: what the classifier sees."
        drawn = table_of("heat", "Confusion", caption, f"<td></td>{head}", body)
        return section("What is drawn as what", said, drawn)
    head = (
        '<th scope="col" class="text">Asked for</th><th scope="col">Right</th>'
        '<th scope="col" class="text">Most often drawn instead</th>'
    )
    lines = []
    for label in shown:
        own = labels.index(label)
        row = table.counts(own)
        others = sorted((j for j in row if j != own), key=lambda j: -row[j])
        instead = ", ".join(f"{labels[j]} ({row[j]:,})" for j in others[:3]) or DASH
        right = f"{row.get(own, 0):,} of {sum(row.values()):,}"
        lines.append(
            f'<tr><th scope="row">{escaped(label)}</th><td>{right}</td>'
            f'<td class="text">{escaped(instead)}</td></tr>'
        )
    drawn = table_of("", "Confusion", "With how many images each.", head, "".join(lines))
    return section("What is drawn as what", said, _only_worst(report) + drawn)


def _heat(count: int, total: int, own: bool) -> str:
    if not count:
        return '<td class="none">0</td>'
    # The root lets a few mistakes be seen; under 0.5 the ink stays readable on it in any theme.
    strength = 0.1 + 0.38 * math.sqrt(count / total)
    kind = ' class="own"' if own else ""
    return f'<td{kind} style="--a:{strength:.2f}">{count:,}</td>'


# All figures


def figures(report: Evaluated) -> str:
    """Everything that was measured, and what it means."""
    head = '<th scope="col" class="text">Class</th>' + "".join(
        f'<th scope="col">{title_of(name)}</th>' for name in NAMES
    )
    rows: list[tuple[str, str, Pair]] = [
        ("All classes at once", ' class="mean"', report.overall),
        ("Mean within classes", ' class="mean"', report.within),
        *((str(label), "", pair) for label, pair in report.classes.items()),
    ]
    body = "\n".join(
        f'<tr{kind}><th scope="row">{escaped(title)}</th>'
        + "".join(
            f"<td>{told(name, getattr(pair.generated, name))} "
            f"<small>({told(name, getattr(pair.real, name))})</small></td>"
            for name in NAMES
        )
        + "</tr>"
        for title, kind, pair in rows
    )
    means = "".join(f"<div><dt>{title_of(n)}</dt><dd>{MEANINGS[n]}</dd></div>" for n in NAMES)
    caption = "In brackets, the same of real images; a dash where too few images were there."
    return section(
        "All figures",
        "",
        table_of("full", "All figures", caption, head, body)
        + measures(report.measures)
        + f'<dl class="means">{means}</dl>',
    )


def losses_while_training(losses: Sequence[Mapping[str, Any]]) -> str:
    """A curve of each loss; nothing without a finite number."""
    rows = list(losses)  # a table of a long run makes each row anew
    names = dict.fromkeys(name for row in rows for name in row if name not in COUNTERS)
    panels = curve_panels(rows, names, "step")
    if not panels:
        return ""
    return section(
        "Losses while training",
        "Over the steps of training, at the bottom. In a healthy contest neither falls to 0 for "
        "good; the height alone does not say how good the images are.",
        f'<div class="charts">{"".join(panels)}</div>',
    )


def usefulness(report: Evaluated) -> str:
    """What a classifier learns from generated images; nothing if it was not measured."""
    if report.gan_train is None:
        return ""
    gan, real = report.gan_train
    rows = [Bar("generated", gan, math.nan), Bar("real", real, math.nan)]
    drawn = bars(rows, 1.0, teller("accuracy"), "Bars: accuracy on real images by training images")
    return section(
        "Would it help a classifier?",
        f"A classifier that learnt from generated images only names {told('accuracy', gan)} of "
        "real images rightly; one that learnt from as many real ones, "
        f"{told('accuracy', real)}. The nearer the two, the more of what matters for telling "
        "the classes apart is in the generated images.",
        f'<div class="charts">{panel("Accuracy on real images", "after learning from", drawn)}'
        "</div>",
    )


def _only_worst(report: Evaluated) -> str:
    if len(report.classes) <= SHOWN:
        return ""
    return (
        f'<p class="note">Of {len(report.classes):,} classes, the {SHOWN} worst: those that the '
        "verdict names first, and then by accuracy or spread, whichever is lower. All are in the "
        "table of figures.</p>"
    )
