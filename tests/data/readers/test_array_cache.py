import warnings

import numpy as np
import pytest
import torch

import condgan
from condgan import errors
from condgan.data.readers import array_cache

STREAM = np.random.default_rng(0)
BYTES = STREAM.integers(0, 256, (7, 6, 6, 3), np.uint8)


@pytest.fixture
def saved(tmp_path):
    """Writes a pair of files, and gives what `load_data` takes."""

    def save(images):
        np.save(tmp_path / "X.npy", images)
        np.save(tmp_path / "y.npy", np.arange(len(images)) % 2)
        return tmp_path / "X.npy", tmp_path / "y.npy"

    return save


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Two or three images are worked on at a time."""
    monkeypatch.setattr(array_cache, "PART", 8 * 250)


@pytest.mark.parametrize(
    ("images", "options"),
    [
        (BYTES, {}),
        (BYTES.transpose(0, 3, 1, 2), {}),
        (np.asfortranarray(BYTES[..., 0]), {}),
        (BYTES[..., 0].astype(">i4"), {}),
        (BYTES[..., 0] > 99, {}),
        (BYTES / np.float32(255), {}),
        (np.sort(BYTES, axis=0) / 127.5 - 1, {}),  # the darkest image alone lies below 0
        (BYTES, {"value_range": (0, 511)}),
        (BYTES[:, :3, :3], {"layout": "NHWC"}),
    ],
)
def test_the_images_are_those_of_no_cache(saved, tmp_path, images, options):
    source = saved(images)
    plain = condgan.load_data(source, **options)
    for _ in "again":
        kept = condgan.load_data(source, cache=tmp_path / "cache", **options)
        assert kept.images.dtype == plain.images.dtype
        assert torch.allclose(kept.floats(), plain.floats(), atol=1e-6)
        assert torch.equal(kept.labels, plain.labels)
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_changed_file_is_read_again(saved, tmp_path):
    cache = tmp_path / "cache"
    condgan.load_data(saved(BYTES), cache=cache)
    other = condgan.load_data(saved(255 - BYTES[:5]), cache=cache)
    assert torch.equal(other.images, condgan.load_data(saved(255 - BYTES[:5])).images)


def test_the_second_time_the_cache_is_what_is_read(saved, tmp_path):
    source, cache = saved(BYTES), tmp_path / "cache"
    condgan.load_data(source, cache=cache)
    (kept,) = cache.iterdir()
    np.save(kept, np.zeros((7, 3, 6, 6), np.uint8))
    assert not condgan.load_data(source, cache=cache).images.any()
    kept.write_bytes(kept.read_bytes()[:-1])  # not whole, so it is made anew
    assert condgan.load_data(source, cache=cache).images.any()


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ((6, 1, 2, 0), np.nan, r"\(6, 0, 1, 2\) is nan"),
        ((5, 0, 0, 0), 3.0, "from 0 to 3"),
    ],
)
def test_what_is_wrong_is_told_as_without_a_cache(saved, tmp_path, place, value, words):
    images = BYTES / 255
    images[0, 0, 0, 0], images[place] = 0, value
    with pytest.raises(errors.DataError, match=words):
        condgan.load_data(saved(images), cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("images", [np.zeros(3), np.zeros((0, 4, 4)), np.array(["a", "b"])])
def test_what_is_no_pile_of_images_is_refused_alike(saved, tmp_path, images):
    source = saved(images)
    with pytest.raises(errors.CondganError) as without:
        condgan.load_data(source)
    with pytest.raises(type(without.value)) as within:
        condgan.load_data(source, cache=tmp_path / "cache")
    assert str(within.value) == str(without.value)


def test_dim_images_are_warned_of(saved, tmp_path):
    with pytest.warns(UserWarning, match="brightest value of these uint8 images is 9"):
        condgan.load_data(saved(np.full((3, 4, 4), 9, np.uint8)), cache=tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_told(saved, tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(errors.WriteError, match="cache="):
        condgan.load_data(saved(BYTES), cache=file / "cache")
    with pytest.raises(errors.ArgumentTypeError, match="cache must be"):
        condgan.load_data(saved(BYTES), cache=3)


def test_the_images_may_be_trained_on_and_written_to(saved, tmp_path):
    source, cache = saved(BYTES), tmp_path / "cache"
    data = condgan.load_data(source, cache=cache)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.images[0] = 0
    assert len(next(iter(data.loader(4)))[0]) == 4
    assert condgan.load_data(source, cache=cache).images[0].any()
