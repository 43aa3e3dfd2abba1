"""Images of each class as files, each of which can be drawn again."""

import csv
import hashlib

import numpy as np
import pytest
import torch
from PIL import Image

import condgan
from condgan import ConditionalGenerator, load_data
from condgan.errors import ConfigError, LabelError, WriteError
from condgan.images import from_bytes
from condgan.networks import export
from condgan.networks.export import export_images, weights_hash

ODD = ["a:b/c", "a_b_c", "CON", "con.txt", "golden retriever", "Käfer", ".hidden", "cat"]


def generator(classes=3, channels=1, **options):
    return ConditionalGenerator(classes, (channels, 8, 8), width=8, latent_dim=4, **options)


def table(manifest):
    with manifest.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_png(path):
    """A PNG as float32 (C, H, W) in [-1, 1]."""
    with Image.open(path) as picture:
        pixels = np.atleast_3d(np.array(picture))
    return from_bytes(torch.from_numpy(pixels).permute(2, 0, 1))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_each_image_is_drawn_again_from_its_seed(tmp_path, channels):
    G = generator(["cat", "dog"], channels, seed=0)
    rows = table(export_images(G, tmp_path, {"dog": 3, "cat": 2}, seed=7))
    assert [(row["label"], row["seed"]) for row in rows] == [
        ("dog", "7"), ("dog", "8"), ("dog", "9"), ("cat", "10"), ("cat", "11"),
    ]  # fmt: skip
    for row in rows:
        again = G.generate(row["label"], seed=int(row["seed"]))[0]
        # Half a step of a byte, on a scale from -1 to 1.
        assert (read_png(tmp_path / row["file"]) - again).abs().max() <= 1 / 255 + 1e-5
        assert row["weights"] == weights_hash(G)


def test_images_differ(tmp_path):
    export_images(generator(seed=0), tmp_path, {0: 3, 1: 3, 2: 3})
    pictures = {read_png(path).numpy().tobytes() for path in tmp_path.rglob("*.png")}
    assert len(pictures) == 9


def test_batches_change_nothing(tmp_path, monkeypatch):
    G, counts = generator(seed=0), {0: 7, 1: 3, 2: 5}
    whole = table(export_images(G, tmp_path / "whole", counts))
    monkeypatch.setattr(export, "BATCH", 3)
    parts = table(export_images(G, tmp_path / "parts", counts))
    assert whole == parts
    assert [int(row["seed"]) for row in parts] == list(range(15))
    for row in whole:
        one, other = (read_png(tmp_path / place / row["file"]) for place in ("whole", "parts"))
        assert (one - other).abs().max() <= 2 / 255 + 1e-6  # sums in another order round else


def test_no_more_than_a_batch_is_drawn_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 4)
    sizes = []
    usual = export.sampling.draw

    def counted(G, rows, **options):
        sizes.append(len(rows))
        return usual(G, rows, **options)

    monkeypatch.setattr(export.sampling, "draw", counted)
    export_images(generator(), tmp_path, {0: 9, 1: 0, 2: 4})
    assert sizes == [4, 4, 1, 4]


def test_threads_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 4)
    G, counts = generator(seed=0), {0: 7, 1: 3, 2: 5}
    one, three = (
        export_images(G, tmp_path / str(threads), counts, threads=threads) for threads in (1, 3)
    )
    assert one.read_bytes() == three.read_bytes()
    for row in table(one):
        assert (tmp_path / "1" / row["file"]).read_bytes() == (
            tmp_path / "3" / row["file"]
        ).read_bytes()


def test_a_manifest_names_only_what_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    usual = export._drawn

    def in_the_way(G, label, seeds):
        if 5 in seeds:
            (tmp_path / "0" / "00000005.png").mkdir()
        return usual(G, label, seeds)

    monkeypatch.setattr(export, "_drawn", in_the_way)
    with pytest.raises(WriteError, match=r"00000005\.png cannot be written"):
        export_images(generator(), tmp_path, {0: 8})
    rows = table(tmp_path / "manifest.csv")
    assert [row["seed"] for row in rows] == ["0", "1", "2", "3"]
    assert all((tmp_path / row["file"]).is_file() for row in rows)


@pytest.mark.parametrize("classes", [3, ["cat", "dog"], [7, 9, 10], ODD])
def test_load_data_reads_them_back(tmp_path, classes):
    G = generator(classes, seed=0)
    counts = {label: i + 1 for i, label in enumerate(G.classes)}
    rows = table(export_images(G, tmp_path, counts))
    data = load_data(tmp_path)  # a warning would be an error
    assert data.counts() == counts
    again = load_data(tmp_path, classes=G.classes)
    assert again.classes == G.classes
    for label in counts:
        first = next(row for row in rows if row["label"] == str(label))
        assert torch.equal(data.of(label, 1)[0], read_png(tmp_path / first["file"]))


def test_odd_names_of_classes_make_sound_folders(tmp_path):
    rows = table(export_images(generator(ODD), tmp_path, dict.fromkeys(ODD, 1)))
    folders = [path.name for path in tmp_path.iterdir() if path.is_dir()]
    assert len(folders) == len(ODD)
    assert not any(mark in name for name in folders for mark in '<>:"/\\|?* ')
    assert [row["label"] for row in rows] == ODD
    assert all((tmp_path / row["file"]).is_file() for row in rows)


def test_it_is_an_image_folder_of_torchvision(tmp_path):
    from torchvision.datasets import ImageFolder

    export_images(generator(["cat", "dog", "owl"]), tmp_path, {"cat": 2, "dog": 0, "owl": 1})
    found = ImageFolder(str(tmp_path))
    assert found.classes == ["cat", "owl"]  # an empty folder would be an error there
    assert found.targets == [0, 0, 1]


def test_the_global_stream_and_the_mode_are_left_alone(tmp_path):
    G = generator().train()
    before = torch.get_rng_state()
    export_images(G, tmp_path, {0: 2})
    assert torch.equal(torch.get_rng_state(), before)
    assert G.training


def test_the_hash_is_of_names_and_values():
    class Two(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
            self.register_buffer("n", torch.tensor(3))

    by_hand = hashlib.sha256()
    for name, value in (("w", np.float32([1, 2])), ("n", np.int64(3))):
        by_hand.update(name.encode() + value.tobytes())
    assert weights_hash(Two()) == by_hand.hexdigest()
    assert weights_hash(generator(seed=0)) == weights_hash(generator(seed=0))
    assert weights_hash(generator(seed=0)) != weights_hash(generator(seed=1))


def test_no_threads_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="threads must be a positive whole number; got 0"):
        export_images(generator(), tmp_path / "out", {0: 1}, threads=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("counts", "seed", "error", "words"),
    [
        ({"cat": 1, "cow": 1}, 0, LabelError, "'cow'"),
        ({"cat": -1}, 0, ConfigError, "a count must be a whole number from 0; got -1"),
        ({"cat": 1.5}, 0, ConfigError, "a count"),
        ({"cat": 1}, -1, ConfigError, "seed"),
        ({"cat": 5, "dog": 6}, 2**63 - 10, ConfigError, "seed must be less than"),
    ],
)
def test_what_is_refused_leaves_no_file(tmp_path, counts, seed, error, words):
    with pytest.raises(error, match=words):
        export_images(generator(["cat", "dog"]), tmp_path / "out", counts, seed=seed)
    assert not (tmp_path / "out").exists()


def test_what_has_no_classes_or_is_no_picture(tmp_path):
    with pytest.raises(LabelError, match="exported by class"):
        export_images(generator(condgan.Quantities(1)), tmp_path / "out", {})
    with pytest.raises(ConfigError, match="1, 3 or 4 channels"):
        export_images(generator(3, channels=2), tmp_path / "out", {0: 1})
    assert not (tmp_path / "out").exists()
