"""The library's own names, registered through the same hooks as anybody else's."""

from collections.abc import Callable, Mapping
from typing import Any

from condgan.data.digits import digits
from condgan.data.glyphs import glyphs
from condgan.data.readers import torchvision
from condgan.metrics.spread import within_class_spread
from condgan.networks.architecture import Architecture
from condgan.networks.dcgan import DCGAN
from condgan.networks.labels import Continuous, Embedding, MultiHot, OneHot
from condgan.networks.mlp import MLP
from condgan.networks.resnet import RESNET
from condgan.objectives.losses import (
    BinaryCrossEntropy,
    Hinge,
    LeastSquares,
    Relativistic,
    Wasserstein,
)
from condgan.plugins import metrics
from condgan.plugins.hookspecs import hookimpl
from condgan.training import presets
from condgan.training.callbacks import (
    AdaptAugment,
    Checkpoint,
    ImageSnapshots,
    LiveReport,
    LossHistory,
    Progress,
    TensorBoard,
    Transition,
)


@hookimpl
def condgan_architectures() -> Mapping[str, Architecture]:
    return {"mlp": MLP, "dcgan": DCGAN, "resnet": RESNET}


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
    return {
        "binary-cross-entropy": BinaryCrossEntropy,
        "least-squares": LeastSquares,
        "hinge": Hinge,
        "wasserstein": Wasserstein,
        "relativistic": Relativistic,
    }


@hookimpl
def condgan_algorithms() -> Mapping[str, Callable[..., Any]]:
    return {
        "quick": presets.quick,
        "quality": presets.quality,
        "article": presets.article,
        "wgan-gp": presets.wgan_gp,
        "ac-gan": presets.ac_gan,
        "sngan": presets.sngan,
        "r3gan": presets.r3gan,
    }


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
        "live-report": LiveReport,
        "progress": Progress,
        "tensorboard": TensorBoard,
        "adapt-augment": AdaptAugment,
        "checkpoint": Checkpoint,
        "transition": Transition,
    }


@hookimpl
def condgan_metrics() -> Mapping[str, Callable[..., Any]]:
    return {
        "accuracy": metrics.accuracy,
        "frechet": metrics.frechet,
        "within-class-spread": within_class_spread,
    }
