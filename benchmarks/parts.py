"""How long each part takes, so that a change that slows one is seen.

    pip install "condgan[benchmark]"
    pytest benchmarks/parts.py --benchmark-save=before
    pytest benchmarks/parts.py --benchmark-compare --benchmark-compare-fail=median:20%

The first writes the figures of today into `.benchmarks/`; the second, after a change, fails where
a part takes a fifth longer than in the newest of them. Both on one machine. What is counted is
seconds of the processor in one thread; `test_reference` is a product of matrices that no change of
ours can slow: where it is slower too, it was the machine.

The test suite does not collect this file, since its name does not begin with `test`.
"""

import time

import pytest
import torch

import condgan
from condgan.metrics.evaluate import distances
from condgan.metrics.spread import spread

pytestmark = pytest.mark.benchmark(timer=time.process_time)

CLASSES, SHAPE = 10, (1, 28, 28)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def images():
    """Random bytes, 2,000 images in ten classes."""
    stream = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (2000, *SHAPE), dtype=torch.uint8, generator=stream)
    return condgan.LabelledImages(pixels, torch.arange(2000) % CLASSES, CLASSES)


@pytest.fixture(params=["quick", "article"])
def trainer(request, images):
    """One with the networks of a preset, both trained by the algorithm of `quick`."""
    G, D = condgan.preset(request.param).networks(CLASSES, SHAPE, seed=0)
    loader = images.subset(range(320)).loader(32)
    return condgan.Trainer(G, D, loader, algorithm="quick", seed=0, progress=False).fit(1)


def test_reference(benchmark):
    a = torch.ones(500, 500)
    benchmark(torch.mm, a, a)


def test_step(benchmark, trainer):
    """A step as the algorithm takes it."""
    batch = next(iter(trainer.intake))
    benchmark(trainer.algorithm.step, trainer.state, batch)


def test_guarded_step(benchmark, trainer):
    """The same with its losses and gradients looked at: less `test_step`, the price of that."""
    batch = next(iter(trainer.intake))

    def step():
        trainer.guard.step(trainer.algorithm, batch)
        trainer.guard.judge()

    with trainer.guard.watching():
        benchmark(step)


def test_epoch(benchmark, trainer):
    """Ten steps of `fit`, with all that goes with them."""
    benchmark.pedantic(trainer.fit, (1,), rounds=5)


def test_average(benchmark, trainer):
    benchmark(trainer.state.average.update, trainer.G, 32)


def test_capture(benchmark, trainer):
    """A run as plain data, as a checkpoint holds it."""
    benchmark(trainer.state.capture)


def test_generate(benchmark, trainer):
    benchmark.pedantic(trainer.G.generate, (list(range(CLASSES)),), {"n": 100}, rounds=5)


def test_batches(benchmark, images):
    """An epoch of the loader alone."""
    loader = images.loader(32)
    benchmark(lambda: [None for _ in loader])


def test_distances(benchmark):
    """What `evaluate` compares 1,000 rows of features by."""
    stream = torch.Generator().manual_seed(0)
    real, made = torch.randn(2, 1000, 128, dtype=torch.float64, generator=stream)
    benchmark.pedantic(distances, (real, made, 5), rounds=5, warmup_rounds=1)


def test_spread(benchmark, images):
    floats = images.floats(slice(1000))
    benchmark.pedantic(spread, (floats,), rounds=5, warmup_rounds=1)


def test_folder(benchmark, images, tmp_path):
    """Reading 500 PNG files."""
    from condgan.images import picture

    for index in range(500):
        folder = tmp_path / str(index % CLASSES)
        folder.mkdir(exist_ok=True)
        picture(images[index][0]).save(folder / f"{index}.png")
    benchmark.pedantic(condgan.load_data, (tmp_path,), rounds=5, warmup_rounds=1)
