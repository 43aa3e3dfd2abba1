import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes
from condgan.data.labelled import LabelledImages

PETS = Classes(["cat", "dog", "owl"])


def made(counts=(6, 4, 0), dtype=torch.uint8, classes=PETS):
    """Images that all differ, sorted by class."""
    n = sum(counts)
    images = torch.arange(n, dtype=torch.float32).reshape(n, 1, 1, 1).expand(n, 1, 2, 2)
    images = images.to(torch.uint8) if dtype == torch.uint8 else images / n
    return LabelledImages(
        images, torch.arange(len(counts)).repeat_interleave(torch.tensor(counts)), classes
    )


def test_items_are_floats_with_the_users_own_labels():
    data = made()
    image, label = data[7]
    assert label == "dog"
    assert image.dtype == torch.float32
    assert image.unique().item() == pytest.approx(7 / 127.5 - 1)
    assert made(classes=Classes([30, 20, 10]))[0][1] == 30
    rows = LabelledImages(torch.zeros(2, 1, 2, 2), torch.eye(2), Attributes(2))
    assert rows[1][1].tolist() == [0, 1]


def test_changing_an_item_does_not_change_the_set():
    data = made(dtype=torch.float32)
    before = data.images.clone()
    data[3][0].fill_(0.9)
    data.floats().fill_(0.9)
    assert torch.equal(data.images, before)


def test_counts_tell_of_empty_classes_too():
    assert made().counts() == {"cat": 6, "dog": 4, "owl": 0}
    rows = LabelledImages(torch.zeros(2, 1, 2, 2), torch.eye(2), Attributes(2), "faces")
    with pytest.raises(errors.LabelError, match=r"faces has no classes.*Attributes"):
        rows.counts()


def test_of_gives_the_first_of_a_class():
    data = made()
    assert torch.equal(data.of("dog", 2), data.floats([6, 7]))
    assert len(data.of("cat")) == 6
    assert data.of("owl").shape == (0, 1, 2, 2)
    with pytest.raises(errors.LabelError, match="'cow'"):
        data.of("cow")


@pytest.mark.parametrize("form", [list, np.array, torch.tensor])
def test_subsets_by_index_and_by_mask(form):
    data = made()
    for part in (data.subset(form([8, 1])), data.subset(form([i in (1, 8) for i in range(10)]))):
        assert sorted(part.images[:, 0, 0, 0].tolist()) == [1, 8]
        assert part.classes == PETS
        assert part.name == data.name
    assert data.subset(form([8, 1])).labels.tolist() == [1, 0]
    assert len(data.subset(data.labels == 1)) == 4


@given(
    st.lists(st.integers(0, 30), min_size=2, max_size=5).filter(lambda c: sum(c) > 9),
    st.floats(0.2, 0.8),
    st.integers(0, 5),
)
def test_a_split_overlaps_nowhere_and_keeps_the_shares_of_the_classes(counts, fraction, seed):
    data = made(counts, torch.float32, Classes(len(counts)))
    kept, held_out = data.split(fraction, seed)
    values = [part.images[:, 0, 0, 0].tolist() for part in (kept, held_out)]
    assert sorted(values[0] + values[1]) == data.images[:, 0, 0, 0].tolist()
    for label, count in data.counts().items():
        assert abs(held_out.counts()[label] - fraction * count) <= 0.5 + 1e-9
    assert torch.equal(data.split(fraction, seed)[1].images, held_out.images)


def test_splits_depend_on_their_seed_and_must_be_possible():
    data = made((50, 50, 50))
    assert not torch.equal(data.split(0.5, 0)[0].images, data.split(0.5, 1)[0].images)
    rows = LabelledImages(torch.zeros(10, 1, 2, 2), torch.zeros(10, 2), Attributes(2))
    assert [len(part) for part in rows.split(0.3)] == [7, 3]
    for fraction in (0, 1, -0.1, float("nan")):
        with pytest.raises(errors.ConfigError, match="fraction"):
            data.split(fraction)
    with pytest.raises(errors.DataError, match="too few"):
        made((1, 1, 0)).split(0.1)


@pytest.mark.parametrize(
    ("images", "kind", "words"),
    [
        (torch.zeros(2, 1, 2, 2, dtype=torch.float64), errors.ArgumentTypeError, "float64"),
        (torch.zeros(2, 2, 2), errors.DataError, r"\(2, 2, 2\)"),
        (torch.zeros(2, 1, 0, 2), errors.DataError, r"\(2, 1, 0, 2\)"),
        (torch.zeros(0, 1, 2, 2), errors.DataError, "no image"),
        (torch.zeros(3, 1, 2, 2), errors.DataError, "3 images but 2 labels"),
        (torch.full((2, 1, 2, 2), 1.5), errors.DataError, r"1\.5.*value_range"),
        (torch.full((2, 1, 2, 2), -2.0), errors.DataError, r"-2.*value_range"),
        (torch.full((2, 1, 2, 2), float("nan")), errors.DataError, "nan"),
        (torch.full((2, 1, 2, 2), float("inf")), errors.DataError, "inf"),
    ],
)
def test_what_is_no_set_of_images_is_refused(images, kind, words):
    with pytest.raises(kind, match=words):
        LabelledImages(images, torch.zeros(2, dtype=torch.int64), PETS)


def test_its_text_says_what_it_is():
    assert "10 x (1, 2, 2)" in repr(made())


@given(st.permutations(list(range(5))), st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_in_another_order_every_image_keeps_its_label(order, ids):
    data = LabelledImages(
        torch.arange(len(ids), dtype=torch.uint8).view(-1, 1, 1, 1),
        torch.tensor(ids),
        Classes(["cat", "dog", "owl", 3, 2.5]),
        "pets",
    )
    labels = [data.classes.labels[k] for k in order]
    found = data.in_terms_of(labels)
    assert found.classes == Classes(labels)
    assert found.name == "pets"
    assert [label for _, label in found] == [label for _, label in data]
    assert torch.equal(found.images, data.images)
    assert found.counts() == data.counts()
    assert torch.equal(found.in_terms_of(data.classes).labels, data.labels)


def test_in_its_own_order_it_is_the_same_set():
    data = made()
    assert data.in_terms_of(["cat", "dog", "owl"]) is data
    assert data.in_terms_of(PETS) is data
    rows = LabelledImages(torch.zeros(2, 1, 2, 2), torch.eye(2), Attributes(2))
    assert rows.in_terms_of(Attributes(2)) is rows
    numbers = made(classes=Classes(3))
    assert numbers.in_terms_of(3) is numbers


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (["owl", "cat"], "has also 'dog'."),
        (["owl", "cow", "cat", "dog"], "lacks 'cow'."),
        (["owl", "cow", "cat"], "has also 'dog' and lacks 'cow'."),
        (2, "has also 'cat', 'dog', 'owl' and lacks 0, 1."),
    ],
)
def test_other_classes_than_its_own_are_refused(classes, said):
    with pytest.raises(errors.LabelError) as caught:
        made().in_terms_of(classes)
    wanted = errors.listed(Classes(classes))
    assert str(caught.value) == (f"data must have the classes {wanted}, in any order; it {said}")


def test_a_number_is_not_its_text():
    with pytest.raises(errors.LabelError, match=r"has also '3' and lacks 3\."):
        made((2, 2), classes=Classes(["3", "4"])).in_terms_of([3, "4"])


def test_classes_and_other_conditions_are_not_each_other():
    with pytest.raises(errors.LabelError, match=r"cannot be told as Attributes"):
        made().in_terms_of(Attributes(3))
    rows = LabelledImages(torch.zeros(2, 1, 2, 2), torch.eye(2), Attributes(2), "faces")
    with pytest.raises(errors.LabelError, match="faces has no classes"):
        rows.in_terms_of(["cat", "dog"])
