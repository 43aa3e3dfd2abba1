"""What the commands read from a run folder, and how they find its data again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from condgan.classes import Classes
from condgan.cli.conditions import shown, typed
from condgan.cli.data_options import MEANINGS, WHICH, arguments
from condgan.cli.folders import as_typed, settings_in
from condgan.cli.held_out import HeldOut
from condgan.conditions import Condition, Quantities
from condgan.data.labelled import LabelledImages
from condgan.data.load import load_data, options_of
from condgan.data.readers import torchvision
from condgan.errors import ConfigError
from condgan.networks.conditional import ConditionalGenerator


def classes_of(G: ConditionalGenerator) -> Classes:
    """The classes of a run, for commands that go class by class."""
    return only_classes(G.classes, "this run")


def only_classes(condition: Condition, what: str) -> Classes:
    """A condition that is classes, as it is.

    Raises:
        ConfigError: it is another; the message says what there is for these.
    """
    if isinstance(condition, Classes):
        return condition
    example = as_typed(["RUN", typed(next(iter(shown(condition)[1:]), "1"))])
    raise ConfigError(
        f"this command draws classes, one by one, but the labels of {what} are {condition!r}. Look "
        f"at what a run on these has learnt with condgan generate {example}; or train on classes: "
        "one column of text or whole numbers, named with --label-column."
    )


class Source(NamedTuple):
    """Where the real images of a run are.

    Attributes:
        data: a name or a path.
        options: how they are read, by the names in `data_options.OPTIONS`.
        held_out: the part of them that the run was not trained on, if any.
    """

    data: str
    options: dict[str, Any]
    held_out: HeldOut | None = None


def source_of(folder: Path) -> Source:
    """What the run in `folder` was trained on.

    Raises:
        ConfigError: the run does not say.
    """
    try:
        settings = settings_in(folder)
        apart = settings.get("held_out")
        held_out = None if apart is None else HeldOut(**apart)
        return Source(settings["data"], dict(settings["options"]), held_out)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(
            f"{folder} does not say what it was trained on; name the data after it."
        ) from None


def read(data: str, **options: Any) -> LabelledImages:
    """Labelled images as the command line names them, with the options that were given.

    Quantities that come without a range get that of the data.
    """
    source, taken = arguments(data, options)
    found = load_data(source, **taken)
    condition = found.classes
    if isinstance(condition, Quantities) and condition.ranges is None:
        ranges = [(float(column.min()), float(column.max())) for column in found.labels.T]
        if all(low < high for low, high in ranges):
            found.classes = Quantities(condition.names, ranges)
    return found


def read_alike(data: str, own: Mapping[str, Any], usual: Mapping[str, Any]) -> LabelledImages:
    """Labelled images to compare with others, read as those are where this kind of data can be.

    Args:
        data: a name or a path.
        own: options that are given for these data.
        usual: those of the others.
    """
    taken = (options_of(*arguments(data, own)) | MEANINGS.keys()) - WHICH
    alike = {option: value for option, value in usual.items() if option in taken}
    return read(data, **{**alike, **own})


def test_set_of(source: Source) -> LabelledImages | None:
    """The test set that comes with a name such as mnist; None if there is none."""
    if source.data not in torchvision.FAMILY:
        return None
    return read(source.data, train=False, **source.options)
