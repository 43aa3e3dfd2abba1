"""What a generator and a discriminator share: the condition, its encoder, how they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from condgan.arguments import seed_number
from condgan.classes import Classes, Label
from condgan.conditions import Condition
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.modes import seeded
from condgan.networks import hub, origins, pretrained, reclassed
from condgan.networks.architecture import Architecture, fitting
from condgan.networks.labels import default_encoder, make_encoder
from condgan.networks.weights import Format
from condgan.plugins.registry import lookup


class Conditional(nn.Module):
    """A network with a condition, made of an architecture that has a name or is given."""

    role: ClassVar[str]

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

    def arguments(self) -> dict[str, Any]:
        """What only this kind of network is made with, as plain values."""
        return {}

    def config(self) -> dict[str, Any]:
        """Plain values from which `from_pretrained` makes the same network again."""
        return {
            "role": self.role,
            "classes": self.classes.config(),
            "image_shape": list(self.image_shape),
            **self.settings,
            **self.arguments(),
            **origins.recorded(self.settings),
        }

    def save_pretrained(self, folder: str | PathLike[str], *, format: Format = "pt") -> None:
        """Writes `config.json` (settings and class labels) and the weights, as plain tensors.

        Args:
            folder: where to; made if it does not exist. A network of the same role that was saved
                there is replaced.
            format: "pt" for `weights.pt`, "safetensors" for `model.safetensors`, which other
                tools read as well (extra `hub`).

        Raises:
            ConfigError: the settings hold something that is not a plain value, there is no such
                format, or the folder holds the other network of a pair, or something else.
            WriteError: no room, or no permission; what was there before still is.
            MissingExtraError: safetensors is not installed.
        """
        pretrained.save(self, self.config(), folder, format)

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
            folder: where it was written. `"hf://user/name"`, or `"hf://user/name@revision"`, is a
                repository of the Hugging Face hub (extra `hub`), and so is the text
                `"user/name"` where there is no folder `user`.
            architecture: needed only if it was made with one that has no name.
            encoder: needed only if it was made with a module of your own.

        Raises:
            MissingFileError: a file is not there.
            FileFormatError: a file is damaged, of a newer version, or holds another network.
            UnknownNameError: it needs a plugin that is not installed; the message says which.
            ConfigError: `architecture` or `encoder` is needed and was not given.
            MissingExtraError: huggingface_hub or safetensors is not installed.
        """
        source = hub.located(folder)
        return pretrained.load(cls, cls.role, source, architecture=architecture, encoder=encoder)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        token: str | None = None,
        message: str | None = None,
    ) -> str:
        """Uploads the network to the Hugging Face hub: settings, safetensors, and a model card.

        The repository is made if it does not exist. A model card that is there is left as it is.
        One repository holds one network: D, if you share it, goes to another.

        Args:
            repo_id: `"user/name"`.
            private: whether only you can see a repository that is made; None as you have set it.
            token: of your account; None for the one that `hf auth login` kept.
            message: of the commit.

        Returns:
            The address of the repository.

        Raises:
            ConfigError: the repository holds the other network of a pair, or something else, or
                the settings cannot be written down.
            MissingExtraError: huggingface_hub or safetensors is not installed (extra `hub`).
        """
        return hub.push(self, repo_id, private=private, token=token, message=message)

    def with_classes(
        self, classes: Classes | int | Iterable[Label], *, seed: int | None = None
    ) -> Self:
        """A new network for other classes; those that it has already keep what was learnt of them.

        Classes are matched by label, so they may be added, dropped, and put in another order. A
        new one starts as the mean of the old ones, with a little noise; train on to make it its
        own. This network is left as it is.

        Args:
            classes: all labels that the new network is to have, in order.
            seed: makes the new class's weights repeatable, and leaves torch's global stream
                alone.

        Raises:
            ConfigError: the condition is not classes, none of the old ones is kept, the encoder
                is a module of your own, or the architecture's weights do not say which of them
                belong to which class.

        Example:
            >>> import torch, condgan
            >>> G = condgan.ConditionalGenerator(["cat", "dog"], (1, 8, 8), encoder="embedding")
            >>> more = G.with_classes(["cat", "dog", "owl"])
            >>> torch.equal(more.generate("dog", seed=1), G.generate("dog", seed=1))
            True
        """
        return reclassed.with_classes(self, classes, seed=seed)

    def remade(self, classes: Condition, *, seed: int | None = None) -> Self:
        """A network with the same settings and fresh weights, for another condition."""
        named = self.settings
        make: Any = type(self)
        made: Self = make(
            classes,
            self.image_shape,
            architecture=named["architecture"] or self.architecture,
            encoder=named["encoder"],
            seed=seed,
            **self.arguments(),
            **named["options"],
        )
        return made


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
