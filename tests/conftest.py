"""What tests share: tiny data, tiny networks, and ways to look at what happens to them."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

os.environ["MPLBACKEND"] = "Agg"
# Who starts the tests in the background has them ignore Ctrl-C, and so the programs they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
torch.set_num_threads(1)  # sums of so few numbers only lose by being shared out
SHAPE = (1, 8, 8)


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_workers_of_what_was_refused() -> Iterator[None]:
    """Torch gives the workers of a loader that failed five seconds to end, and then ends them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.utils.data._utils.MP_STATUS_CHECK_INTERVAL", 0.3)
        yield


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_session(tmp_path_factory: Any) -> Iterator[None]:
    """Classifiers are kept in a folder that goes with the tests, never in the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONDGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def tiny() -> Callable[..., tuple[Tensor, Tensor]]:
    """Makes `n` images (1, 8, 8) in [-1, 1] and their labels 0, 1, 2, 0, 1, ..."""

    def make(n: int = 16, classes: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
        stream = torch.Generator().manual_seed(seed)
        images = torch.rand(n, *SHAPE, generator=stream) * 2 - 1
        images[:, 0, 0, 0] = -1.0  # no batch lies in [0, 1]
        return images, torch.arange(n) % classes

    return make


@pytest.fixture
def torch_loader(tiny: Any) -> Callable[..., DataLoader[Any]]:
    """Makes a torch DataLoader of tiny data, in order unless `shuffle` is asked for."""

    def make(n: int = 16, batch_size: int = 4, shuffle: bool = False) -> DataLoader[Any]:
        return DataLoader(TensorDataset(*tiny(n)), batch_size=batch_size, shuffle=shuffle)

    return make


@pytest.fixture
def library_loader(tiny: Any) -> Callable[..., Any]:
    """Makes the loader of `LabelledImages` of tiny data."""
    from condgan import Classes, LabelledImages

    def make(n: int = 16, batch_size: int = 4, shuffle: bool = False) -> Any:
        images, labels = tiny(n)
        return LabelledImages(images, labels, Classes(3)).loader(batch_size, shuffle=shuffle)

    return make


@pytest.fixture
def networks() -> Callable[..., tuple[Any, Any]]:
    """Makes a small generator and a small discriminator."""
    from condgan import ConditionalDiscriminator, ConditionalGenerator

    def make(classes: Any = 3, seed: int = 0, **options: Any) -> tuple[Any, Any]:
        options = {"width": 16, **options}
        G = ConditionalGenerator(classes, SHAPE, latent_dim=5, seed=seed, **options)
        D = ConditionalDiscriminator(classes, SHAPE, seed=seed + 1, **options)
        return G, D

    return make


@pytest.fixture
def make_trainer(networks: Any) -> Callable[..., Any]:
    """Makes a silent Trainer on the CPU, with networks of its own unless given, and seed 0."""
    from condgan import Trainer

    def make(
        loader: Any, *, G: Any = None, D: Any = None, classes: Any = 3, **arguments: Any
    ) -> Any:
        own_G, own_D = networks(classes)
        arguments = {"seed": 0, "progress": False, "device": "cpu", **arguments}
        return Trainer(own_G if G is None else G, own_D if D is None else D, loader, **arguments)

    return make


@pytest.fixture
def fingerprint() -> Callable[..., str]:
    """A hash of all parameters and buffers of some modules, bit for bit."""

    def of(*modules: nn.Module) -> str:
        digest = hashlib.sha256()
        for module in modules:
            for name, value in module.state_dict().items():
                digest.update(name.encode())
                digest.update(value.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    return of


class Spy(nn.Module):
    """A network that keeps what it was given and what it gave, a row a call."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.calls: list[tuple[Tensor, Tensor, Tensor]] = []
        for name in ("classes", "image_shape", "latent_dim", "judges_each_alone"):
            if hasattr(network, name):
                setattr(self, name, getattr(network, name))

    def forward(self, first: Tensor, labels: Tensor) -> Tensor:
        out: Tensor = self.network(first, labels)
        self.calls.append(tuple(t.detach().clone() for t in (first, labels, out)))
        return out


@pytest.fixture
def spy() -> type[Spy]:
    return Spy


@pytest.fixture
def rows() -> Callable[[Any], list[dict[str, Any]]]:
    """The epochs of a trainer's history without the wall time, the one value that is not set."""

    def of(trainer: Any) -> list[dict[str, Any]]:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in trainer.history.epochs]

    return of
