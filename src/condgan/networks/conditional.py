"""The two networks of a conditional GAN, put together: label encoder, backbone, and head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Self

import torch
from torch import Tensor, nn

from condgan.arguments import seed_number, whole_number
from condgan.classes import Label
from condgan.conditions import Condition
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.modes import seeded
from condgan.networks import pretrained, sampling
from condgan.networks.architecture import (
    Architecture,
    Conditioning,
    check_images,
    feature_count,
    fitting,
)
from condgan.networks.heads import (
    LinearHead,
    ProjectionHead,
    auxiliary_outputs,
    chosen_conditioning,
)
from condgan.networks.labels import default_encoder, make_encoder
from condgan.networks.layers import spectrally_normalised
from condgan.plugins.registry import lookup
from condgan.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class _Conditional(nn.Module):
    """What both networks share: the condition, its encoder, the architecture, the settings."""

    role: str

    def __init__(
        self,
        classes: Condition | int | Iterable[Label],
        image_shape: tuple[int, int, int],
        architecture: str | Architecture,
        encoder: str | nn.Module | None,
        options: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.image_shape = checked_image_shape(image_shape)
        if encoder is None:
            encoder = default_encoder(classes)
        if architecture == "auto":
            architecture = fitting(self.image_shape)
        self.settings: dict[str, Any] = {
            "architecture": architecture if isinstance(architecture, str) else None,
            "encoder": encoder if isinstance(encoder, str) else None,
            "options": dict(options),
        }
        if isinstance(architecture, str):
            architecture = lookup("architecture", architecture)
        if not isinstance(architecture, Architecture):
            raise ArgumentTypeError(
                f"architecture must be a name or an Architecture; got {architecture!r}."
            )
        self.architecture = architecture
        self.classes, self.encoder, self.condition_size = make_encoder(classes, encoder)
        self.condition_strength: Tensor
        self.register_buffer("condition_strength", torch.ones(()))

    def condition(self, labels: Tensor) -> Tensor:
        """Canonical labels to vectors `(N, condition_size)`, as strong as the condition is now.

        `condition_strength` is 1 but while a callback turns the condition on bit by bit. The
        vectors have its precision, which is the network's own, whatever the encoder gives.
        """
        vectors: Tensor = self.encoder(labels)
        return vectors.to(self.condition_strength.dtype) * self.condition_strength

    def extra_repr(self) -> str:
        return (
            f"{self.classes!r}, {self.image_shape}, "
            f"architecture={self.settings['architecture'] or self.architecture!r}"
        )

    def _backbone(self, make: Any, *sizes: Any) -> nn.Module:
        try:
            backbone: nn.Module = make(*sizes, **self.settings["options"])
        except TypeError as error:
            raise ConfigError(
                f"architecture {self.settings['architecture'] or self.architecture!r} cannot be "
                f"made with the options {self.settings['options']}: {error}."
            ) from error
        return backbone

    def config(self) -> dict[str, Any]:
        """Plain values from which `from_pretrained` makes the same network again."""
        return {
            "role": self.role,
            "classes": self.classes.config(),
            "image_shape": list(self.image_shape),
            **self.settings,
        }

    def save_pretrained(self, folder: str | PathLike[str]) -> None:
        """Writes `config.json` (settings and class labels) and `weights.pt` (plain tensors).

        Args:
            folder: where to; made if it does not exist.

        Raises:
            ConfigError: the settings hold something that is not a plain value.
        """
        pretrained.save(self, self.config(), folder)

    @classmethod
    def from_pretrained(
        cls,
        folder: str | PathLike[str],
        *,
        architecture: Architecture | None = None,
        encoder: nn.Module | None = None,
    ) -> Self:
        """Makes the network that `save_pretrained` wrote, on the CPU; runs no code of the file.

        Args:
            folder: where it was written.
            architecture: needed only if it was made with one that has no name.
            encoder: needed only if it was made with a module of your own.

        Raises:
            MissingFileError: a file is not there.
            FileFormatError: a file is damaged, or holds another network.
            ConfigError: `architecture` or `encoder` is needed and was not given.
        """
        return pretrained.load(cls, cls.role, folder, architecture=architecture, encoder=encoder)


class ConditionalGenerator(_Conditional):
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

    def config(self) -> dict[str, Any]:
        trained = {} if self.unseen is None else {"unseen": list(self.unseen)}
        return {**super().config(), "latent_dim": self.latent_dim, **trained}

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


class ConditionalDiscriminator(_Conditional):
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

    def config(self) -> dict[str, Any]:
        return {
            **super().config(),
            "conditioning": self.conditioning,
            "auxiliary": self.auxiliary,
            "spectral_norm": self.spectral_norm,
        }


def checked_image_shape(image_shape: Any) -> tuple[int, int, int]:
    """`image_shape` as three positive whole numbers, or an error that says what came."""
    try:
        channels, height, width = (int(size) for size in image_shape)
        whole = [channels, height, width] == list(image_shape)
    except (TypeError, ValueError, OverflowError):
        channels = height = width = 0
        whole = False
    if not whole or min(channels, height, width) < 1:
        raise ConfigError(
            f"image_shape must be (channels, height, width), such as (1, 28, 28); "
            f"got {image_shape!r}."
        )
    return (channels, height, width)


def initial_weights(seed: int | None) -> AbstractContextManager[None]:
    """Draws initial weights from `seed` inside the block, if there is one."""
    return nullcontext() if seed is None else seeded(seed_number(seed))
