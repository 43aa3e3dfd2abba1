"""Saves pictures of what the generator draws as it learns."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from condgan.arguments import seed_number, whole_number
from condgan.classes import Classes, is_one_label
from condgan.errors import ConfigError
from condgan.images import check_channels, grid
from condgan.networks import sampling
from condgan.pictures.film import film_of
from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class ImageSnapshots(Callback):
    """A PNG grid every few epochs or steps, a row a class, always from the same noise.

    Since noise and labels stay, two grids differ only by what was learnt between them. Drawing
    takes nothing from the random streams of training. Cell i of row r is
    `G.generate(label_r, n=1, z=z[r * n + i : r * n + i + 1])` for
    `z = condgan.networks.sampling.noise(rows * n, G.latent_dim, seed)`.

    Args:
        directory: where to; made when training starts.
        every: how many epochs (or steps) lie between two pictures.
        unit: "epochs" or "steps".
        n: images in a row.
        labels: a row for each of these labels; every class if left out.
        film: ending of one animated picture of the grids, each under its epoch or step, made when
            training ends (of more than 60 some are left out); None for none.
        seed: of the noise.

    Raises:
        ConfigError: a number that is not positive, or another unit; when training starts, a file
            in the place of the directory, or no `labels` where the generator has no classes.

    Example:
        >>> import condgan
        >>> snapshots = condgan.ImageSnapshots("pictures", every=100, unit="steps")
    """

    def __init__(
        self,
        directory: str | PathLike[str] = "snapshots",
        every: int = 1,
        unit: Literal["epochs", "steps"] = "epochs",
        n: int = 8,
        labels: Sequence[Any] | None = None,
        film: Literal["gif", "webp"] | None = "gif",
        seed: int = 0,
    ) -> None:
        if unit not in ("epochs", "steps"):
            raise ConfigError(f"unit must be 'epochs' or 'steps'; got {unit!r}.")
        if film not in ("gif", "webp", None):
            raise ConfigError(f"film must be 'gif', 'webp' or None; got {film!r}.")
        self.directory = Path(directory).expanduser()
        self.every = whole_number("every", every)
        self.unit = unit
        self.n = whole_number("n", n)
        self.labels = [labels] if labels is not None and is_one_label(labels) else labels
        self.film = film
        self.seed = seed_number(seed)
        self.saved: list[Path] = []

    def on_fit_start(self, state: TrainState) -> None:
        if state.step == 0:
            self.saved = []
        condition = state.generator.classes
        if self.labels is None and not isinstance(condition, Classes):
            raise ConfigError(
                f"say which conditions to draw: ImageSnapshots(labels=...), each {condition!r}."
            )
        check_channels(state.generator.image_shape[0])
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise ConfigError(
                f"snapshots go to a folder, but {self.directory} is, or lies in, a file; name "
                "another: ImageSnapshots(directory=...)."
            ) from None
        labels = condition.labels if self.labels is None else self.labels
        self._names = [str(label) for label in labels]
        self._rows = sampling.requested(condition, labels, self.n)
        self._z = sampling.noise(len(self._rows), state.generator.latent_dim, self.seed)

    def on_batch_end(self, state: TrainState) -> None:
        if self.unit == "steps" and state.step % self.every == 0:
            self._save(state, f"step-{state.step:07d}.png")

    def on_epoch_end(self, state: TrainState) -> None:
        if self.unit == "epochs" and state.epoch % self.every == 0:
            self._save(state, f"epoch-{state.epoch:04d}.png")

    def on_fit_end(self, state: TrainState) -> None:
        there = [picture for picture in self.saved if picture.is_file()]
        if self.film and len(there) > 1:
            film_of(there).save(self.directory / f"film.{self.film}")

    def state_dict(self) -> dict[str, Any]:
        return {"saved": [str(path) for path in self.saved]}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.saved = [Path(path) for path in saved["saved"]]

    def _save(self, state: TrainState, name: str) -> None:
        images = sampling.draw(state.generator, self._rows, z=self._z)
        path = self.directory / name
        grid(images, self.n, self._names).save(path)
        self.saved.append(path)
