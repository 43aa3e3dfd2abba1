"""Snapshots as a film inside a page."""

import base64
import io

import pytest
from PIL import Image

from condgan.page.film import FRAMES, LONGEST, film


@pytest.fixture
def snapshots(tmp_path):
    """Saves a picture under each name, the lighter the later."""

    def save(*names, size=(12, 8)):
        for index, name in enumerate(names):
            Image.new("L", size, color=min(255, 5 * index)).save(tmp_path / f"{name}.png")
        return tmp_path

    return save


def picture(frame):
    head, _, data = frame.source.partition(";base64,")
    assert head in ("data:image/webp", "data:image/png")
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_pictures_come_in_the_order_of_training(snapshots):
    frames = film(snapshots("epoch-0002", "epoch-0010", "epoch-12345"))
    assert [frame.when for frame in frames] == ["epoch 2", "epoch 10", "epoch 12,345"]
    lights = [picture(frame).convert("L").getpixel((5, 5)) for frame in frames]
    assert lights == pytest.approx([0, 5, 10], abs=2)
    assert picture(frames[0]).size == (12, 8)


def test_steps_serve_where_there_are_no_epochs(snapshots):
    frames = film(snapshots("step-0000100", "step-0000200", "other", "epoch-x"))
    assert [frame.when for frame in frames] == ["step 100", "step 200"]


@pytest.mark.parametrize("names", [[], ["epoch-0001"], ["film"]])
def test_fewer_than_two_are_no_film(snapshots, names):
    assert film(snapshots(*names)) == []
    assert film(snapshots(*names) / "nowhere") == []


def test_of_many_the_early_ones_are_closer_together(snapshots):
    frames = film(snapshots(*(f"epoch-{i:04d}" for i in range(1, 101))))
    numbers = [int(frame.when.removeprefix("epoch ")) for frame in frames]
    assert len(numbers) <= FRAMES
    assert (numbers[0], numbers[-1]) == (1, 100)
    assert numbers == sorted(set(numbers))
    assert numbers[2] - numbers[1] < numbers[-1] - numbers[-2]


def test_large_pictures_are_made_smaller(snapshots):
    frames = film(snapshots("epoch-1", "epoch-2", size=(100, 2 * LONGEST)))
    assert [picture(frame).size for frame in frames] == [(50, LONGEST)] * 2


def test_what_is_no_picture_is_passed_over(snapshots):
    folder = snapshots("epoch-1", "epoch-2", "epoch-3")
    (folder / "epoch-2.png").write_bytes(b"cut off")
    assert [frame.when for frame in film(folder)] == ["epoch 1", "epoch 3"]
