"""What can be told of somebody's loader from outside: its tensors, its names, its failures."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import (
    DataLoader,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    default_collate,
)

from condgan.classes import Classes
from condgan.conditions import Condition
from condgan.errors import ArgumentTypeError, CondganError, DataError, listed

CHUNK = 4096
"""Images of a subset that are looked at together, so that no large set is held twice."""


def tensors_of(loader: Any) -> Iterator[tuple[Tensor, Any]]:
    """Images and labels that a loader will serve as they are, whole or in parts.

    Nothing, unless the loader serves each item of a `TensorDataset` of two tensors, or of a
    `Subset` of one, and makes nothing new of them.
    """
    if not (
        isinstance(loader, DataLoader)
        and loader.collate_fn is default_collate
        and isinstance(loader.sampler, (RandomSampler, SequentialSampler))
    ):
        return
    dataset, chosen = loader.dataset, None
    while type(dataset) is Subset:
        indices = torch.as_tensor(dataset.indices, dtype=torch.int64)
        chosen = indices if chosen is None else indices[chosen]
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset or len(dataset.tensors) != 2:
        return
    images, labels = dataset.tensors
    if chosen is None:
        yield images, labels
        return
    for part in torch.split(chosen, CHUNK):
        yield images[part], labels[part]


def classes_named(loader: Any, ours: Condition) -> Classes | None:
    """The labels that a torchvision data set's ids stand for, if the networks know just these.

    An `ImageFolder` gives ids, in the order of its folders' names as text ("0", "1", "10", "2"),
    and keeps these names in `classes`; so does a part of one. Others use that attribute for names
    that nobody means, such as "0 - zero".

    Warns:
        UserWarning: the names are other numbers than the ids that they will be known by.
    """
    dataset = getattr(loader, "dataset", None)
    while isinstance(dataset, Subset):
        dataset = dataset.dataset
    names = getattr(dataset, "classes", None)
    if (
        not isinstance(ours, Classes)
        or not isinstance(names, (list, tuple))
        or not names
        or not all(isinstance(name, str) for name in names)
        or getattr(dataset, "target_transform", None) is not None  # then labels are no ids
    ):
        return None
    texts = [label for label in ours if isinstance(label, str)]
    known = {str(label): label for label in ours} | dict(zip(texts, texts, strict=True))
    if all(name in known for name in names):
        return Classes([known[name] for name in names])
    if all(i in ours and name.isdecimal() for i, name in enumerate(names)):
        other = next((i for i, name in enumerate(names) if int(name) != i), None)
        if other is not None:
            warnings.warn(
                f"the data set's classes are called {listed(names)}, but the networks count "
                f"theirs from 0, so that G.generate({other}) draws what is called "
                f"{names[other]!r}. Make the networks with the names: "
                "ConditionalGenerator(dataset.classes, ...).",
                stacklevel=4,
            )
    return None


def batches_of(loader: Any) -> Iterator[Any]:
    """The batches of an epoch.

    Raises:
        ArgumentTypeError: torch could not make a batch of the items, or not send the data set to
            its workers.
        DataError: images of one batch differ in size.
    """
    _draw_as_new_workers_would(loader)
    try:
        yield from loader
    except (TypeError, RuntimeError, AttributeError, pickle.PicklingError) as error:
        refusal = _explained(str(error), getattr(loader, "num_workers", 0))
        if refusal is None:
            raise
        raise refusal from error


def _draw_as_new_workers_would(loader: Any) -> None:
    """Keeps the order of a torch loader the same whether or not its workers outlive epochs.

    New workers take a seed from the stream that the order comes from, and those that live on do
    not: a run that is resumed, whose workers are new, would go on in another order.
    """
    living = getattr(loader, "_iterator", None) is not None
    if living and getattr(loader, "persistent_workers", False):
        torch.empty((), dtype=torch.int64).random_(generator=loader.generator)


def _explained(text: str, workers: int) -> CondganError | None:
    """A failure of torch's loading that has a usual cause, with the way out."""
    if "default_collate: batch must contain" in text:
        kind = re.search(r"found <class '(.+?)'>", text)
        return ArgumentTypeError(
            f"the loader cannot make a batch of items that hold {kind[1] if kind else 'these'}. "
            "Give the data set a transform from pictures to tensors, "
            "transform=Compose([ToTensor(), Normalize(0.5, 0.5)]), or use "
            "load_data(dataset).loader(). Every image needs a label, too."
        )
    if "expects each tensor to be equal size" in text or "storage that is not resizable" in text:
        sizes = re.findall(r"\[[\d, ]+\]", text)
        return DataError(
            f"images of one batch differ in size{': ' if sizes else ''}"
            f"{' and '.join(sizes)}. Give the data set a transform that makes them alike, such as "
            "Resize((32, 32)), or load the files with load_data(folder, image_size=32)."
        )
    if workers and ("pickle" in text or "Can't get local object" in text):
        return ArgumentTypeError(
            f"the loader cannot send its data set to {workers} worker processes: {text}. Write "
            "what is a lambda or a function within a function (a transform, a collate_fn) as a "
            "function of a module, or choose num_workers=0."
        )
    return None
