"""A training as one HTML page: to watch while it runs, and to look back at."""

from __future__ import annotations

from condgan.metrics.page.markup import escaped, section
from condgan.metrics.page.page import answers, filled, verdict
from condgan.metrics.page.record import RunRecord
from condgan.metrics.page.sections import Evaluated
from condgan.metrics.page.training import figures, sections_of

STAGES = {
    "running": ("Training", " running"),
    "finished": ("Finished", " good"),
    "stopped": ("Stopped before its last epoch", " running"),
    "interrupted": ("Interrupted", ""),
    "failed": ("Ended by an error", ""),
}
"""How each stage is called, and the look of its box."""


def run_page(record: RunRecord, report: Evaluated | None = None, said: str = "") -> str:
    """The text of an HTML page that loads nothing but itself, and that only while training runs.

    Args:
        record: of the training.
        report: an evaluation of its generator, for a report card.
        said: of that evaluation, such as when it was made.

    Example:
        >>> rows = [{"step": 10, "epoch": 1, "d_loss": 0.7}]
        >>> text = run_page(RunRecord("pets", "running", wanted=9, steps=rows, refresh=5))
        >>> "Losses while training" in text, 'http-equiv="refresh" content="5"' in text
        (True, True)
    """
    of = "" if record.wanted is None else f" of {record.wanted:,}"
    progress = f"epoch {record.done:,}{of}"
    return filled(
        title=f"{record.name}: {STAGES[record.stage][0].lower()}, {progress}",
        over="Training of a generator",
        name=record.name,
        header=f"{_status(record, progress)}\n{figures(record)}",
        sections=[*sections_of(record), _card(report, said)],
        refresh=record.refresh,
    )


def _status(record: RunRecord, progress: str) -> str:
    """Whether it runs or why it ended, and how far it is."""
    title, look = STAGES[record.stage]
    lines = []
    if record.wanted and record.stage != "finished":
        lines.append(
            f'<progress max="{record.wanted}" value="{min(record.done, record.wanted)}" '
            f'aria-label="Epochs"></progress>'
        )
    if record.why:
        lines.append(f"<p>{escaped(record.why)}</p>")
    if record.stage == "interrupted":
        lines.append("<p>It can go on from its last checkpoint, if it wrote any.</p>")
    if not record.epochs and record.stage == "running":
        lines.append("<p>The first epoch is not over yet.</p>")
    if when := _when(record):
        lines.append(f'<p class="note">{when}</p>')
    return f'<div class="verdict{look}"><h2>{title}: {progress}</h2>{"".join(lines)}</div>'


def _when(record: RunRecord) -> str:
    written = f"Written {escaped(record.written)}." if record.written else ""
    if record.refresh is None:
        return written
    return (
        f"{written} This page loads itself again every {record.refresh:,} seconds. If nothing is "
        "written for much longer than that, the training was cut off."
    )


def _card(report: Evaluated | None, said: str) -> str:
    """The verdict, and the questions that people come with."""
    if report is None:
        return ""
    inside = f"{verdict(report)}\n{answers(report)}"
    return section("Report card", escaped(said), inside)
