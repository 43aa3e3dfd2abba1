"""A small classifier of the user's own images, to judge generated ones by."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, islice, repeat
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from condgan.arguments import seed_number, whole_number
from condgan.classes import Classes, Label
from condgan.data.labelled import LabelledImages
from condgan.errors import LabelError
from condgan.metrics.sample import Sample, drawn
from condgan.modes import evaluating, seeded

Augment: TypeAlias = Callable[[Tensor], Tensor]
"""From images `(N, C, H, W)` in [-1, 1] to as many, changed; draws from torch's global stream."""


class Classifier(nn.Module):
    """Three convolutions and two linear layers: images `(N, C, H, W)` to class logits `(N, K)`.

    Any height and width from 4 up. Made and trained by `train_classifier`.
    """

    def __init__(self, classes: Classes, channels: int, width: int = 32) -> None:
        super().__init__()
        self.classes = classes
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.Conv2d(2 * width, 2 * width, 3, stride=2, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(2 * width * 16, 4 * width),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(4 * width, len(classes)),
        )

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layers(images)
        return logits

    def features(self, images: Tensor) -> Tensor:
        """The last hidden layer, float32 `(N, 4 * width)`, in evaluation mode."""
        return self._evaluated(self.layers[:-2], images)

    def predict(self, images: Tensor) -> Tensor:
        """The most likely class id of each image, int64 `(N,)`, in evaluation mode."""
        # Part by part, since all logits of many images and classes would fill the memory.
        return self._evaluated(lambda part: self.layers(part).argmax(dim=1), images)

    def probabilities(self, images: Tensor) -> Tensor:
        """How likely each class is, float32 `(N, K)`, rows summing to 1, in evaluation mode."""
        return self._evaluated(self.layers, images).softmax(dim=1)

    def _evaluated(self, layers: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
        with evaluating(self):
            return torch.cat([layers(part) for part in torch.split(images, 500)])


def train_classifier(
    data: LabelledImages,
    epochs: int = 3,
    batch_size: int = 128,
    seed: int = 0,
    *,
    steps: int | None = None,
    balanced: bool = False,
    augment: Augment | None = None,
) -> Classifier:
    """Trains a classifier on real images; torch's global random stream is left as it was.

    Args:
        data: real images with classes.
        epochs: passes over them. Three over the complete MNIST give about 99 %.
        batch_size: images a step.
        seed: of the weights and the order.
        steps: optimisation steps, instead of `epochs`, so that sets of different size are
            trained on for equally long.
        balanced: draw every class equally often, each image in inverse proportion to the size of
            its class, with repetition (Kang and others, 2020, arXiv:1910.09217).
        augment: changes each batch before it is learnt from.

    Raises:
        LabelError: the data have no classes.
        ConfigError: `epochs` or `steps` is not positive.
    """
    if not isinstance(data.classes, Classes):
        raise LabelError(f"a classifier needs classes; the labels of {data.name} are others.")
    epochs = whole_number("epochs", epochs)
    with seeded(seed_number(seed)):
        classifier = Classifier(data.classes, data.image_shape[0])
        loader = data.loader(batch_size, drop_last=len(data) > batch_size, balanced=balanced)
        steps = epochs * len(loader) if steps is None else whole_number("steps", steps)
        optimizer = torch.optim.AdamW(classifier.parameters(), lr=3e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + 1)
        for images, labels in islice(chain.from_iterable(repeat(loader)), steps):
            if augment is not None:
                images = augment(images)
            optimizer.zero_grad()
            torch.autograd.backward(cross_entropy(classifier(images), labels))
            optimizer.step()
            schedule.step()
    return classifier.eval()


def class_accuracy(sample: Sample, classifier: Classifier, n: int = 100) -> dict[Label, float]:
    """For each class, the share of images drawn of it that the classifier names so (GAN-test).

    Shmelkov and others, "How good is my GAN?" (2018, arXiv:1807.09499), section 3.

    Args:
        sample: from a list of labels to an image for each, such as `G.generate`.
        classifier: trained on real images.
        n: images drawn of each class.

    Raises:
        ConfigError: `n` is not positive.
    """
    n = whole_number("n", n)
    return {
        label: float((classifier.predict(drawn(sample, label, n)) == index).float().mean())
        for index, label in enumerate(classifier.classes.labels)
    }
