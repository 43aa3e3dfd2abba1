"""What an evaluation found: figures per class and overall, beside those of real images."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from torch import Tensor

from condgan.classes import Label
from condgan.errors import ConfigError, FileFormatError, MissingFileError
from condgan.metrics.confusion import Confusion, as_confusion
from condgan.metrics.figures import NAMES, Basis, Figures, Pair
from condgan.metrics.named import Both, Measure
from condgan.metrics.page.markup import escaped
from condgan.metrics.page.page import page
from condgan.metrics.page.sections import figures
from condgan.metrics.page.writing import write_page
from condgan.metrics.verdict import Evidence, verdicts

FORMAT = 1
"""Of the JSON that a report is saved as."""


@dataclass(frozen=True)
class Samples:
    """Some images of a class, for a page to show: drawn, and the training image nearest to each."""

    drawn: Tensor
    nearest: Tensor


@dataclass(frozen=True)
class Report:
    """Prints as a table, saves as JSON and as a page.

    Attributes:
        basis: what the figures rest on.
        overall: all classes together; spread, copies and duplicates are means over classes, and
            neighbours are sought among 10,000 images of each side at most.
        within: means over classes of the figures within each, such as the within-class Fréchet
            distance, which alone shows a broken condition.
        classes: the figures within each class, by label.
        confusion: how many images asked for as the row's class the classifier named as the
            column's, as a sequence of rows.
        classifier_accuracy: of that classifier, on real images it was not trained on.
        resampled_coverage: within-class coverage of real images drawn with repetition, which is
            what a perfect resampler can reach.
        gan_train: accuracy on real images of a classifier trained on generated ones, and of one
            trained on as many real ones; None if not asked for.
        samples: for the page.
        measures: what the metrics found that were asked for by name.
        name: of the data.
    """

    name: str
    basis: Basis
    overall: Pair
    within: Pair
    classes: dict[Label, Pair]
    confusion: Confusion
    classifier_accuracy: float
    gan_train: tuple[float, float] | None
    samples: dict[Label, Samples] = field(compare=False, repr=False)
    resampled_coverage: float = math.nan
    measures: dict[str, Measure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "confusion", as_confusion(self.confusion))

    def verdicts(self) -> list[str]:
        """What the figures say, in sentences: about the whole first, then class by class."""
        evidence = Evidence(
            drawn=self.basis.drawn,
            compared=self.basis.compared,
            precision=self.overall.generated.precision,
            confusion=self.confusion,
            classifier_accuracy=self.classifier_accuracy,
            resampled_coverage=self.resampled_coverage,
            gan_train=self.gan_train,
        )
        return verdicts(self.within, self.classes, evidence)

    def difference(self, other: Report, figure: str = "frechet") -> float:
        """A within-class figure of this report, less that of another.

        Raises:
            ConfigError: the reports rest on different images, features or counts, or there is no
                such figure.
        """
        if figure not in NAMES:
            raise ConfigError(f"there is no figure {figure!r}. Known: {', '.join(NAMES)}.")
        self._same_basis(other)
        return float(
            getattr(self.within.generated, figure) - getattr(other.within.generated, figure)
        )

    def _same_basis(self, other: Report) -> None:
        mine, theirs = asdict(self.basis), asdict(other.basis)
        unlike = [name for name in mine if name != "seed" and mine[name] != theirs[name]]
        if unlike:
            said = "; ".join(f"{name}: {mine[name]!r} and {theirs[name]!r}" for name in unlike)
            raise ConfigError(
                f"these reports cannot be compared, they rest on different {', '.join(unlike)} "
                f"({said}). Evaluate both with the same data, features and n."
            )

    def table(self) -> str:
        """The figures as text, real against real in brackets."""
        titles = ["", *NAMES]
        rows = [["all", *_cells(self.overall)], ["within", *_cells(self.within)]]
        rows += [[str(label), *_cells(pair)] for label, pair in self.classes.items()]
        return _aligned([titles, *rows])

    def table_of_measures(self) -> str:
        """What the metrics found, alike; the first row has means over classes, or single numbers.

        Empty if none was asked for.
        """
        if not self.measures:
            return ""
        found = self.measures.values()
        rows = [["", *self.measures], ["all", *(_cell(measure.overall) for measure in found)]]
        rows += [
            [str(label), *(_cell(measure.classes.get(label)) for measure in found)]
            for label in self.classes
            if any(label in measure.classes for measure in found)
        ]
        return _aligned(rows)

    def __str__(self) -> str:
        parts = [
            f"{self.name}: {self.basis.drawn} images drawn of each class; in brackets, the same of "
            "real images held out from the classifier",
            self.table(),
            *([self.table_of_measures()] if self.measures else []),
            f"classifier on real images: {self.classifier_accuracy:.1%} right",
        ]
        return "\n".join([*parts, *self.verdicts()])

    def _repr_html_(self) -> str:
        """The verdicts and the figures, for a notebook."""
        said = "".join(f"<li>{escaped(sentence)}</li>" for sentence in self.verdicts())
        return f"<h3>{escaped(self.name)}</h3><ul>{said}</ul>{figures(self)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, NaN as None; the samples are left out."""
        return {
            "format": FORMAT,
            "name": self.name,
            "basis": asdict(self.basis),
            "overall": _plain(self.overall),
            "within": _plain(self.within),
            "classes": [{"label": label, **_plain(pair)} for label, pair in self.classes.items()],
            "confusion": self.confusion.plain(),
            "classifier_accuracy": self.classifier_accuracy,
            "resampled_coverage": _number(self.resampled_coverage),
            "gan_train": None if self.gan_train is None else list(self.gan_train),
            "measures": [_plain_measure(name, found) for name, found in self.measures.items()],
            "verdicts": self.verdicts(),
        }

    def save(self, path: str | PathLike[str]) -> Path:
        """Writes the figures as strict JSON."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        return target

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Report:
        """Reads what `save` wrote, to print or to compare; it holds no samples.

        Raises:
            MissingFileError: there is no such file.
            FileFormatError: it is something else, or damaged.
        """
        source = Path(path)
        if not source.is_file():
            raise MissingFileError(f"{source} does not exist; name a report.json.")
        try:
            saved = json.loads(source.read_text(encoding="utf-8"))
            if saved["format"] != FORMAT:
                raise ValueError(f"format {saved['format']}, where this version reads {FORMAT}")
            basis = saved["basis"]
            gan_train = saved["gan_train"]
            return cls(
                name=saved["name"],
                basis=Basis(**{**basis, "compared": tuple(basis["compared"])}),
                overall=_pair(saved["overall"]),
                within=_pair(saved["within"]),
                classes={each["label"]: _pair(each) for each in saved["classes"]},
                confusion=Confusion.of_rows(saved["confusion"]),
                classifier_accuracy=saved["classifier_accuracy"],
                gan_train=None if gan_train is None else (gan_train[0], gan_train[1]),
                samples={},
                resampled_coverage=_or_nan(saved["resampled_coverage"]),
                measures={each["name"]: _measure(each) for each in saved.get("measures", ())},
            )
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise FileFormatError(
                f"{source} is not a report that Report.save wrote: {error}."
            ) from error

    def save_page(
        self, path: str | PathLike[str], losses: Sequence[Mapping[str, Any]] | None = None
    ) -> Path:
        """Writes the report as one HTML page to read, print and mail; it loads nothing.

        Args:
            path: of the file, such as `report.html`; folders that lack are made.
            losses: rows of numbers with a `step`, such as `trainer.history.steps`, for curves.

        Example:
            >>> report.save_page("report.html", trainer.history.steps)  # doctest: +SKIP
            PosixPath('report.html')
        """
        return write_page(page(self, losses), path)


def _plain(pair: Pair) -> dict[str, dict[str, float | None]]:
    return {
        side: {name: _number(value) for name, value in asdict(figures).items()}
        for side, figures in (("generated", pair.generated), ("real", pair.real))
    }


def _pair(saved: Mapping[str, Any]) -> Pair:
    generated, real = (
        Figures(**{name: _or_nan(value) for name, value in saved[side].items()})
        for side in ("generated", "real")
    )
    return Pair(generated, real)


def _plain_measure(name: str, measure: Measure) -> dict[str, Any]:
    def both(found: Both) -> dict[str, float | None]:
        return {side: _number(value) for side, value in found._asdict().items()}

    classes = [{"label": label, **both(found)} for label, found in measure.classes.items()]
    return {"name": name, "overall": both(measure.overall), "classes": classes}


def _measure(saved: Mapping[str, Any]) -> Measure:
    def both(found: Mapping[str, Any]) -> Both:
        return Both(_or_nan(found["generated"]), _or_nan(found["real"]))

    return Measure(both(saved["overall"]), {row["label"]: both(row) for row in saved["classes"]})


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines, with the columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(pair: Pair) -> list[str]:
    return [_cell(Both(getattr(pair.generated, name), getattr(pair.real, name))) for name in NAMES]


def _cell(both: Both | None) -> str:
    return "-" if both is None else f"{_short(both.generated)} ({_short(both.real)})"


def _short(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"
