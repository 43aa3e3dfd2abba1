"""What the commands read from a run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from condgan.classes import Classes, Label
from condgan.cli.folders import SETTINGS
from condgan.cli.held_out import HeldOut
from condgan.data.labelled import LabelledImages
from condgan.data.load import load_data
from condgan.data.readers import torchvision
from condgan.errors import ConfigError
from condgan.networks.conditional import ConditionalGenerator

ROWS = 20
"""Classes that a picture shows at most."""


def classes_of(G: ConditionalGenerator) -> Classes:
    """The classes of a run, which the command line needs."""
    if not isinstance(G.classes, Classes):
        raise ConfigError(
            f"the command line draws classes, but this run's labels are {G.classes!r}; "
            "use ConditionalGenerator.from_pretrained(RUN).generate(...) in Python."
        )
    return G.classes


def shown(G: ConditionalGenerator) -> list[Label]:
    """The classes that a picture has rows for."""
    return list(classes_of(G).labels[:ROWS])


class Source(NamedTuple):
    """Where real images are.

    Attributes:
        data: as `load_data` takes it.
        image_size: to which they are resized.
        held_out: the part of them that a run was not trained on, if any.
    """

    data: str
    image_size: int | None
    held_out: HeldOut | None = None


def source_of(folder: Path, given: str | None, image_size: int | None) -> Source:
    """What is named, or what the run in `folder` was trained on.

    Raises:
        ConfigError: nothing is named, and the run does not say.
    """
    if given is not None:
        return Source(given, image_size)
    try:
        settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        apart = settings.get("held_out")
        held_out = None if apart is None else HeldOut(**apart)
        return Source(settings["data"], settings["image_size"], held_out)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(
            f"{folder} does not say what it was trained on; name the data after it."
        ) from None


def read(source: str, image_size: int | None) -> LabelledImages:
    """Labelled images as the command line names them."""
    options: dict[str, Any] = {} if image_size is None else {"image_size": image_size}
    return load_data(source, **options)


def test_set_of(source: str, given: str | None, image_size: int | None) -> LabelledImages | None:
    """Real images that were not trained on: those named, or the test set that comes with a name."""
    if given is not None:
        return read(given, image_size)
    if source in torchvision.FAMILY:
        return load_data(source, train=False)
    return None
