"""What images are compared by: rows of features, and where these come from."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from condgan.cache import cache_folder
from condgan.classes import Classes
from condgan.data.labelled import LabelledImages
from condgan.errors import DataError, MissingExtraError
from condgan.metrics.classifier import Classifier, train_classifier
from condgan.modes import evaluating

BATCH = 500


@dataclass(frozen=True)
class Features:
    """A way to turn images into rows of numbers, and its name.

    Attributes:
        name: says which network, so that figures from different ones are not compared.
        resize: how images are brought to the network's size; "none" if they are not.
        extract: images float32 `(N, C, H, W)` in [-1, 1] to features `(N, F)`.

    Example:
        >>> import torch
        >>> pixels = Features("pixels", "none", lambda images: images.flatten(1))
        >>> pixels(torch.zeros(3, 1, 8, 8)).shape
        torch.Size([3, 64])
    """

    name: str
    resize: str
    extract: Callable[[Tensor], Tensor]

    def __call__(self, images: Tensor) -> Tensor:
        """Features float32 `(N, F)` on the CPU, drawn without gradients.

        Raises:
            DataError: the network gives anything but a row for each image.
        """
        with torch.no_grad():
            rows = [self.extract(part) for part in torch.split(images, BATCH)]
        found = torch.cat([row.detach().float().cpu() for row in rows])
        if found.ndim != 2 or len(found) != len(images):
            raise DataError(
                f"features are a row for each of {len(images)} images; {self.name} gave "
                f"{tuple(found.shape)}."
            )
        return found


def classifier_features(classifier: Classifier, name: str) -> Features:
    """The last hidden layer of a classifier of the user's own images."""
    return Features(name, "none", classifier.features)


def module_features(module: nn.Module) -> Features:
    """Any module from images to rows, in evaluation mode; its mode is left as it was."""

    def extract(images: Tensor) -> Tensor:
        with evaluating(module):
            rows: Tensor = module(images)
        return rows.flatten(1)

    weights = hashlib.sha256(repr(module).encode())  # pooling and resizing have no weights
    for value in module.state_dict().values():
        weights.update(_raw(value))
    return Features(f"{type(module).__name__}-{weights.hexdigest()[:8]}", "none", extract)


def inception_features(dimensions: int = 2048) -> Features:
    """The usual Inception network of FID and KID, through torchmetrics and torch-fidelity.

    Gray images are repeated over three channels. Its weights are downloaded the first time.

    Args:
        dimensions: which layer: 64, 192, 768 or 2048.

    Raises:
        MissingExtraError: torchmetrics or torch-fidelity is not installed (extra `metrics`).
    """
    try:
        from torchmetrics.image.fid import NoTrainInceptionV3

        # Only when it is made does torchmetrics ask for torch-fidelity.
        network: Any = NoTrainInceptionV3("inception-v3-compat", [str(dimensions)])
    except ImportError:
        raise MissingExtraError(
            "Inception features", "torchmetrics with torch-fidelity", "metrics"
        ) from None

    def extract(images: Tensor) -> Tensor:
        if images.shape[1] == 1:
            images = images.repeat(1, 3, 1, 1)
        pixels = images.add(1).mul(127.5).round().clamp(0, 255).byte()
        rows: Tensor = network(pixels)
        return rows.reshape(len(images), -1)

    return Features(f"inception-v3-compat-{dimensions}", "tf1 bilinear 299x299", extract)


def fingerprint(data: LabelledImages) -> str:
    """A short text that is the same for the same images, labels and classes, and for no others."""
    digest = hashlib.sha256(repr((data.classes.config(), data.image_shape)).encode())
    for values in (data.images, data.labels):
        digest.update(str(values.dtype).encode())
        digest.update(_raw(values))
    return digest.hexdigest()[:16]


def _raw(values: Tensor) -> memoryview:
    """A tensor's bytes, without a copy."""
    return values.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data


def usual_epochs(images: int) -> int:
    """Passes over so many images that make a good classifier of them in little time."""
    return max(3, min(40, round(60_000 / images)))


def cached_classifier(
    data: LabelledImages, *, epochs: int | None = None, seed: int = 0, cache: bool = True
) -> tuple[Classifier, str]:
    """A classifier of `data`, trained once and found again, and its name.

    Args:
        data: real images with classes.
        epochs: passes over them; chosen by their number if left out.
        seed: of the training.
        cache: keep it in `cache_folder()`, and look there first.

    Raises:
        LabelError: the data have no classes.
    """
    if epochs is None:
        epochs = usual_epochs(len(data))
    name = f"classifier-{fingerprint(data)}-{epochs}-{seed}"
    kept = cache_folder() / "classifiers" / f"{name}.pt"
    if cache and kept.is_file() and isinstance(data.classes, Classes):
        with torch.random.fork_rng(devices=[]):  # its first weights are drawn, only to be replaced
            classifier = Classifier(data.classes, data.image_shape[0])
        try:
            classifier.load_state_dict(torch.load(kept, weights_only=True))
        except Exception as error:
            what = type(error).__name__
            warnings.warn(f"{kept} cannot be read ({what}); training again.", stacklevel=2)
        else:
            return classifier.eval(), name
    classifier = train_classifier(data, epochs, seed=seed)
    if cache:
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            torch.save(classifier.state_dict(), beside)
            beside.replace(kept)
        except (OSError, RuntimeError) as error:  # what torch makes of a full disk
            warnings.warn(f"the classifier cannot be kept: {error}", stacklevel=2)
    return classifier, name
