"""`check_architecture`: what a pair of backbones must hold."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from condgan.classes import Classes
from condgan.modes import evaluating, in_mode, seeded
from condgan.networks.architecture import Architecture
from condgan.networks.conditional import ConditionalDiscriminator, ConditionalGenerator
from condgan.testing.faults import (
    check_devices,
    check_gradients,
    check_pickle,
    check_same,
    check_saved,
    fault,
    faults_of,
    global_streams_untouched,
    named,
)
from condgan.verdict import Verdict

CLASSES = Classes(["cat", "dog", "owl"])

N = 5
"""Images in a batch: a number that nothing else has."""


def check_architecture(
    architecture: str | Architecture,
    *,
    image_shape: tuple[int, int, int] = (1, 16, 16),
    **options: Any,
) -> None:
    """Whether a pair of backbones can be trained, drawn from, moved, saved, and made again.

    Args:
        architecture: a registered name, or the `Architecture`.
        image_shape: images to try it on.
        options: passed to it, such as `width`.

    Raises:
        PluginError: the first fault that was found, and what to do about it.

    Example:
        >>> from condgan.testing import check_architecture
        >>> check_architecture("mlp", image_shape=(3, 8, 8), width=16)
    """
    what, architecture = named("architecture", architecture)
    with faults_of(what), seeded(0):
        if not isinstance(architecture, Architecture):
            raise fault(what, f"it must be a condgan.Architecture; it is {architecture!r}.")
        check_pickle(what, architecture)
        made: dict[str, Any] = {"architecture": architecture, **options}
        with global_streams_untouched(what):
            _check_generator(f"{what}, generator", image_shape, made)
            for conditioning in dict.fromkeys((architecture.conditioning, "projection")):
                # "none" leaves the label to an auxiliary head.
                auxiliary = "ac" if conditioning == "none" else None
                also = {"conditioning": conditioning, "auxiliary": auxiliary}
                _check_discriminator(f"{what}, discriminator", image_shape, made | also)


def _check_generator(what: str, shape: tuple[int, int, int], options: dict[str, Any]) -> None:
    with faults_of(what):
        G, same, other = (
            ConditionalGenerator(CLASSES, shape, latent_dim=7, seed=seed, **options)
            for seed in (0, 0, 1)
        )
        z, labels = torch.randn(N, 7), torch.arange(N) % len(CLASSES)
        vectors = G.condition(labels).detach()
        _check_inputs(what, G.backbone, noise=z, label=vectors)
        _check_network(what, G, same, other, z, labels, (N, *shape))
        check_devices(what, G.backbone.eval(), z.detach(), vectors.detach())


def _check_discriminator(what: str, shape: tuple[int, int, int], options: dict[str, Any]) -> None:
    with faults_of(what):
        D, same, other = (
            ConditionalDiscriminator(CLASSES, shape, seed=seed, spectral_norm=False, **options)
            for seed in (0, 0, 1)
        )
        if getattr(D.backbone, "features", None) == 1:
            raise fault(
                what,
                "it gives a single number for an image, shape (N, 1), as if it were the logit. A "
                "backbone gives features, a row of many; condgan puts the head on that makes a "
                "logit of them.",
            )
        images, labels = torch.rand(N, *shape) * 2 - 1, torch.arange(N) % len(CLASSES)
        joined = D.conditioning == "concat"
        vectors = D.condition(labels).detach() if joined else torch.zeros(N, 0)
        _check_inputs(what, D.backbone, image=images, label=vectors)
        images, vectors = images.detach(), vectors.detach()
        _check_alone(what, D.backbone, images, vectors)
        logits = _Logits(D)
        _check_network(what, logits, _Logits(same), _Logits(other), images, labels, (N,))
        check_devices(what, D.backbone.eval(), images, vectors)


class _Logits(nn.Module):
    """A discriminator with whatever it says as one row of numbers, its second head included."""

    def __init__(self, D: ConditionalDiscriminator) -> None:
        super().__init__()
        self.D = D

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        said: Tensor | Verdict = self.D(images, labels)
        return said.logits + said.class_logits.sum(1) if isinstance(said, Verdict) else said


def _check_inputs(what: str, backbone: nn.Module, **inputs: Tensor) -> None:
    """Whether what goes in has a way to what comes out."""
    given = [x.requires_grad_() for x in inputs.values()]
    with in_mode(False, backbone):
        found: tuple[Tensor | None, ...] = torch.autograd.grad(
            backbone(*given).sum(), given, allow_unused=True
        )
    for (name, value), gradient in zip(inputs.items(), found, strict=True):
        if gradient is None and value.numel():
            raise fault(what, f"the {name} has no way to what it gives: it is ignored.")


def _check_network(
    what: str,
    network: nn.Module,
    same: nn.Module,
    other: nn.Module,
    first: Tensor,
    labels: Tensor,
    shape: tuple[int, ...],
) -> None:
    """What holds for both networks, of which `same` was made with the same seed."""

    def result(module: nn.Module) -> Tensor:
        with evaluating(module):
            out: Tensor = module(first.detach(), labels)
        return out

    check_same(
        what,
        result(network),
        result(network),
        "in evaluation mode it gives two results for the same input: it must not draw anything "
        "there, or the same seed would give another image.",
    )
    check_same(
        what,
        result(network),
        result(same),
        "two that were made with the same seed differ: draw initial weights from torch's stream.",
    )
    check_saved(what, network, other, result)
    for count in (1, N):
        with evaluating(network):
            alone = network(first[:count].detach(), labels[:count])
        if alone.shape != (count, *shape[1:]):
            raise fault(what, f"of a batch of {count} it gives the shape {tuple(alone.shape)}.")
    with in_mode(True, network):
        out = network(first.detach(), labels)
        if out.shape != shape:
            raise fault(
                what, f"in training mode it gives the shape {tuple(out.shape)}, not {shape}."
            )
        check_gradients(what, network, out.square().sum())
        copy.deepcopy(network)  # what averaged weights are kept in; after a step, too
    check_pickle(what, network)


def _check_alone(what: str, backbone: nn.Module, images: Tensor, vectors: Tensor) -> None:
    """Whether a backbone that says that it judges each image alone does."""
    if not getattr(backbone, "judges_each_alone", False):
        return
    with in_mode(True, backbone), torch.no_grad():
        for module in backbone.modules():
            if isinstance(module, nn.modules.dropout._DropoutNd):
                module.eval()  # each image has its own accidents
        check_same(
            what,
            backbone(images, vectors)[:2],
            backbone(images[:2], vectors[:2]),
            "it says judges_each_alone = True, but its features of an image change with the rest "
            "of the batch, as with batch normalisation. Leave that attribute out.",
        )
