"""A report as one HTML page that a person can read, print and mail: no script, no request."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from string import Template
from typing import Any

from condgan.classes import Label
from condgan.metrics.figures import Basis
from condgan.metrics.page.markup import escaped
from condgan.metrics.page.record import RunRecord
from condgan.metrics.page.sections import (
    SHOWN,
    Evaluated,
    bars_by_class,
    confusion,
    figures,
    samples,
    usefulness,
)
from condgan.metrics.page.telling import told
from condgan.metrics.page.training import sections_of
from condgan.metrics.verdict import PRAISE


def page(
    report: Evaluated,
    losses: Sequence[Mapping[str, Any]] | None = None,
    record: RunRecord | None = None,
) -> str:
    """The text of an HTML page that loads nothing: images, charts and style are inside it.

    Args:
        report: from `evaluate`.
        losses: rows of numbers by name, with a `step`, such as `history.steps`; values that are
            missing or not finite are left out of the curves. None draws none.
        record: of the training, which holds its losses.

    Example:
        >>> from condgan.metrics.figures import Basis, Figures, Pair
        >>> from condgan.metrics.report import Report
        >>> cats = Pair(Figures(accuracy=0.6), Figures(accuracy=0.9))
        >>> basis = Basis("pixels", "none", "f00d", drawn=10, compared=(10,), k=5, seed=0)
        >>> report = Report("pets", basis, cats, cats, {"cat": cats}, ((6,),), 0.9, None, {})
        >>> page(report, [{"step": 1, "g_loss": 0.7}])[:15]
        '<!DOCTYPE html>'
    """
    named = _by_class(report)
    shown = _worst(report, named)
    lede = (
        f"{report.basis.drawn:,} images were drawn of each of {len(report.classes):,} classes "
        "and compared, class by class, with real images. In brackets, wherever you see them: the "
        "same figure for real images held out for comparison."
    )
    basis = _basis(report.basis)
    return filled(
        title=f"{report.name}: evaluation",
        over="Evaluation of a generator",
        name=report.name,
        header=f'<p class="lede">{lede}</p>\n{verdict(report, linked=bool(report.samples))}\n'
        f"{answers(report)}\n"
        f'<dl class="basis" aria-label="What the figures rest on">\n{basis}\n</dl>',
        sections=[
            samples(report, named, shown) if report.samples else "",
            bars_by_class(report, named, shown),
            confusion(report, shown),
            figures(report),
            usefulness(report),
            *sections_of(record or RunRecord(report.name, steps=losses or ())),
        ],
    )


def filled(
    *,
    title: str,
    over: str,
    name: str,
    header: str,
    sections: Sequence[str],
    refresh: int | None = None,
) -> str:
    """The template with all that it needs.

    Args:
        title, over, name: text, of the window, above the heading, and the heading itself.
        header: HTML below the heading.
        sections: HTML; those without any are left out.
        refresh: seconds after which the page loads itself again; None for never.
    """
    template = resources.files("condgan.metrics.page").joinpath("page.html").read_text("utf-8")
    again = "" if refresh is None else f'<meta http-equiv="refresh" content="{refresh}">\n'
    return Template(template).substitute(
        refresh=again,
        title=escaped(title),
        over=escaped(over),
        name=escaped(name),
        header=header,
        sections="\n".join(section for section in sections if section),
    )


def _by_class(report: Evaluated) -> dict[Label, str]:
    """What the verdict says of each class that it names."""
    found = {}
    labels = {f"class {label}: ": label for label in reversed(list(report.classes))}
    for sentence in report.verdicts():
        ends = (match.end() for match in re.finditer(": ", sentence))
        fitting = [sentence[:end] for end in ends if sentence[:end] in labels]
        if fitting:  # the longest, since a label may have a colon in it
            found[labels[fitting[-1]]] = sentence.removeprefix(fitting[-1])
    return found


def _worst(report: Evaluated, named: Mapping[Label, str]) -> list[Label]:
    """All classes in their order if they are few, else the worst, from the worst on."""

    def quality(label: Label) -> tuple[bool, float]:
        made = report.classes[label].generated
        known = [v for v in (made.accuracy, made.spread) if not math.isnan(v)]
        return label not in named, min(known, default=math.inf)

    labels = list(report.classes)
    return labels if len(labels) <= SHOWN else sorted(labels, key=quality)[:SHOWN]


def verdict(report: Evaluated, *, linked: bool = False) -> str:
    """What the figures say, in sentences: about the whole, and of the worst classes.

    Args:
        linked: whether each class leads to its samples on the same page.
    """
    named = _by_class(report)
    shown = _worst(report, named)
    whole = [s for s in report.verdicts() if s not in {f"class {n}: {t}" for n, t in named.items()}]
    ids = {label: index for index, label in enumerate(report.classes)}

    def line(label: Label) -> str:
        name = f"Class {escaped(label)}"
        link = f'<a href="#class-{ids[label]}">{name}</a>' if linked and label in shown else name
        return f"<li><strong>{link}</strong>: {escaped(named[label])}</li>"

    first = [label for label in shown if label in named]
    rest = [label for label in named if label not in shown]
    good = any(sentence.startswith(PRAISE) for sentence in whole)
    count = f"{len(named)} of {len(report.classes)} classes need a look"
    parts = [
        f'<div class="verdict{" good" if good else ""}">',
        f"<h2>Verdict{f': {count}' if named else ''}</h2>",
        "<ul>",
        *(f'<li class="whole">{escaped(sentence)}</li>' for sentence in whole),
        *map(line, first),
        "</ul>",
    ]
    if rest:
        parts += [f"<details><summary>and {len(rest)} more classes</summary>", "<ul>"]
        parts += [*map(line, rest), "</ul></details>"]
    return "\n".join([*parts, "</div>"])


def answers(report: Evaluated) -> str:
    """The questions that people come with, each with its one figure."""
    made, real = report.within.generated, report.within.real
    answers = [
        ("Right?", "accuracy", "show the class asked for"),
        ("Varied?", "spread", "of the spread of real images of a class"),
        ("Like real?", "coverage", "is the share of real images with a generated one near them"),
        ("Copied?", "copies", "are near-copies of training images"),
    ]
    items = [
        f"<li><strong>{question}</strong><b>{told(name, getattr(made, name))}</b>"
        f"<span>{said} (real {told(name, getattr(real, name))})</span></li>"
        for question, name, said in answers
    ]
    if report.gan_train is not None:
        gan, with_real = (told("accuracy", value) for value in report.gan_train)
        items.append(
            f"<li><strong>Useful?</strong><b>{gan}</b><span>right on real images, after learning "
            f"from generated ones only (from real ones {with_real})</span></li>"
        )
    return f'<ul class="asked">{"".join(items)}</ul>'


def _basis(basis: Basis) -> str:
    few, many = min(basis.compared, default=0), max(basis.compared, default=0)
    rows = {
        "Images drawn": f"{basis.drawn:,} of each class",
        "Compared with": f"{few:,}{f' to {many:,}' if many > few else ''} real images of each",
        "Features": basis.features,
        "Resized": basis.resize,
        "Neighbours looked to": str(basis.k),
        "Seed": str(basis.seed),
        "Fingerprint of the data": basis.data,
    }
    return "\n".join(f"<div><dt>{n}</dt><dd>{escaped(v)}</dd></div>" for n, v in rows.items())
