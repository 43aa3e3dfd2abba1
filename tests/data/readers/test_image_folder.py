"""torchvision's `ImageFolder`."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Subset
from torchvision import transforms
from torchvision.datasets import ImageFolder

from condgan import errors
from condgan.data.load import load_data
from condgan.data.readers.image_folder import items_of


@pytest.fixture
def root(tmp_path):
    """Two classes of gray images of 16 bits, which torchvision would make all white."""
    for label, value in (("a", 20_000), ("b", 40_000)):
        (tmp_path / "set" / label).mkdir(parents=True)
        for k in range(2):
            scan = np.full((5, 5), value + k, np.uint16)
            Image.fromarray(scan).save(tmp_path / "set" / label / f"{k}.png")
    return tmp_path / "set"


def test_its_files_are_read_as_those_of_a_folder(root, tmp_path):
    folder = load_data(root)
    for options in ({}, {"cache": str(tmp_path / "kept")}, {"value_range": (0, 65535)}):
        data = load_data(ImageFolder(root), **options)
        assert torch.equal(data.images, folder.images)
        assert data.counts() == folder.counts() == {"a": 2, "b": 2}
    assert load_data(ImageFolder(root), channels=3, image_size=2).image_shape == (3, 2, 2)


def test_a_part_of_it_with_an_image_twice(root):
    data = load_data(Subset(Subset(ImageFolder(root), [3, 0, 1]), [1, 1, 0]))
    assert data.labels.tolist() == [0, 0, 1]
    assert data.images.unique().numel() == 2


def test_a_damaged_file_can_be_left_out(root):
    (root / "a" / "0.png").write_bytes(b"rubbish")
    with pytest.raises(errors.FileFormatError, match=r"0\.png"):
        load_data(ImageFolder(root))
    with pytest.warns(UserWarning, match="skipped 1 files"):
        assert load_data(ImageFolder(root), on_bad="skip").counts() == {"a": 1, "b": 2}


def test_with_transforms_deep_files_are_refused_rather_than_cut_off(root):
    dataset = ImageFolder(root, transform=transforms.ToTensor())
    with pytest.raises(errors.DataError, match=r"16 bits.*ImageFolder cuts off.*load_data\("):
        load_data(dataset)
    for file in root.rglob("*.png"):
        Image.new("L", (5, 5), 200).save(file)
    (root / "a" / "x.jpg").touch()
    assert load_data(
        Subset(ImageFolder(root, transform=transforms.ToTensor()), [0, 1])
    ).images.max()


def test_other_data_sets_are_none(root):
    def loader(path):
        return torch.zeros(1, 4, 4)

    assert items_of(ImageFolder(root, loader=loader)) is None
    assert items_of([1, 2]) is None
    assert items_of(Subset([1, 2], [0])) is None
