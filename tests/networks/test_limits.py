"""A network that a file describes does not get more memory than the file could fill."""

import threading

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from condgan.errors import FileFormatError
from condgan.networks.limits import SPARE, SPARE_TENSORS, within


@pytest.fixture
def path(tmp_path):
    (tmp_path / "weights.pt").write_bytes(bytes(100))
    return tmp_path / "weights.pt"


def test_what_fits_is_made(path):
    with within(path, 2):
        nn.Linear(SPARE, 1)
        nn.Linear(50, 1)


def test_one_number_too_many_is_refused(path):
    said = r"weights.pt holds 2 tensors in 100 bytes.*wants more, such as a bias of \(1,\)"
    with pytest.raises(FileFormatError, match=said), within(path, 2):
        nn.Linear(SPARE + 100, 1)


def test_one_tensor_too_many_is_refused(path):
    with within(path, 2):
        layers = [nn.Linear(1, 1) for _ in range(SPARE_TENSORS // 2 + 2)]
    with pytest.raises(FileFormatError, match="wants more"), within(path, 2):
        layers += [nn.Linear(1, 1) for _ in range(SPARE_TENSORS // 2 + 3)]


def test_nothing_is_written_to_what_is_refused(path, monkeypatch):
    drawn = []
    monkeypatch.setattr(nn.init, "kaiming_uniform_", lambda *_, **__: drawn.append(1))
    with pytest.raises(FileFormatError, match=r"a weight of \(4000, 4000\)"), within(path, 2):
        nn.Linear(4000, 4000)
    assert drawn == []


def test_buffers_count(path):
    with pytest.raises(FileFormatError, match=r"a big of \(4000, 4000\)"), within(path, 2):
        nn.Module().register_buffer("big", torch.empty(4000, 4000))


def test_a_weight_that_is_registered_again_counts_once(path):
    with within(path, 2):
        spectral_norm(nn.Linear(SPARE // 2, 1, bias=False))  # with a vector as long as it
    with pytest.raises(FileFormatError), within(path, 2):
        spectral_norm(nn.Linear(SPARE // 2 + 100, 1, bias=False))


def test_outside_and_in_other_threads_nothing_is_counted(path):
    made = []
    with within(path, 2):
        thread = threading.Thread(target=lambda: made.append(nn.Linear(SPARE, 2)))
        thread.start()
        thread.join()
    with pytest.raises(KeyError), within(path, 2):
        raise KeyError
    assert nn.Linear(SPARE, 2).in_features == made[0].in_features
