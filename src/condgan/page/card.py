"""A report card: an evaluation in a few figures, for a page beside the images themselves."""

from __future__ import annotations

from condgan.metrics.page.charts import Bar, bars
from condgan.metrics.page.markup import escaped, panel
from condgan.metrics.page.telling import teller, told
from condgan.metrics.report import Report
from condgan.metrics.verdict import PRAISE

SAID = 6
"""Sentences of the verdict at most."""

CHARTED = 20
"""Classes that have a bar at most."""

QUESTIONS = (
    ("Right?", "accuracy", "show the class asked for, says a classifier of real images"),
    ("Varied?", "spread", "of the spread of real images of a class"),
    ("Like real?", "coverage", "is the share of real images with a drawn one near them"),
    ("Copied?", "copies", "are near-copies of training images"),
)

CHARTS = (
    ("accuracy", "Right", "named as the class asked for"),
    ("spread", "Varied", "spread, as a share of the real one"),
)


def card(report: Report) -> str:
    """The section of a page, as HTML that runs nothing and loads nothing."""
    made, real = report.within.generated, report.within.real
    figures = "".join(
        f"<li><strong>{question}</strong><b>{told(name, getattr(made, name))}</b>"
        f"<span>{said} (real {told(name, getattr(real, name))})</span></li>"
        for question, name, said in QUESTIONS
    )
    return (
        '<section id="card" aria-labelledby="card-title"><h2 id="card-title">Report card</h2>'
        f"<p>{report.basis.drawn:,} images of each class were drawn and compared with real ones. "
        "In brackets, or as a tick: the same figure of real images that were held out.</p>"
        f'{_verdict(report)}<ul class="figures">{figures}</ul>'
        f'<div class="charts">{_charts(report)}</div></section>'
    )


def _verdict(report: Report) -> str:
    sentences = report.verdicts()
    good = any(sentence.startswith(PRAISE) for sentence in sentences)
    lines = [f"<p>{escaped(sentence)}</p>" for sentence in sentences[:SAID]]
    if len(sentences) > SAID:
        lines.append(f"<p>and {len(sentences) - SAID} more findings.</p>")
    return f'<div class="verdict{" good" if good else ""}">{"".join(lines)}</div>'


def _charts(report: Report) -> str:
    if len(report.classes) > CHARTED:
        return ""
    drawn = []
    for name, title, said in CHARTS:
        rows = [
            Bar(str(label), getattr(pair.generated, name), getattr(pair.real, name))
            for label, pair in report.classes.items()
        ]
        label = f"Bars: {title.lower()}, by class"
        drawn.append(panel(title, said, bars(rows, 1.0, teller(name), label)))
    return "".join(drawn)
