import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes
from condgan.data import loader as module
from condgan.data.labelled import LabelledImages


def made(n=10, dtype=torch.uint8):
    images = torch.arange(n).reshape(n, 1, 1, 1).expand(n, 1, 2, 2).to(torch.uint8)
    if dtype != torch.uint8:
        images = images.to(dtype) / n
    return LabelledImages(images, torch.arange(n) % 2, Classes(["even", "odd"]))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def order(loader):
    """The images of one epoch by their number."""
    return [round((x.item() + 1) * 127.5) for images, _ in loader for x in images[:, 0, 0, 0]]


@given(st.integers(1, 30), st.integers(1, 12), st.booleans(), st.booleans())
def test_an_epoch_sees_each_image_once(n, batch_size, shuffle, drop_last):
    loader = made(n).loader(batch_size, shuffle=shuffle, drop_last=drop_last, generator=seeded(n))
    batches = list(loader)
    assert len(batches) == len(loader)
    assert all(len(images) == len(labels) for images, labels in batches)
    assert all(len(images) == batch_size for images, _ in batches[:-1])
    numbers = order(loader)
    assert len(set(numbers)) == len(numbers)
    assert len(numbers) == (n // batch_size * batch_size if drop_last else n)
    if not shuffle:
        assert numbers == list(range(len(numbers)))


def test_batches_hold_floats_and_class_ids_that_belong_together():
    for images, labels in made().loader(4, generator=seeded(0)):
        assert images.dtype == torch.float32
        assert images.min() >= -1
        assert images.max() <= 1
        assert labels.dtype == torch.int64
        numbers = ((images[:, 0, 0, 0] + 1) * 127.5).round().long()
        assert torch.equal(numbers % 2, labels)


def test_the_order_is_drawn_from_the_generator_anew_each_epoch():
    one, two = made(50).loader(7, generator=seeded(1)), made(50).loader(7, generator=seeded(1))
    epochs = [order(one), order(one)]
    assert epochs == [order(two), order(two)]
    assert epochs[0] != epochs[1]
    assert order(made(50).loader(7, generator=seeded(2))) != epochs[0]


def test_without_a_generator_the_order_is_torchs():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        one = order(made(50).loader())
        torch.manual_seed(3)
        assert order(made(50).loader()) == one


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_changing_a_batch_does_not_change_the_set(shuffle, dtype):
    data = made(dtype=dtype)
    before = data.images.clone(), data.labels.clone()
    for images, labels in data.loader(4, shuffle=shuffle):
        images.fill_(0.9)
        labels.fill_(1)
    assert torch.equal(data.images, before[0])
    assert torch.equal(data.labels, before[1])


def test_moving_keeps_everything():
    loader = made().loader(3, shuffle=False, drop_last=True)
    moved = loader.to("cpu")
    assert (moved.batch_size, moved.shuffle, moved.drop_last) == (3, False, True)
    assert moved.classes == loader.classes
    assert moved.image_shape == (1, 2, 2)
    assert order(moved) == order(loader)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize(("free", "home"), [(80, "cpu"), (1000, "meta"), (None, "meta")])
def test_the_set_moves_only_if_it_takes_half_of_the_room_or_less(monkeypatch, dtype, free, home):
    if free == 80 and dtype == torch.uint8:
        free = 79  # the set takes 40 bytes, as floats four times as many
    monkeypatch.setattr(module, "free_bytes", lambda device: free)
    loader = made(dtype=dtype).loader(4).to("meta")
    assert loader.images.device.type == loader.labels.device.type == home
    for images, labels in loader.with_labels(loader.labels, loader.classes):
        assert images.device.type == labels.device.type == "meta"
        assert images.dtype == torch.float32


def test_a_set_that_fits_exactly_moves(monkeypatch):
    monkeypatch.setattr(module, "free_bytes", lambda device: 80)
    assert made().loader(4).to("meta").images.device.type == "meta"


@pytest.mark.parametrize("balanced", [False, True])
def test_batches_that_move_are_the_same_as_before(monkeypatch, balanced):
    monkeypatch.setattr(module, "free_bytes", lambda device: 0)
    loader = made().loader(3, balanced=balanced, generator=seeded(1))
    stays = made().loader(3, balanced=balanced, generator=seeded(1)).to("cpu")
    for batch, other in zip(loader, stays, strict=True):
        assert all(map(torch.equal, batch, other))


def test_only_accelerators_say_how_much_is_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (device.index, 99))
    assert module.free_bytes(torch.device("cuda", 7)) == 7
    assert module.free_bytes(torch.device("cpu")) is None


def test_it_pickles():
    assert order(pickle.loads(pickle.dumps(made().loader(shuffle=False)))) == list(range(10))


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "8", None])
def test_batch_size_must_be_a_positive_whole_number(batch_size):
    with pytest.raises(errors.ConfigError, match="batch_size"):
        made().loader(batch_size)


def uneven(counts=(100, 5)):
    """Numbered images, `counts` of each class in turn."""
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    images = torch.arange(len(labels), dtype=torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 1, 2, 2)
    return LabelledImages(images, labels, Classes(len(counts)))


def shown(loader):
    """How often an epoch shows each class."""
    labels = torch.cat([labels for _, labels in loader])
    return torch.bincount(labels, minlength=loader.classes.size).tolist()


def test_balanced_batches_show_classes_equally_often():
    loader = uneven().loader(16, balanced=True, generator=seeded(0))
    epochs = [shown(loader) for _ in range(20)]
    assert all(sum(counts) == 105 for counts in epochs)
    assert all(35 <= count <= 70 for counts in epochs for count in counts)  # 52.5, give or take 5
    rare = sum(counts[1] for counts in epochs)
    assert rare / (20 * 105) == pytest.approx(0.5, abs=0.03)
    assert shown(uneven().loader(16)) == [100, 5]


def test_balanced_batches_show_every_image_of_a_class_alike():
    loader = uneven((40, 4)).loader(balanced=True, generator=seeded(0))
    numbers = torch.tensor([number for _ in range(60) for number in order(loader)])
    often = torch.bincount(numbers, minlength=44)  # 60 epochs of 44: half for 4, half for 40
    assert often[40:].tolist() == pytest.approx([330] * 4, rel=0.2)
    assert often[:40].float().mean().item() == pytest.approx(33, rel=0.1)
    assert often.min() > 15


def test_balanced_batches_leave_out_classes_without_images():
    assert shown(uneven((6, 0, 2)).loader(balanced=True, generator=seeded(0)))[1] == 0


@pytest.mark.parametrize(("drop_last", "batches"), [(False, 7), (True, 6)])
def test_balanced_epochs_are_as_long_as_others(drop_last, batches):
    loader = uneven().loader(16, balanced=True, drop_last=drop_last)
    assert len(list(loader)) == len(loader) == batches
    assert sum(shown(loader)) == (96 if drop_last else 105)


def test_balanced_orders_are_drawn_from_the_generator_anew_each_epoch():
    one, two = (uneven().loader(balanced=True, generator=seeded(1)) for _ in range(2))
    epochs = [order(one), order(one)]
    assert epochs == [order(two), order(two)]
    assert epochs[0] != epochs[1]


def test_balanced_batches_need_classes():
    rows = LabelledImages(torch.zeros(4, 1, 2, 2), torch.zeros(4, 2), Attributes(2))
    with pytest.raises(errors.ConfigError, match=r"balanced batches need classes.*Attributes"):
        rows.loader(balanced=True)
    assert len(rows.loader(2)) == 2


def test_balance_is_kept_where_a_loader_is_changed():
    loader = uneven().loader(16, balanced=True, generator=seeded(0))
    assert loader.to("cpu").balanced
    swapped = loader.with_labels(1 - loader.labels, Classes(["b", "a"]))
    assert swapped.balanced
    assert 35 <= shown(swapped)[0] <= 70
    assert not uneven().loader().to("cpu").balanced


def test_balanced_batches_in_order_are_refused():
    data = LabelledImages(torch.zeros(4, 1, 8, 8), torch.arange(4) % 2, Classes(2))
    with pytest.raises(errors.ConfigError, match="drawn at random; leave out shuffle=False"):
        data.loader(4, balanced=True, shuffle=False)
