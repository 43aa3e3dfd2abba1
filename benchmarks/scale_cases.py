"""What `scale.py` measures, a case a function; each runs in a process of its own.

Seconds are of the processor, in one thread. Memory is in bytes; what `import torch` takes is told
apart (`base`), since it is a matter of how torch was built.
"""

import contextlib
import io
import itertools
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

KB = 1 if sys.platform == "darwin" else 1024
"""What `ru_maxrss` counts in."""


def peak() -> int:
    """The most bytes that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KB


def held() -> dict[str, int]:
    """Bytes held now: of its own, and of mapped files, which the system may take back."""
    found = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("RssAnon", "RssFile"):
            found[name] = int(value.split()[0]) * 1024
    return {"own": found["RssAnon"], "mapped": found["RssFile"]}


def bare() -> int:
    """The peak of a process that has imported torch and nothing else; call it first."""
    import torch

    torch.set_num_threads(1)
    return peak()


def seconds(action: Callable[[], object]) -> float:
    began = time.process_time()
    action()
    return time.process_time() - began


def imported(what: str) -> dict[str, Any]:
    """A fresh interpreter that imports, or prints the help of the command line."""
    if what == "torch":
        import torch  # noqa: F401
    elif what == "condgan":
        import condgan  # noqa: F401
    else:
        from condgan.cli import main

        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            main(["--help"])
    # Not when it is over: while an interpreter ends, torch makes it grow once more.
    return {"seconds": time.process_time(), "peak": peak()}


def training(
    data: Any, preset: str, batch: int, passes: int = 3, callbacks: Iterable[Any] = ()
) -> dict[str, Any]:
    """Seconds an image of `Trainer.fit`, as the median of passes after a first one."""
    import condgan

    recipe = condgan.preset(preset)
    G, D = recipe.networks(data.classes, data.image_shape, seed=0)
    algorithm = recipe.algorithm if preset == "quick" else condgan.Adversarial()
    trainer = condgan.Trainer(
        G,
        D,
        data.loader(batch),
        algorithm=algorithm,
        seed=0,
        progress=False,
        callbacks=[*callbacks],
    )
    found = [seconds(lambda: trainer.fit(1)) / len(data) for _ in range(passes + 1)]
    return {
        "an_image": statistics.median(found[1:]),
        "parameters": sum(p.numel() for network in (G, D) for p in network.parameters()),
    }


def invented(images: int, side: int, classes: int = 10, channels: int = 1) -> Any:
    """Images of random bytes, as evenly of all classes as may be."""
    import torch

    import condgan

    stream = torch.Generator().manual_seed(0)
    shape = (images, channels, side, side)
    pixels = torch.randint(256, shape, dtype=torch.uint8, generator=stream)
    return condgan.LabelledImages(pixels, torch.arange(images) % classes, classes)


def complete_mnist(root: str | None, steps: int) -> dict[str, Any]:
    """The peak of training `quick` for some hundred steps, and how it grew."""
    base = bare()
    import condgan

    class Stop(condgan.Callback):
        def on_batch_end(self, state: Any) -> None:
            if state.step == steps:
                state.stop("enough to measure")

    grew = {"import condgan": peak() - base}
    data = condgan.load_data("mnist", root=root)
    grew["load_data"] = peak() - base
    recipe = condgan.preset("quick")
    G, D = recipe.networks(data.classes, data.image_shape, seed=0)
    loader = data.loader(recipe.batch_size)
    trainer = condgan.Trainer(G, D, loader, algorithm=recipe, seed=0, callbacks=[Stop()])
    grew["Trainer"] = peak() - base
    trainer.fit(1)
    return {"base": base, "grew": grew, "over": peak() - base, "set": data.images.nbytes}


def many_epochs(epochs: int, images: int) -> dict[str, Any]:
    """Memory and seconds along a long run on a small set."""
    bare()
    import condgan

    times, memory = [], {}

    def look(state: Any) -> None:
        times.append(time.process_time())
        if state.epoch in (10, 30, 100, 300, epochs):
            memory[state.epoch] = {"peak": peak(), **held()}

    data = condgan.load_data("digits").subset(range(images))
    recipe = condgan.preset("article")
    G, D = recipe.networks(data.classes, data.image_shape, seed=0)
    condgan.Trainer(
        G,
        D,
        data.loader(64),
        algorithm=condgan.Adversarial(),
        seed=0,
        callbacks=[look],
        progress=False,
    ).fit(epochs)
    lasted = [after - before for before, after in itertools.pairwise(times)]
    around = {at: statistics.median(lasted[max(0, at - 10) : at + 10]) for at in memory}
    return {"memory": memory, "an_epoch": around}


def batch_size(batch: int, images: int) -> dict[str, Any]:
    bare()
    return training(invented(max(images, 2 * batch), 28), "quick", batch)


def image_size(side: int, images: int) -> dict[str, Any]:
    bare()
    return training(invented(images, side), "quick", 32)


def number_of_classes(classes: int, images: int) -> dict[str, Any]:
    base = bare()
    data = invented(images, 28, classes)
    found = training(data.subset(range(1024)), "quick", 32)
    return {**found, "over": peak() - base, "set": data.images.nbytes}


def around_classes(classes: int) -> dict[str, Any]:
    """What is done with labels beside training: reading, splitting, looking, judging.

    Of each class there are two images of 8 x 8 to learn from and two to compare with.
    """
    base = bare()
    import torch

    import condgan

    made = invented(4 * classes, 8, classes)
    told = [f"class {k:05}" for k in made.labels.tolist()]
    found = {}

    def timed(what: str, action: Callable[[], Any]) -> Any:
        began = time.process_time()
        given = action()
        found[what] = time.process_time() - began
        return given

    data = timed("load_data", lambda: condgan.load_data((made.images, told)))
    training, test = timed("split", lambda: data.split(0.5))
    timed("inspect_data", lambda: condgan.inspect_data(data))

    def sample(labels: list[Any]) -> torch.Tensor:
        return torch.rand(len(labels), 1, 8, 8) * 2 - 1

    few = torch.nn.AvgPool2d(4)
    report = timed(
        "evaluate",
        lambda: condgan.evaluate(sample, training, test=test, n=2, features=few, cache=False),
    )
    timed("print", lambda: str(report))
    with tempfile.TemporaryDirectory() as folder:
        timed("save", lambda: report.save(Path(folder, "report.json")))
        timed("save_page", lambda: report.save_page(Path(folder, "report.html")))
        size = Path(folder, "report.json").stat().st_size
    return {"seconds": found, "over": peak() - base, "saved": size}


def history(steps: int) -> dict[str, Any]:
    """Bytes of a record of so many steps, and of as many epochs as a small set makes of them."""
    from condgan.training.history import History

    record = History()
    for step in range(1, steps + 1):
        record.steps.append({"step": step, "epoch": 1 + step // 100, "d_loss": 0.5, "g_loss": 1.0})
    saved = record.steps.state_dict()
    numbers = [*saved["columns"].values(), *saved["present"].values()]
    return {"rows": len(record.steps), "bytes": sum(n.numel() * n.element_size() for n in numbers)}


def data_size(path: str, images: int) -> dict[str, Any]:
    """Reading a pair of `.npy` files, and an epoch of the tutorial's small networks over them."""
    base = bare()
    import condgan

    began = time.process_time()
    data = condgan.load_data((f"{path}/X.npy", f"{path}/y.npy"))
    loading = time.process_time() - began
    found = training(data, "article", 64, passes=1)
    return {**found, "loading": loading / images, "over": peak() - base, "set": data.images.nbytes}


def beyond_memory(path: str, way: str) -> dict[str, Any]:
    """Reading a large set, and an epoch of batches; what is held after that."""
    base = bare()
    import condgan

    before = held()
    options = {"cache": f"{path}/cache"} if "cache" in way else {}
    source = f"{path}/images" if "files" in way else (f"{path}/X.npy", f"{path}/y.npy")
    data = condgan.load_data(source, **options)
    loaded = peak() - base
    for _ in data.loader(64):
        pass
    now = held()
    return {
        "set": data.images.nbytes,
        "loaded": loaded,
        "over": peak() - base,
        **{name: now[name] - before[name] for name in now},
    }


def arrays(path: str, images: int, side: int) -> dict[str, Any]:
    """Makes `X.npy` and `y.npy`, part by part: no measurement."""
    import numpy as np

    Path(path).mkdir(parents=True, exist_ok=True)
    stream = np.random.default_rng(0)
    shape = (images, 1, side, side)
    X = np.lib.format.open_memmap(f"{path}/X.npy", "w+", np.uint8, shape)
    for start in range(0, images, 1000):
        part = X[start : start + 1000]
        part[:] = stream.integers(0, 256, part.shape, np.uint8)
    X.flush()
    np.save(f"{path}/y.npy", np.arange(images) % 10)
    return {}


def pictures(path: str, images: int, side: int) -> dict[str, Any]:
    """Makes a folder of image files in ten classes: no measurement."""
    import numpy as np
    from PIL import Image

    stream = np.random.default_rng(0)
    for label in range(10):
        Path(path, "images", str(label)).mkdir(parents=True)
    for index in range(images):
        picture = Image.fromarray(stream.integers(0, 256, (side, side), np.uint8))
        picture.save(Path(path, "images", str(index % 10), f"{index}.bmp"))
    return {}
