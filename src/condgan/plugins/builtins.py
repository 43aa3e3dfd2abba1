"""The library's own names, registered through the same hooks as anybody else's."""

from collections.abc import Callable, Mapping
from typing import Any

from condgan.data.digits import digits
from condgan.data.glyphs import glyphs
from condgan.data.readers import torchvision
from condgan.metrics.spread import within_class_spread
from condgan.networks.architecture import Architecture
from condgan.networks.labels import Continuous, Embedding, MultiHot, OneHot
from condgan.networks.mlp import MLP
from condgan.objectives.losses import BinaryCrossEntropy
from condgan.plugins.hookspecs import hookimpl
from condgan.training.algorithms.adversarial import Adversarial
from condgan.training.algorithms.article import Article
from condgan.training.callbacks import ImageSnapshots, LossHistory, Progress


@hookimpl
def condgan_architectures() -> Mapping[str, Architecture]:
    return {"mlp": MLP}


@hookimpl
def condgan_label_encoders() -> Mapping[str, Callable[..., Any]]:
    return {
        "onehot": OneHot,
        "embedding": Embedding,
        "multihot": MultiHot,
        "continuous": Continuous,
    }


@hookimpl
def condgan_losses() -> Mapping[str, Callable[..., Any]]:
    return {"binary-cross-entropy": BinaryCrossEntropy}


@hookimpl
def condgan_algorithms() -> Mapping[str, Callable[..., Any]]:
    return {"article": Article, "quick": Adversarial}


@hookimpl
def condgan_datasets() -> Mapping[str, Callable[..., Any]]:
    return {
        "digits": digits,
        "glyphs": glyphs,
        **torchvision.FAMILY,
    }


@hookimpl
def condgan_callbacks() -> Mapping[str, Callable[..., Any]]:
    return {
        "loss-history": LossHistory,
        "image-snapshots": ImageSnapshots,
        "progress": Progress,
    }


@hookimpl
def condgan_metrics() -> Mapping[str, Callable[..., Any]]:
    return {"within-class-spread": within_class_spread}
