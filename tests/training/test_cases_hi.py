"""What goes wrong with seeds, imports, pictures, file names and bars elsewhere.

Each test names the case (D73 to D79) that it stands for.
"""

import io
import json
import logging
import multiprocessing
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

import condgan
from condgan import Adversarial, ConditionalGenerator, EarlyStopping, ImageSnapshots, load_data
from condgan.errors import ConfigError
from condgan.metrics.spread import within_class_spread
from condgan.naming import RESERVED
from condgan.networks import sampling
from condgan.networks.export import export_images

# D73: the random numbers of workers ---------------------------------------------------------


class Drawing(Dataset):
    """Items whose pixels are random numbers of one source, as an augmentation would draw them."""

    def __init__(self, source):
        self.source = source

    def __len__(self):
        return 8

    def __getitem__(self, index):
        number = {
            "numpy": np.random.rand,
            "python": random.random,
            "torch": lambda: float(torch.rand(())),
        }[self.source]()
        image = torch.full((1, 8, 8), number, dtype=torch.float64)
        image[0, 0, 0] = -1.0  # no batch lies in [0, 1]
        return image, index % 3


needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(),
    reason="workers are forked, since those that are spawned cannot import a test",
)


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("source", ["numpy", "python", "torch"])
def test_d73_workers_draw_numbers_of_their_own_each_epoch(make_trainer, source):
    def drawn(seed):
        loader = DataLoader(
            Drawing(source),
            batch_size=2,
            num_workers=2,
            multiprocessing_context="fork",
        )
        numbers = []

        class Wrapped:
            """What the Trainer is given, and what it took."""

            def __iter__(self):
                for images, labels in loader:
                    numbers.extend(images[:, 0, 4, 4].tolist())
                    yield images, labels

        make_trainer(Wrapped(), seed=seed).fit(2)
        return numbers

    first, again, other = drawn(0), drawn(0), drawn(1)
    assert len(first) == len(set(first)) == 16
    assert again == first
    assert not set(first) & set(other)


@pytest.mark.parametrize("shuffle", [False, True])
def test_d73_without_workers_torchs_numbers_are_the_runs_own(make_trainer, spy, networks, shuffle):
    def drawn(seed):
        G, D = networks()
        D = spy(D)
        loader = DataLoader(Drawing("torch"), batch_size=4, shuffle=shuffle)
        make_trainer(loader, G=G, D=D, seed=seed, algorithm="article").fit(2)
        return [float(x) for call in D.calls[::3] for x in call[0][:, 0, 4, 4]]

    torch.manual_seed(5)
    first = drawn(0)
    torch.manual_seed(6)
    assert drawn(0) == first
    assert len(set(first)) == 16
    assert not set(drawn(1)) & set(first)


# D74: looking changes nothing ---------------------------------------------------------------


@pytest.fixture
def watchers(tiny, tmp_path):
    """All that looks at a run or measures it, by name."""
    data = condgan.LabelledImages(*tiny(12), 3)
    z = torch.ones(2, 5)
    return {
        "snapshots": lambda: ImageSnapshots(tmp_path, unit="steps", n=2),
        "evaluate": lambda: condgan.Evaluate(data, n=4, cache=False),
        "collapse": lambda: condgan.CollapseWatch(data, n=4, cache=False),
        "stopping": lambda: EarlyStopping("images", mode="max", restore_best=False),
        "spread": lambda: (
            lambda state: state.history.record(
                found=sum(within_class_spread(seeded_draw(state), data).values())
            )
        ),
        "drawing with a seed": lambda: lambda state: state.generator.generate(1, n=3, seed=0),
        "drawing from noise": lambda: lambda state: state.generator.generate(1, n=2, z=z),
    }


def seeded_draw(state):
    return lambda labels: state.generator.generate(labels, seed=0)


WATCHERS = (
    "snapshots",
    "evaluate",
    "collapse",
    "stopping",
    "spread",
    "drawing with a seed",
    "drawing from noise",
)


@pytest.mark.parametrize("name", WATCHERS)
@pytest.mark.parametrize("algorithm", ["quick", "article"])
def test_d74_watching_changes_no_bit(
    make_trainer, torch_loader, watchers, fingerprint, algorithm, name
):
    def fit(*callbacks):
        torch.manual_seed(3)
        loader = torch_loader(10, 4, shuffle=True)
        trainer = make_trainer(loader, algorithm=algorithm, callbacks=callbacks).fit(2)
        return fingerprint(trainer.G, trainer.D), torch.rand(3).tolist()

    assert watchers.keys() == set(WATCHERS)
    assert fit(watchers[name]()) == fit()


def test_d74_global_streams_are_left_as_they_were(make_trainer, torch_loader, watchers):
    def states():
        numpy_state = np.random.get_state()  # noqa: NPY002 (this is the stream at stake)
        return random.getstate(), numpy_state[1].tolist(), torch.get_rng_state().tolist()

    before = states()
    callbacks = [make() for make in watchers.values()]
    make_trainer(torch_loader(10, 4, shuffle=True), callbacks=callbacks).fit(2)
    assert states() == before


# D75: importing configures nothing ----------------------------------------------------------

LOGGING = """
import json, logging, warnings
filters = [repr(entry) for entry in warnings.filters]
import condgan, importlib, pkgutil
for module in pkgutil.walk_packages(condgan.__path__, "condgan."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from condgan.plugins.registry import known
known("data set")
ours = logging.getLogger("condgan")
print(json.dumps({
    "root handlers": len(logging.root.handlers),
    "root level": logging.root.level,
    "ours": [type(handler).__name__ for handler in ours.handlers],
    "level": ours.level,
    "propagates": ours.propagate,
    "disabled": logging.root.manager.disable,
    "filters as before": all(entry in map(repr, warnings.filters) for entry in filters),
}))
"""


def test_d75_importing_all_of_it_leaves_logging_alone():
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {
        "root handlers": 0,
        "root level": logging.WARNING,
        "ours": ["NullHandler"],
        "level": logging.NOTSET,
        "propagates": True,
        "disabled": 0,
        "filters as before": True,
    }


def test_d75_training_and_commands_leave_it_alone_too(make_trainer, torch_loader, capsys):
    from condgan.cli import main

    before = (list(logging.root.handlers), logging.root.level, logging.lastResort)
    make_trainer(torch_loader()).fit()
    with pytest.raises(SystemExit):
        main(["--version"])
    capsys.readouterr()
    assert (list(logging.root.handlers), logging.root.level, logging.lastResort) == before


# D76: the same noise ------------------------------------------------------------------------


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


STILL = Adversarial(generator_lr=0.0)


@pytest.mark.parametrize("algorithm", [STILL, Adversarial(generator_lr=0.0, ema_half_life=None)])
def test_d76_a_generator_that_stands_still_gives_one_picture(
    make_trainer, torch_loader, networks, tmp_path, algorithm
):
    G, D = networks()

    def fit(folder, epochs):
        snapshots = ImageSnapshots(tmp_path / folder, film=None, seed=4)
        arguments = {"G": G, "D": D, "algorithm": algorithm, "callbacks": [snapshots]}
        return make_trainer(torch_loader(), **arguments).fit(epochs)

    fit("first", 2).fit(1)
    torch.manual_seed(9)  # another process, and another trainer, of the same generator
    G.save_pretrained(tmp_path / "run")
    G = ConditionalGenerator.from_pretrained(tmp_path / "run")
    fit("second", 2)
    pictures = [*files(tmp_path / "first").values(), *files(tmp_path / "second").values()]
    assert len(pictures) == 5
    assert len(set(pictures)) == 1


def test_d76_every_cell_can_be_drawn_again(make_trainer, torch_loader, networks, tmp_path):
    from condgan.images import grid

    G, D = networks()
    snapshots = ImageSnapshots(tmp_path, n=3, labels=[2, 0], film=None, seed=4)
    make_trainer(torch_loader(), G=G, D=D, callbacks=[snapshots]).fit()
    z = sampling.noise(6, G.latent_dim, 4)
    cells = [
        G.generate(label, z=z[3 * row + i : 3 * row + i + 1])
        for row, label in enumerate([2, 0])
        for i in range(3)
    ]
    grid(torch.cat(cells), 3, ["2", "0"]).save(tmp_path / "again.png")
    found = files(tmp_path)
    assert found["again.png"] == found["epoch-0001.png"]
    assert "noise(rows * n, G.latent_dim, seed)" in ImageSnapshots.__doc__


# D77: folders that are not there ------------------------------------------------------------


def test_d77_the_folder_is_made_when_training_starts(make_trainer, torch_loader, tmp_path):
    folder = tmp_path / "a" / "b" / "c"
    there = []
    snapshots = ImageSnapshots(folder, every=100)
    watch = condgan.Callback()
    watch.on_batch_start = lambda state: there.append(folder.is_dir())
    make_trainer(torch_loader(), callbacks=[snapshots, watch]).fit()
    assert there == [True] * 4


@pytest.mark.parametrize("place", ["file", "file/within"])
def test_d77_a_file_in_its_place_is_refused_before_training(
    make_trainer, torch_loader, fingerprint, tmp_path, place
):
    (tmp_path / "file").write_text("mine")
    trainer = make_trainer(torch_loader(), callbacks=[ImageSnapshots(tmp_path / place, every=100)])
    before = fingerprint(trainer.G, trainer.D)
    with pytest.raises(ConfigError, match=r"snapshots go to a folder.*file.*name another"):
        trainer.fit()
    assert fingerprint(trainer.G, trainer.D) == before
    assert (tmp_path / "file").read_text() == "mine"


def test_d77_home_is_home(make_trainer, torch_loader, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    make_trainer(torch_loader(), callbacks=[ImageSnapshots("~/pictures")]).fit()
    assert [path.name for path in (tmp_path / "home" / "pictures").iterdir()] == ["epoch-0001.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_d77_so_are_the_folders_of_all_else_that_is_written(make_trainer, torch_loader, tmp_path):
    trainer = make_trainer(torch_loader()).fit()
    trainer.history.save(tmp_path / "a" / "b")
    trainer.G.save_pretrained(tmp_path / "c" / "d")
    export_images(trainer.G, tmp_path / "e" / "f", {0: 1})
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert found >= {"a/b/history.csv", "c/d/weights.pt", "e/f/manifest.csv"}


# D78: names that a system refuses -----------------------------------------------------------

AWKWARD = ["a:b/c", "a/b:c", "Cat", "cat", "con", "x|y", "..", " ", "ends.", "?", 'quo"te', "ü"]
PORTABLE = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def test_d78_names_of_classes_become_portable_and_stay_apart(tmp_path):
    G = ConditionalGenerator(AWKWARD, (1, 8, 8), width=8, seed=0)
    export_images(G, tmp_path / "out", dict.fromkeys(AWKWARD, 2))
    folders = [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()]
    assert len({name.casefold() for name in folders}) == len(AWKWARD)
    for name in folders:
        assert set(name) <= PORTABLE
        assert name.split(".")[0].upper() not in RESERVED
        assert not name.endswith(".")
    again = load_data(tmp_path / "out")
    assert again.counts() == dict.fromkeys(sorted(AWKWARD, key=list(again.classes).index), 2)


def test_d78_a_number_and_its_text_stay_apart(tmp_path):
    G = ConditionalGenerator([3, "3"], (1, 8, 8), width=8, seed=0)
    export_images(G, tmp_path / "out", {3: 1, "3": 1})
    assert len([path for path in (tmp_path / "out").iterdir() if path.is_dir()]) == 2


def test_d78_names_of_values_are_free(make_trainer, torch_loader, tmp_path):
    def measure(state):
        state.history.record(**{"val/fid": 1.0 / state.epoch, "a|b": state.epoch})

    stop = EarlyStopping("val/fid", patience=1, min_delta=0.3)
    snapshots = ImageSnapshots(tmp_path / "pictures", labels=[0])
    trainer = make_trainer(torch_loader(), callbacks=[measure, stop, snapshots]).fit(5)
    assert trainer.state.epoch == 3
    assert trainer.history["val/fid"] == [1.0, 0.5, 1 / 3]
    trainer.history.save(tmp_path)
    assert "val/fid" in (tmp_path / "history.csv").read_text()
    for path in tmp_path.rglob("*"):
        assert set(path.name) <= PORTABLE


# D79: bars in log files ---------------------------------------------------------------------

RUN = """
import torch, condgan
images, labels = torch.rand(64, 1, 8, 8) * 2 - 1, torch.arange(64) % 3
images[:, 0, 0, 0] = -1
G = condgan.ConditionalGenerator(3, (1, 8, 8), width=8)
D = condgan.ConditionalDiscriminator(3, (1, 8, 8), width=8)
loader = condgan.LabelledImages(images, labels, 3).loader(4)
condgan.Trainer(G, D, loader, device="cpu").fit(2)
"""

WITHOUT_WIDGETS = "import sys\nsys.modules['ipywidgets'] = None\n"
NOTEBOOK = """
import io, sys
Stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
real, sys.stderr = sys.stderr, Stream()
"""
SHOWS = "\nassert 'epoch 2/2' in sys.stderr.getvalue()\nsys.stderr = real\n"


def test_d79_what_is_not_looked_at_gets_no_line():
    """A file, and a notebook without widgets; at the same time, since starting takes seconds."""
    scripts = (RUN, WITHOUT_WIDGETS + NOTEBOOK + RUN + SHOWS)
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", script], stderr=subprocess.STDOUT, stdout=subprocess.PIPE
        )
        for script in scripts
    ]
    for program in programs:
        said, _ = program.communicate()
        assert said == b""
        assert program.returncode == 0


def test_d79_a_terminal_is_silent_if_one_asks(make_trainer, torch_loader, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    make_trainer(torch_loader(), progress=False).fit()
    assert terminal.getvalue() == ""
    make_trainer(torch_loader(), progress=True).fit()
    assert "epoch 1/1" in terminal.getvalue()
