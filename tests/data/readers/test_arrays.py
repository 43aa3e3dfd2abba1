import numpy as np
import pytest
import torch

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.readers.arrays import read_arrays

X = np.linspace(0, 1, 4 * 64, dtype=np.float32).reshape(4, 8, 8)


def test_numbers_found_are_the_classes_in_order():
    data = read_arrays(X, [7, 3, 7, 30])
    assert data.classes.labels == (3, 7, 30)
    assert data.labels.tolist() == [1, 0, 1, 2]
    assert data.labels.dtype == torch.int64


def test_text_found_is_in_natural_order():
    assert read_arrays(X, ["b10", "b9", "a", "b9"]).classes.labels == ("a", "b9", "b10")


@pytest.mark.parametrize(
    "labels",
    [
        np.array([0, 1, 2, 1], dtype=np.uint8),
        np.array([0, 1, 2, 1], dtype=np.int16),
        np.array([0.0, 1.0, 2.0, 1.0], dtype=np.float32),
        np.array([[0], [1], [2], [1]]),
        torch.tensor([0, 1, 2, 1], dtype=torch.int32),
        [torch.tensor(0), torch.tensor(1), torch.tensor(2), torch.tensor(1)],
        np.eye(3)[[0, 1, 2, 1]],
        torch.eye(3, dtype=torch.int64)[[0, 1, 2, 1]],
        (0, 1, 2, 1),
    ],
)
@pytest.mark.parametrize("classes", [None, 3])
def test_every_way_of_writing_class_numbers_is_the_same(labels, classes):
    data = read_arrays(X, labels, classes=classes)
    assert data.labels.tolist() == [0, 1, 2, 1]
    assert data.classes == Classes(3)


def test_given_classes_keep_their_order_and_places():
    with pytest.warns(UserWarning, match=r"no image of 1 of 3 classes: 'b'"):
        data = read_arrays(X, ["a", "c", "c", "a"], classes=["a", "b", "c"])
    assert data.labels.tolist() == [0, 2, 2, 0]
    assert data.counts() == {"a": 2, "b": 0, "c": 2}


def test_attributes_and_quantities_are_taken_when_named():
    rows = [[1, 0], [1, 1], [0, 0], [0, 1]]
    assert read_arrays(X, rows, classes=Attributes(2)).labels.tolist() == rows
    assert read_arrays(X, [1.5, 2, 3, 4], classes=Quantities(1)).labels.shape == (4, 1)
    sets = [{"hat"}, set(), {"hat", "smile"}, set()]
    assert read_arrays(X, sets, classes=Attributes(["hat", "smile"])).labels.sum() == 3


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0.5, 1, 2, 3], ["0.5", "index 0", "Quantities(1)"]),
        ([0, 1, float("nan"), 3], ["1 of 4 images", "index 2", "on_unlabelled"]),
        (np.full((4, 2), 0.3), ["(4, 2)", "Attributes(2)", "Quantities(2)"]),
        (np.array([[1, 1], [0, 1], [1, 0], [1, 0]]), ["one-hot", "Attributes(2)"]),
        ([[0, 1], [1], [0], [1]], ["same shape", "Attributes"]),
        (np.zeros((4, 2, 2)), ["(4, 2, 2)"]),
        ([{"hat"}, set(), 3, set()], ["set of labels", "3"]),
        ([set()] * 4, ["no image has any label", "Attributes"]),
        ("cats", ["row of 4", "cats"]),
    ],
)
def test_labels_that_name_no_classes_say_what_to_pass(labels, words):
    with pytest.raises(errors.LabelError) as caught:
        read_arrays(X, labels)
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(
    ("labels", "classes", "words"),
    [
        ([1, 2, 3, 1], 3, ["0 to 2", "3", "index 2"]),
        ([0, 1, -1, 1], 3, ["-1", "index 2"]),
        ([0, 1, 255, 1], 3, ["255", "index 2"]),
        (["cat", "dgo", "dog", "cat"], ["cat", "dog"], ["'dgo'", "index 1", "'dog'"]),
    ],
)
def test_a_label_outside_the_classes_is_named_with_its_index(labels, classes, words):
    with pytest.raises(errors.LabelError) as caught:
        read_arrays(X, labels, classes=classes)
    assert all(word in str(caught.value) for word in words), caught.value


def test_counts_must_agree():
    with pytest.raises(errors.DataError, match="4 images but 3 labels"):
        read_arrays(X, [0, 1, 2])
    with pytest.raises(errors.DataError, match="no image"):
        read_arrays([], [])


def test_name():
    assert read_arrays(X, [0, 1, 2, 3]).name == "data"
    assert read_arrays(X, [0, 1, 2, 3], name="mine").name == "mine"


@pytest.mark.parametrize(
    "labels",
    [
        [["hat"], ["hat", "smile"], [], ["smile"]],
        [{"hat"}, {"hat", "smile"}, set(), {"smile"}],
        [("hat",), ("smile", "hat"), (), ("smile",)],
    ],
)
def test_several_names_an_image_are_attributes(labels):
    data = read_arrays(X, labels)
    assert data.classes == Attributes(["hat", "smile"])
    assert data.labels.tolist() == [[1, 0], [1, 1], [0, 0], [0, 1]]


def test_one_name_in_a_list_is_a_class():
    assert read_arrays(X, [["cat"], ["dog"], ["cat"], ["dog"]]).counts() == {"cat": 2, "dog": 2}


@pytest.mark.parametrize(
    ("labels", "unlabelled", "kept"),
    [
        (["a", None, "b", ""], (), [0, 2]),
        ([0, -1, 1, -1], -1, [0, 2]),
        (torch.tensor([0, 255, 1, 255]), (255,), [0, 2]),
        (np.array([0, np.nan, 1, np.nan]), (), [0, 2]),
        (np.array([["a"], ["?"], ["b"], [""]]), "?", [0, 2]),
        (np.array([[1, 0], [0, 1], [1, 0], [0, 1]]), (), [0, 1, 2, 3]),
    ],
)
def test_images_without_a_label(labels, unlabelled, kept):
    if len(kept) == 4:
        data = read_arrays(X, labels, unlabelled=unlabelled, on_unlabelled="skip")
    else:
        with pytest.raises(errors.LabelError, match="index 1, index 3"):
            read_arrays(X, labels, unlabelled=unlabelled)
        with pytest.warns(UserWarning, match="2 of 4 images have no label"):
            data = read_arrays(X, labels, unlabelled=unlabelled, on_unlabelled="skip")
    assert torch.equal(data.images, read_arrays(X, [0, 1, 0, 1]).images[kept])
    assert data.labels.tolist() == ([0, 1] if len(kept) == 2 else [0, 1, 0, 1])


def test_a_mark_for_no_label_says_how_to_leave_it_out():
    with pytest.raises(errors.LabelError, match=r'unlabelled=-1, on_unlabelled="skip"'):
        read_arrays(X, [0, 1, 2, -1])
