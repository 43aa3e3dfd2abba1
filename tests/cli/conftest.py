"""What tests of the command line share: a folder of their own, tiny data, tiny runs."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from condgan import ConditionalGenerator
from condgan.cli import main


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


@pytest.fixture
def run_quietly(capsys):
    """Runs a command; gives its exit code and what it printed."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr()

    return run


@pytest.fixture
def folder_of():
    """Writes a folder of class folders with so many pictures of each; classes differ in light."""

    def write(path, counts, side=8):
        path = Path(path)
        draw = np.random.default_rng(0)
        for index, (label, count) in enumerate(counts.items()):
            (path / label).mkdir(parents=True)
            for i in range(count):
                pixels = draw.integers(60 * index, 60 * index + 60, (side, side), dtype=np.uint8)
                Image.fromarray(pixels).save(path / label / f"{i}.png")
        return path

    return write


@pytest.fixture
def pets(tmp_path):
    """A folder of three classes with four pictures each."""
    draw = np.random.default_rng(0)
    for label in ("cat", "dog", "owl"):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(4):
            pixels = draw.integers(0, 256, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / label / f"{i}.png")
    return tmp_path / "pets"


@pytest.fixture
def csv_of():
    """Writes a CSV with six pictures of 8 x 8 pixels for each label."""

    def write(path, *labels):
        draw = np.random.default_rng(0)
        lines = ["label," + ",".join(f"pixel{i}" for i in range(64))]
        for label in labels * 6:
            lines.append(f"{label}," + ",".join(map(str, draw.integers(0, 256, 64))))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def saved_generator():
    """Saves an untrained generator, and what it was trained on if that is said."""

    def save(folder, classes, data=None, image_size=None, shape=(1, 8, 8)):
        G = ConditionalGenerator(classes, shape, width=8, latent_dim=4, seed=0)
        G.save_pretrained(folder)
        if data is not None:
            settings = {"data": str(data), "image_size": image_size}
            (Path(folder) / "run.json").write_text(json.dumps(settings), encoding="utf-8")
        return G

    return save


@pytest.fixture
def printed_command():
    """The arguments of the `condgan generate` command that a run ends with."""

    def find(out):
        (line,) = [line for line in out.splitlines() if line.startswith("  condgan generate ")]
        assert line == out.splitlines()[-1]
        return shlex.split(line)[1:]

    return find
