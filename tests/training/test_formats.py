"""Checkpoints of every format that was ever released go on training.

`python tests/training/test_formats.py` writes the file of the present format, which is then kept.
"""

import gzip
import math
import os
import signal
import tempfile
from pathlib import Path

import pytest
import torch

import condgan
from condgan.errors import FileFormatError
from condgan.training import checkpoints
from condgan.training.formats import FORMAT, upgraded

FOLDER = Path(__file__).parent / "formats"


class Interrupt(condgan.Callback):
    """Ends the run in the middle of its second epoch."""

    def on_batch_start(self, state):
        if state.step == 5:
            os.kill(os.getpid(), signal.SIGINT)


def trainer(*callbacks):
    """The run that all files are of: 3 epochs of 4 steps."""
    stream = torch.Generator().manual_seed(0)
    images = torch.rand(16, 1, 8, 8, generator=stream) * 2 - 1
    data = condgan.LabelledImages(images, torch.arange(16) % 3, condgan.Classes(["a", "b", "c"]))
    shape = (1, 8, 8)
    G = condgan.ConditionalGenerator(
        data.classes, shape, latent_dim=2, architecture="mlp", width=2, seed=0
    )
    D = condgan.ConditionalDiscriminator(data.classes, shape, architecture="mlp", width=2, seed=1)
    stop = condgan.EarlyStopping("images", mode="max", restore_best=False)
    return condgan.Trainer(
        G,
        D,
        data.loader(4),
        algorithm=condgan.Adversarial(n_critic=2),
        callbacks=[stop, condgan.LossHistory(every=1), *callbacks],
        seed=0,
        progress=False,
        device="cpu",
    )


def write():
    """Writes the run as it is after its sixth step."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            trainer(Interrupt(), condgan.Checkpoint(folder, every=9)).fit(3)
        except KeyboardInterrupt:
            (file,) = Path(folder).iterdir()
            content = file.read_bytes()
    kept = FOLDER / f"format-{FORMAT}.ckpt.gz"
    kept.write_bytes(gzip.compress(content, mtime=0))


@pytest.fixture
def kept(tmp_path):
    """Puts the file of a format where it can be read."""

    def unpacked(format):
        file = tmp_path / f"format-{format}.ckpt"
        file.write_bytes(gzip.decompress((FOLDER / f"{file.name}.gz").read_bytes()))
        return file

    return unpacked


# An algorithm may get new fields, which is told and nothing to fail on here.
@pytest.mark.filterwarnings("ignore:the checkpoint was trained by")
@pytest.mark.parametrize("format", range(1, FORMAT + 1))
def test_a_checkpoint_of_each_format_goes_on(kept, format):
    resumed = trainer().resume(kept(format))
    state = resumed.state
    assert (state.step, state.images, state.epoch, state.epoch_steps) == (6, 24, 2, 2)
    assert (state.epochs, state.epoch_skipped, state.epoch_is_open) == (3, 0, True)
    assert [row["step"] for row in resumed.history.steps] == [1, 2, 3, 4]
    assert ["g_loss" in row for row in resumed.history.steps] == [False, True] * 2
    assert resumed.history["d_loss"] == [pytest.approx(1.2660185396671295)]
    stop = resumed.callbacks[0]
    assert (stop.best, stop.best_epoch) == (16.0, 1)
    before = [value.clone() for value in state.G.parameters()]
    resumed.fit()
    assert (resumed.history["epoch"], state.step) == ([1, 2, 3], 12)
    assert [row["step"] for row in resumed.history.steps] == list(range(1, 13))
    assert [type(row["step"]) for row in resumed.history.steps[:1]] == [int]
    assert all(math.isfinite(value) for value in resumed.history["g_loss"])
    pairs = zip(before, state.G.parameters(), strict=True)
    assert not any(torch.equal(a, b) for a, b in pairs)


@pytest.mark.filterwarnings("ignore:the checkpoint was trained by")
def test_files_of_all_formats_are_of_the_same_run(kept):
    """Up to rounding, which may differ from machine to machine."""
    last = checkpoints.read(kept(FORMAT))
    for format in range(1, FORMAT):
        saved = checkpoints.read(kept(format))
        assert saved.keys() == last.keys()
        assert saved["counters"].keys() == last["counters"].keys()
        columns, wanted = (s["history"]["steps"]["columns"] for s in (saved, last))
        assert columns.keys() == wanted.keys()
        assert all(torch.allclose(columns[name], wanted[name]) for name in wanted)


def test_every_format_has_a_small_file():
    files = sorted(FOLDER.iterdir())
    assert [file.name for file in files] == [f"format-{n + 1}.ckpt.gz" for n in range(FORMAT)]
    assert all(file.stat().st_size < 50_000 for file in files)


def test_a_later_format_says_what_to_do(tmp_path):
    file = tmp_path / "later.ckpt"
    torch.save({"kind": checkpoints.KIND, "format": FORMAT + 1, "other": 1}, file)
    with pytest.raises(FileFormatError) as caught:
        checkpoints.read(file)
    assert f"later.ckpt is of format {FORMAT + 1}, which a later condgan" in str(caught.value)
    assert f"up to format {FORMAT}: pip install --upgrade condgan" in str(caught.value)


@pytest.mark.parametrize("broken", [{}, {"history": {}}, {"history": {"steps": 3}, "counters": {}}])
def test_an_early_one_that_lacks_a_part_is_told(broken):
    with pytest.raises(FileFormatError, match="the checkpoint lacks a part"):
        upgraded({"format": 1, **broken})


if __name__ == "__main__":
    write()
