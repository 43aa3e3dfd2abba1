"""The two networks of a conditional GAN, put together: label encoder, backbone, and head."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from condgan.arguments import whole_number
from condgan.classes import Label
from condgan.conditions import Condition
from condgan.errors import ConfigError
from condgan.networks import onnx, sampling
from condgan.networks.architecture import (
    Architecture,
    Conditioning,
    check_images,
    feature_count,
)
from condgan.networks.base import Conditional, initial_weights
from condgan.networks.heads import (
    LinearHead,
    ProjectionHead,
    auxiliary_outputs,
    chosen_conditioning,
)
from condgan.networks.layers import spectrally_normalised
from condgan.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class ConditionalGenerator(Conditional):
    """Draws images of the class that is asked for.

    Args:
        classes: the labels as `data.classes`, a list of labels, or a number K (labels are then
            `0` to `K-1`); for the encoders `multihot` and `continuous`, how many numbers make a
            condition.
        image_shape: `(channels, height, width)`, as `data.image_shape`.
        latent_dim: how many normal numbers a drawing starts from.
        architecture: a registered name ("mlp", "dcgan", "resnet"), an `Architecture`, or "auto":
            `mlp` for images below 16 pixels, `dcgan` to 64, `resnet` above. `print(G)` says which.
        encoder: `onehot` (the default for classes), `embedding`, `multihot`, `continuous`,
            another registered name, or a module of your own from labels to `(N, size)`.
        seed: makes the initial weights repeatable, and leaves torch's global stream alone.
        options: passed to the architecture, such as `width` and `depth`.

    Attributes:
        unseen: labels of the classes of which no training has shown it an image; None until a
            Trainer has trained it. Saved with it; drawing such a class warns.

    Raises:
        ConfigError: a size that is not a positive whole number, an unknown option, or an encoder
            for another kind of condition.
        UnknownNameError: an architecture or encoder that nothing is registered under.

    Example:
        >>> import condgan
        >>> G = condgan.ConditionalGenerator(["cat", "dog"], (3, 16, 16))
        >>> G.generate("cat", n=4).shape
        torch.Size([4, 3, 16, 16])
    """

    role = "generator"

    def __init__(
        self,
        classes: Condition | int | Iterable[Label],
        image_shape: tuple[int, int, int],
        *,
        latent_dim: int = 100,
        architecture: str | Architecture = "auto",
        encoder: str | nn.Module | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        latent_dim = whole_number("latent_dim", latent_dim)
        with initial_weights(seed):
            super().__init__(classes, image_shape, architecture, encoder, options)
            self.latent_dim = latent_dim
            self.unseen: tuple[Label, ...] | None = None
            self.backbone = self._backbone(
                self.architecture.generator, latent_dim, self.condition_size, self.image_shape
            )
            check_images(self.backbone, latent_dim, self.condition_size, self.image_shape)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Noise `(N, latent_dim)` and canonical labels to images `(N, C, H, W)` in [-1, 1].

        Canonical labels are class ids int64 `(N,)`, or conditions float32 `(N, size)`: what
        `G.classes.canonical(your_labels)` gives. `generate` takes your own labels.
        """
        images: Tensor = self.backbone(z, self.condition(labels))
        return images

    def arguments(self) -> dict[str, Any]:
        return {"latent_dim": self.latent_dim}

    def config(self) -> dict[str, Any]:
        trained = {} if self.unseen is None else {"unseen": list(self.unseen)}
        return {**super().config(), **trained}

    def generate(
        self,
        labels: Any = None,
        n: int | None = None,
        *,
        z: Tensor | None = None,
        seed: int | None = None,
        batch_size: int = 1024,
    ) -> Tensor:
        """Draws images of the classes that are named, in your own labels.

        Args:
            labels: one label (`"cat"`), several (`["cat", "dog"]`), a number of each
                (`{"cat": 3, "dog": 5}`), or None for every class in order. With `multihot` a set
                of names or rows of 0 and 1; with `continuous` a number or rows of numbers.
            n: images of each label, one after another; 1 if left out. Not with a dict.
            z: noise to start from, `(images, latent_dim)`, instead of fresh noise.
            seed: draws the same images again, on any device, and leaves torch's global stream
                alone.
            batch_size: images drawn at a time; the result does not depend on it.

        Returns:
            float32 `(images, C, H, W)` in [-1, 1], on the generator's device. Drawn in evaluation
            mode without gradients; the network's mode is left as it was.

        Raises:
            LabelError: an unknown label; the message lists the known ones.
            ConfigError: a count that is not a whole number from 0, `n` with a dict, or `z` of
                another shape.

        Warns:
            UserWarning: a class of which there was no image in training.
        """
        rows = sampling.requested(self.classes, labels, n)
        sampling.warn_of_unseen(self, rows)
        return sampling.draw(self, rows, z=z, seed=seed, batch_size=batch_size)

    def plot_images(self, labels: Any = None, n: int = 9, *, seed: int | None = None) -> Figure:
        """Shows `n` images of each label named (of every class if none is) as a figure.

        A dict shows as many of each as it says.

        Raises:
            MissingExtraError: matplotlib is not installed (extra `plot`).
            LabelError: an unknown label.
        """
        return sampling.plot(self, labels, n, seed=seed)

    def export_onnx(self, path: str | PathLike[str]) -> Path:
        """Writes the generator as an ONNX file, which other tools draw with (extra `onnx`).

        Its inputs are `z`, float32 `(N, latent_dim)` of normal numbers, and `label`, class ids
        int64 `(N,)` (or conditions float32 `(N, size)`), for any N; its output is `images`,
        float32 `(N, C, H, W)` in [-1, 1]. The file's metadata hold, as JSON, the `classes` in the
        order of their ids (or the `condition`), `image_shape` and `latent_dim`.

        Args:
            path: of the file; an earlier one is replaced.

        Returns:
            The path.

        Raises:
            ConfigError: an architecture or encoder of your own cannot be exported.
            WriteError: no room, no permission, or no such folder.
            MissingExtraError: onnx or onnxscript is not installed.
        """
        return onnx.export(self, path)


class ConditionalDiscriminator(Conditional):
    """Judges whether an image is real, given the class it should show.

    Args:
        classes, image_shape, architecture, encoder, seed, options: as for `ConditionalGenerator`.
            An encoder module of your own must be another object than the generator's, since each
            network trains its own.
        conditioning: where the label comes in. "concat" joins it to the image before the
            backbone, "projection" compares it with the image's features (`ProjectionHead`),
            "none" leaves it to the auxiliary head. By default the architecture's choice, or
            "projection" where that is "concat" and there is an auxiliary head.
        auxiliary: a second head, which names what an image shows. "ac" gives a logit a class or
            attribute, as AC-GAN wants it; "adc" two, for real and for fake images of it, as
            ADC-GAN does. The network then returns a `Verdict`.
        spectral_norm: whether every weight is divided by its largest singular value; an encoder
            module of your own is left as it is. By default the architecture's choice.

    Raises:
        ConfigError, UnknownNameError: as for `ConditionalGenerator`.

    Example:
        >>> import torch, condgan
        >>> D = condgan.ConditionalDiscriminator(10, (1, 28, 28))
        >>> D(torch.zeros(5, 1, 28, 28), torch.tensor([0, 1, 2, 3, 4])).shape
        torch.Size([5])
    """

    role = "discriminator"

    def __init__(
        self,
        classes: Condition | int | Iterable[Label],
        image_shape: tuple[int, int, int],
        *,
        architecture: str | Architecture = "auto",
        encoder: str | nn.Module | None = None,
        conditioning: Conditioning | None = None,
        auxiliary: Literal["ac", "adc"] | None = None,
        spectral_norm: bool | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        with initial_weights(seed):
            super().__init__(classes, image_shape, architecture, encoder, options)
            self.conditioning = chosen_conditioning(conditioning, auxiliary, self.architecture)
            self.auxiliary = auxiliary
            joined = self.condition_size if self.conditioning == "concat" else 0
            self.backbone = self._backbone(
                self.architecture.discriminator, joined, self.image_shape
            )
            self.judges_each_alone = bool(getattr(self.backbone, "judges_each_alone", False))
            features = feature_count(self.backbone, joined, self.image_shape)
            projects = self.conditioning == "projection"
            self.head = (
                ProjectionHead(features, self.condition_size) if projects else LinearHead(features)
            )
            outputs = auxiliary_outputs(self.classes, auxiliary)
            self.auxiliary_head = nn.Linear(features, outputs) if outputs else None
            if spectral_norm is None:
                spectral_norm = self.architecture.spectral_norm
            if not isinstance(spectral_norm, bool):
                raise ConfigError(f"spectral_norm is True, False or None; got {spectral_norm!r}.")
            self.spectral_norm = spectral_norm
            if spectral_norm:
                by_name = self.encoder if self.settings["encoder"] else None
                for part in (by_name, self.backbone, self.head, self.auxiliary_head):
                    if part is not None:
                        spectrally_normalised(part)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor | Verdict:
        """Images `(N, C, H, W)` in [-1, 1] and canonical labels to raw logits `(N,)`.

        A positive logit says real. There is no sigmoid: it lives in the loss. With an auxiliary
        head, a `Verdict` of those logits and the class logits.
        """
        condition = self.condition(labels)
        features = self.backbone(
            images, condition if self.conditioning == "concat" else condition[:, :0]
        )
        # Logits are told apart by small differences, which half the bits would round away.
        with torch.autocast(images.device.type, enabled=False):
            features = features.to(condition.dtype)
            logits: Tensor = self.head(features, condition)
            if self.auxiliary_head is None:
                return logits
            return Verdict(logits, self.auxiliary_head(features))

    def extra_repr(self) -> str:
        return (
            f"{super().extra_repr()}, conditioning={self.conditioning!r}, "
            f"auxiliary={self.auxiliary!r}, spectral_norm={self.spectral_norm}"
        )

    def arguments(self) -> dict[str, Any]:
        return {
            "conditioning": self.conditioning,
            "auxiliary": self.auxiliary,
            "spectral_norm": self.spectral_norm,
        }
