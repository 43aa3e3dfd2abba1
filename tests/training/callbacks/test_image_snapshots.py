"""Pictures of what is learnt: where, when, and of what."""

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import (
    Adversarial,
    ConditionalDiscriminator,
    ConditionalGenerator,
    ImageSnapshots,
    Quantities,
    Trainer,
)
from condgan.errors import ConfigError, LabelError
from condgan.images import CAPTION, GAP, grid
from condgan.networks import sampling

CELL = 56  # pixels of an enlarged 8 x 8 image


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture).copy()


def cell(path, row, column, columns):
    """One image of a grid, enlarged as it is there."""
    sheet = pixels(path)
    margin = sheet.shape[1] - columns * (CELL + GAP)
    top, left = GAP + row * (CELL + GAP), margin + column * (CELL + GAP)
    return sheet[top : top + CELL, left : left + CELL].astype(int)


def enlarged(image):
    """One image (1, C, H, W) as it would be in a grid."""
    return np.asarray(grid(image, 1))[GAP : GAP + CELL, GAP : GAP + CELL].astype(int)


@pytest.fixture
def fit_with(make_trainer, torch_loader):
    def fit(*callbacks, epochs=3, **arguments):
        return make_trainer(torch_loader(8, 4), callbacks=callbacks, **arguments).fit(epochs)

    return fit


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_folders_are_made_when_training_starts(make_trainer, torch_loader, tmp_path):
    folder = tmp_path / "a" / "b" / "c"
    snapshots = ImageSnapshots(folder, every=100)
    make_trainer(torch_loader(8, 4), callbacks=[snapshots]).fit()
    assert folder.is_dir()
    assert names(folder) == []


def test_every_few_epochs(fit_with, tmp_path):
    snapshots = ImageSnapshots(tmp_path, every=2)
    fit_with(snapshots, epochs=5)
    assert names(tmp_path) == ["epoch-0002.png", "epoch-0004.png", "film.gif"]
    assert snapshots.saved == [tmp_path / "epoch-0002.png", tmp_path / "epoch-0004.png"]


def test_every_few_steps(fit_with, tmp_path):
    fit_with(ImageSnapshots(tmp_path, every=4, unit="steps", film=None), epochs=5)  # 10 steps
    assert names(tmp_path) == ["step-0000004.png", "step-0000008.png"]


@pytest.mark.parametrize("film", ["gif", "webp"])
def test_the_film_has_a_frame_for_each_picture(fit_with, tmp_path, film):
    fit_with(
        ImageSnapshots(tmp_path, film=film, n=2),
        epochs=4,
        algorithm=Adversarial(generator_lr=0.05, ema_half_life=None),
    )
    sheet = pixels(tmp_path / "epoch-0001.png")
    with Image.open(tmp_path / f"film.{film}") as opened:
        assert opened.n_frames == 4
        assert opened.size == (sheet.shape[1], sheet.shape[0] + CAPTION)  # under its epoch


def test_no_film_of_a_single_picture_or_if_none_is_wanted(fit_with, tmp_path):
    fit_with(ImageSnapshots(tmp_path), epochs=1)
    fit_with(ImageSnapshots(tmp_path, film=None), epochs=2)
    assert names(tmp_path) == ["epoch-0001.png", "epoch-0002.png"]


def test_a_frozen_generator_gives_the_same_pixels(fit_with, tmp_path):
    still = Adversarial(generator_lr=0.0)
    fit_with(ImageSnapshots(tmp_path, film=None), algorithm=still).fit()
    first, *others = (pixels(path) for path in sorted(tmp_path.iterdir()))
    assert len(others) == 3
    assert all(np.array_equal(first, other) for other in others)


def test_another_seed_gives_other_pixels(fit_with, tmp_path):
    for seed in (0, 1):
        fit_with(ImageSnapshots(tmp_path / str(seed), seed=seed), epochs=1)
    first, second = (pixels(tmp_path / seed / "epoch-0001.png") for seed in "01")
    assert not np.array_equal(first, second)


def test_training_shows(fit_with, tmp_path):
    fit_with(ImageSnapshots(tmp_path, film=None), algorithm=Adversarial(generator_lr=0.05))
    first, *others = (pixels(path) for path in sorted(tmp_path.iterdir()))
    assert not any(np.array_equal(first, other) for other in others)


@pytest.mark.parametrize("algorithm", ["quick", "article"])
def test_a_cell_can_be_drawn_again_as_the_docstring_says(fit_with, tmp_path, algorithm):
    labels, n = [2, 0], 4
    snapshots = ImageSnapshots(tmp_path, labels=labels, n=n, seed=9)
    G = fit_with(snapshots, epochs=2, algorithm=algorithm).generator
    z = sampling.noise(len(labels) * n, G.latent_dim, 9)
    for r, label in enumerate(labels):
        for i in range(n):
            image = G.generate(label, n=1, z=z[r * n + i : r * n + i + 1])
            seen = cell(tmp_path / "epoch-0002.png", r, i, n)
            assert np.abs(seen - enlarged(image)).max() <= 2  # a batch may round otherwise
    other = enlarged(G.generate(0, n=1, z=z[:1]))
    assert np.abs(cell(tmp_path / "epoch-0002.png", 0, 0, n) - other).max() > 2


def test_a_row_for_each_class(fit_with, tmp_path):
    fit_with(ImageSnapshots(tmp_path, n=5), epochs=1)
    height, width = pixels(tmp_path / "epoch-0001.png").shape
    assert height == GAP + 3 * (CELL + GAP)
    assert width > 5 * (CELL + GAP)


def test_many_classes(tmp_path, tiny):
    images, labels = tiny(120, classes=120)
    names = [f"kind {i}" for i in range(120)]
    G = ConditionalGenerator(names, (1, 8, 8), width=8)
    D = ConditionalDiscriminator(names, (1, 8, 8), width=8)
    loader = [(images, [names[i] for i in labels])]
    Trainer(G, D, loader, callbacks=[ImageSnapshots(tmp_path, n=2)], progress=False).fit()
    assert pixels(tmp_path / "epoch-0001.png").shape[0] == GAP + 120 * (CELL + GAP)


def test_labels_as_the_user_writes_them(make_trainer, networks, tiny, tmp_path):
    G, D = networks(["cat", "a:b/c"])
    loader = [(tiny(2)[0], ["cat", "a:b/c"])]
    pictures = []
    for index, labels in enumerate(["cat", ["cat"], ["a:b/c", "cat", "cat"]]):
        snapshots = ImageSnapshots(tmp_path / str(index), labels=labels, n=2)
        still = Adversarial(generator_lr=0.0)
        make_trainer(loader, G=G, D=D, algorithm=still, callbacks=[snapshots]).fit()
        pictures.append(pixels(tmp_path / str(index) / "epoch-0001.png"))
    assert np.array_equal(pictures[0], pictures[1])  # one label is not a list of its letters
    assert [p.shape[0] for p in pictures] == [GAP + rows * (CELL + GAP) for rows in (1, 1, 3)]


def test_an_unknown_label_is_refused_before_training(make_trainer, torch_loader, tmp_path):
    trainer = make_trainer(torch_loader(), callbacks=[ImageSnapshots(tmp_path, labels=[7])])
    with pytest.raises(LabelError, match="7"):
        trainer.fit()
    assert trainer.state.step == 0


def test_quantities_must_be_named(make_trainer, networks, tiny, tmp_path):
    G, D = networks(Quantities(1))
    loader = [(tiny(2)[0], [[0.5], [1.5]])]
    with pytest.raises(ConfigError, match=r"ImageSnapshots\(labels=...\)"):
        make_trainer(loader, G=G, D=D, callbacks=[ImageSnapshots(tmp_path)]).fit()
    snapshots = ImageSnapshots(tmp_path, labels=[[0.5], [2.0]], n=2)
    make_trainer(loader, G=G, D=D, callbacks=[snapshots]).fit()
    assert pixels(tmp_path / "epoch-0001.png").shape[0] == GAP + 2 * (CELL + GAP)


@pytest.mark.parametrize("algorithm", ["quick", "article"])
def test_training_is_the_same_with_and_without(fit_with, tmp_path, fingerprint, rows, algorithm):
    watched = fit_with(ImageSnapshots(tmp_path, every=1, unit="steps"), algorithm=algorithm)
    alone = fit_with(algorithm=algorithm)
    assert fingerprint(watched.G, watched.D) == fingerprint(alone.G, alone.D)
    assert rows(watched) == rows(alone)


def test_the_averaged_weights_are_shown(make_trainer, torch_loader, tmp_path, fingerprint):
    snapshots = ImageSnapshots(tmp_path, n=3)
    algorithm = Adversarial(generator_lr=0.05, ema_half_life=1e5)
    G = make_trainer(torch_loader(8, 4), algorithm=algorithm, callbacks=[snapshots]).fit().G
    z = sampling.noise(9, G.latent_dim, 0)
    drawn = G.generate([0, 1, 2], n=3, z=z)
    shown = cell(tmp_path / "epoch-0001.png", 1, 2, 3)
    assert np.array_equal(shown, enlarged(drawn[5:6]))


def test_a_second_fit_goes_on_and_a_second_trainer_starts_anew(fit_with, tmp_path):
    snapshots = ImageSnapshots(tmp_path)
    fit_with(snapshots, epochs=2).fit(1)
    assert [path.stem for path in snapshots.saved] == ["epoch-0001", "epoch-0002", "epoch-0003"]
    fit_with(snapshots, epochs=2)
    assert [path.stem for path in snapshots.saved] == ["epoch-0001", "epoch-0002"]


def test_other_files_in_the_folder_are_left_alone(fit_with, tmp_path):
    (tmp_path / "mine.png").write_bytes(b"mine")
    fit_with(ImageSnapshots(tmp_path))
    assert (tmp_path / "mine.png").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"every": 0}, "every must be a positive whole number; got 0"),
        ({"every": 1.5}, "every must be"),
        ({"n": 0}, "n must be a positive"),
        ({"unit": "batches"}, "'epochs' or 'steps'; got 'batches'"),
        ({"film": "mp4"}, "'gif', 'webp' or None; got 'mp4'"),
    ],
)
def test_bad_settings(arguments, words):
    with pytest.raises(ConfigError, match=words):
        ImageSnapshots("unused", **arguments)


def test_nothing_is_written_before_training(tmp_path):
    ImageSnapshots(tmp_path / "later")
    assert not (tmp_path / "later").exists()


def test_colours(tmp_path):
    G = ConditionalGenerator(2, (3, 8, 8), width=8)
    D = ConditionalDiscriminator(2, (3, 8, 8), width=8)
    loader = [(torch.zeros(2, 3, 8, 8) - 0.5, [0, 1])]
    Trainer(G, D, loader, callbacks=[ImageSnapshots(tmp_path)], progress=False).fit()
    assert pixels(tmp_path / "epoch-0001.png").shape[2] == 3
