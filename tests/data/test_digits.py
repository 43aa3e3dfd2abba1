"""The bundled digits: what the file holds, how it is scaled, and that it is credited."""

import zipfile
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch

import condgan.data
from condgan.classes import Classes
from condgan.data.digits import digits

FILES = Path(condgan.data.__file__).parent


def test_all_images_and_labels_are_there():
    data = digits()
    assert data.name == "digits"
    assert data.classes == Classes(10)
    assert data.images.shape == (1797, 1, 8, 8)
    assert data.labels.dtype == torch.int64
    assert list(data.counts().values()) == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_steps_of_the_file_span_the_range_exactly():
    images = digits().images
    assert images.dtype == torch.float32
    assert images.unique().tolist() == [step / 8 - 1 for step in range(17)]


def test_ink_is_white_on_black():
    images = digits().images
    assert images[:, :, :, 0].mean() < -0.95
    assert images[:, :, :, 3:5].mean() > 0


def test_nearest_neighbours_name_held_out_digits():
    kept, held_out = digits().split(0.3)
    distances = torch.cdist(held_out.floats().flatten(1), kept.floats().flatten(1))
    right = kept.labels[distances.argmin(dim=1)] == held_out.labels
    assert right.float().mean() > 0.95


def test_every_call_gives_tensors_of_its_own():
    digits().images.zero_()
    assert digits().images.min() == -1.0


def test_global_random_state_stays_as_it_is():
    before = torch.get_rng_state()
    digits()
    assert torch.equal(torch.get_rng_state(), before)


def test_the_file_is_plain_bytes_and_small():
    file = FILES / "digits.npz"
    assert file.stat().st_size < 50_000
    with np.load(file, allow_pickle=False) as arrays:
        assert {name: arrays[name].dtype for name in arrays} == {
            "images": np.uint8,
            "labels": np.uint8,
        }


def test_it_is_read_from_a_zipped_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(FILES / "digits.npz", "condgan/data/digits.npz")
    expected = digits().images
    with zipfile.ZipFile(archive) as source:
        inside = zipfile.Path(source, "condgan/data/")
        monkeypatch.setattr(resources, "files", lambda package: inside)
        assert torch.equal(digits().images, expected)


@pytest.mark.parametrize(
    "credit",
    [
        "Alpaydin",
        "Kaynak",
        "UCI Machine Learning Repository",
        "https://doi.org/10.24432/C50P49",
        "scikit-learn",
        "https://creativecommons.org/licenses/by/4.0/",
        "Changes:",
    ],
)
def test_the_licence_says_whose_work_it_is(credit: str):
    assert credit in (FILES / "digits.LICENSE.txt").read_text(encoding="utf-8")
