"""What metrics by name found, on a page."""

from __future__ import annotations

import math
from collections.abc import Mapping

from condgan.classes import Label
from condgan.metrics.named import Both, Measure
from condgan.metrics.page.markup import escaped, table_of
from condgan.metrics.page.telling import DASH, MINUS


def measures(found: Mapping[str, Measure]) -> str:
    """A table with a column a metric; nothing if none was asked for."""
    if not found:
        return ""
    head = '<th scope="col" class="text">Class</th>' + "".join(
        f'<th scope="col">{escaped(name)}</th>' for name in found
    )
    labels = dict.fromkeys(label for measure in found.values() for label in measure.classes)
    rows = [_row("All", ' class="mean"', [measure.overall for measure in found.values()])]
    rows += [_row(label, "", [each.classes.get(label) for each in found.values()])
             for label in labels]  # fmt: skip
    said = "Metrics that were asked for by name; in brackets, the same of real images."
    return table_of("full", "Metrics asked for", said, head, "\n".join(rows))


def _row(title: Label, kind: str, cells: list[Both | None]) -> str:
    said = "".join(
        f"<td>{DASH}</td>"
        if both is None
        else f"<td>{_told(both.generated)} <small>({_told(both.real)})</small></td>"
        for both in cells
    )
    return f'<tr{kind}><th scope="row">{escaped(str(title))}</th>{said}</tr>'


def _told(value: float) -> str:
    return DASH if math.isnan(value) else f"{value:.3g}".replace("-", MINUS)
