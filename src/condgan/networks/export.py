"""Images of each class as files, each of which can be drawn again."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from condgan.arguments import seed_number, whole_number
from condgan.classes import Classes, Label
from condgan.errors import ConfigError, LabelError
from condgan.images import check_channels
from condgan.manifest import COLUMNS, NAME
from condgan.naming import portable_names
from condgan.networks import sampling
from condgan.png import Batch, written

BATCH = 500
"""Images drawn at a time, so that memory does not grow with their number."""


def export_images(
    G: Any,
    folder: str | PathLike[str],
    counts: Mapping[Label, int],
    seed: int = 0,
    *,
    threads: int | None = None,
) -> Path:
    """Writes PNG files in a folder for each class that gets any, and a manifest of them.

    Image number i of the whole export starts from the noise of the seed `seed + i`, so
    `G.generate(label, seed=that_seed)` draws it again, to within rounding, given the weights that
    the manifest names. `load_data(folder)` reads the images back, with their labels also where no
    folder could have such a name.

    Args:
        G: a generator with classes.
        folder: where to; empty, or made if it does not exist.
        counts: how many images of each label.
        seed: of the first image.
        threads: that write files while the next images are drawn; None for as many as torch
            computes with. The files do not depend on it.

    Returns:
        The manifest, `manifest.csv`: file, label, seed, and the sha256 of the weights.

    Raises:
        LabelError: an unknown label, or a generator without classes.
        ConfigError: a folder with files, a count that is not a whole number from 0, images that
            are no pictures, more images than there are seeds left, or no threads.
        WriteError: no room, or no permission. Files that are there by then are complete, and the
            manifest names none that is not.

    Example:
        >>> import tempfile, condgan
        >>> from condgan.networks.export import export_images
        >>> G = condgan.ConditionalGenerator(["cat", "dog"], (1, 8, 8))
        >>> folder = tempfile.mkdtemp()
        >>> manifest = export_images(G, folder, {"cat": 2, "dog": 1})
        >>> manifest.read_text().splitlines()[3].split(",")[:3]
        ['dog/00000002.png', 'dog', '2']
    """
    if not isinstance(G.classes, Classes):
        raise LabelError(f"images are exported by class; this generator draws {G.classes!r}.")
    check_channels(G.image_shape[0])
    seed = seed_number(seed)
    wanted = {label: whole_number("a count", n, least=0) for label, n in counts.items()}
    threads = None if threads is None else whole_number("threads", threads)
    # Refused before anything is written: an unknown label, and seeds that would run out.
    G.classes.canonical(list(wanted))
    seed_number(seed + sum(wanted.values()))
    target = Path(folder)
    if target.is_dir() and any(target.iterdir()):
        raise ConfigError(
            f"{target} holds files; export to an empty folder, so that no image of other weights "
            "is taken for one of these."
        )
    target.mkdir(parents=True, exist_ok=True)
    sampling.warn_of_unseen(G, G.classes.canonical([k for k, count in wanted.items() if count]))
    names = portable_names(wanted)
    weights = weights_hash(G)
    parts = list(_parts(wanted, seed))
    manifest = target / NAME

    def batches() -> Iterator[Batch]:
        for label, seeds in parts:
            place = target / names[label]
            place.mkdir(exist_ok=True)
            yield _drawn(G, label, seeds), [place / f"{own:08d}.png" for own in seeds]

    with (
        manifest.open("w", newline="", encoding="utf-8") as file,
        closing(written(batches(), threads)) as done,
    ):
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for (label, seeds), paths in zip(parts, done, strict=True):
            for own, path in zip(seeds, paths, strict=True):
                writer.writerow([path.relative_to(target).as_posix(), label, own, weights])
    return manifest


def _parts(counts: Mapping[Label, int], seed: int) -> Iterator[tuple[Label, range]]:
    """The seeds of each class, at most `BATCH` at a time."""
    for label, count in counts.items():
        for start in range(seed, seed + count, BATCH):
            yield label, range(start, min(start + BATCH, seed + count))
        seed += count


def weights_hash(network: torch.nn.Module) -> str:
    """The sha256 of a network's parameters and buffers, by name."""
    digest = hashlib.sha256()
    for name, value in network.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _drawn(G: Any, label: Label, seeds: range) -> Tensor:
    z = torch.cat([sampling.noise(1, G.latent_dim, own) for own in seeds])
    rows = G.classes.canonical(label).repeat(len(seeds))
    return sampling.draw(G, rows, z=z)
