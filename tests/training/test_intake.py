"""What comes in as a batch, and what is refused before it changes a weight."""

import warnings

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset

from condgan import Article, Attributes, Classes, LabelledImages, Quantities
from condgan.errors import ArgumentTypeError, DataError, LabelError


def with_label(labels, index, value):
    labels = labels.clone().to(torch.float32 if isinstance(value, float) else labels.dtype)
    labels[index] = value
    return labels


# Labels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, ["0 to 2", "first 3 at index 14", "num_classes is 3", "the data set"]),
        (255, ["0 to 2", "from 0 to 255"]),
        (-1, ["first -1 at index 14", "0 to 2"]),
        (2.5, ["2.5", "index 14"]),
    ],
)
def test_a_bad_label_late_in_the_set(refused, tiny, value, words, shuffle):
    images, labels = tiny(16)
    data = TensorDataset(images, with_label(labels, 14, value))
    refused(DataLoader(data, batch_size=4, shuffle=shuffle), LabelError, *words)


def test_labels_that_count_from_one(refused, tiny):
    images, labels = tiny(16)
    loader = DataLoader(TensorDataset(images, labels + 1), batch_size=4)
    refused(loader, LabelError, "from 1 to 3", "num_classes is 3", "Classes(")


@pytest.mark.parametrize("value", [3, -1, 2.5])
def test_a_bad_label_in_a_list_of_batches(refused, tiny, value):
    images, labels = tiny(4)
    refused([(images, with_label(labels, 2, value))], LabelError, "in batch 0", str(value))


def test_labels_of_shape_n_2(refused, tiny):
    images, labels = tiny(8)
    refused([(images, torch.stack([labels, labels], 1))], LabelError, "(8, 2)", "(N,)")


def test_rows_that_are_not_one_hot(refused, tiny):
    images, _ = tiny(8)
    refused([(images, torch.full((8, 3), 1 / 3))], LabelError, "one-hot", "multihot")


def test_unknown_string_labels(refused, tiny):
    images, _ = tiny(2)
    refused(
        [(images, ("cat", "cow"))], LabelError, "'cow'", "index 1", "'dog'", classes=["cat", "dog"]
    )


def test_string_labels_for_classes_that_are_numbers(refused, tiny):
    images, _ = tiny(2)
    refused([(images, ("cat", "dog"))], LabelError, "'cat'", "Known: 0, 1, 2")


@pytest.mark.parametrize(
    "form",
    [
        lambda y: y.to(torch.uint8),
        lambda y: y.to(torch.int16),
        lambda y: y.to(torch.int32),
        lambda y: y.to(torch.float32),
        lambda y: y.to(torch.float64),
        lambda y: y[:, None],
        lambda y: one_hot(y, 3),
        lambda y: one_hot(y, 3).float(),
    ],
    ids=["uint8", "int16", "int32", "float32", "float64", "(N,1)", "one-hot", "one-hot floats"],
)
def test_the_form_of_labels_does_not_matter(make_trainer, tiny, fingerprint, form):
    images, labels = tiny(16)
    plain, formed = (
        make_trainer(DataLoader(TensorDataset(images, y), batch_size=4)).fit()
        for y in (labels, form(labels))
    )
    assert fingerprint(formed.G, formed.D) == fingerprint(plain.G, plain.D)


@pytest.mark.parametrize("form", [list, np.asarray, lambda y: tuple(y.tolist())])
def test_labels_need_not_be_tensors(make_trainer, tiny, fingerprint, form):
    images, labels = tiny(4)
    plain, formed = (make_trainer([(images, y)]).fit() for y in (labels, form(labels)))
    assert fingerprint(formed.G) == fingerprint(plain.G)


def test_string_labels_equal_the_loader_of_the_library(make_trainer, tiny, fingerprint, rows):
    images, labels = tiny(12)
    data = LabelledImages(images, labels, Classes(["cat", "dog", "owl"]))
    assert data[1][1] == "dog"
    ours, theirs = (
        make_trainer(loader, classes=data.classes).fit(2)
        for loader in (data.loader(5, shuffle=False), DataLoader(data, batch_size=5))
    )
    assert fingerprint(ours.G, ours.D) == fingerprint(theirs.G, theirs.D)
    assert rows(ours) == rows(theirs)


def test_a_batch_without_the_top_class(make_trainer, tiny, networks, spy):
    images, _ = tiny(3)
    G, D = networks()
    D = spy(D)
    batches = [(images, torch.tensor(y)) for y in ([0, 1, 2], [0, 0, 1])]
    make_trainer(batches, G=G, D=D).fit()
    assert [call[1][:3].tolist() for call in D.calls[::2]] == [[0, 1, 2], [0, 0, 1]]


@pytest.mark.parametrize(
    ("condition", "labels"),
    [(Attributes(2), [[0, 1], [1, 1]]), (Quantities(2), [[0.5, -1], [2, 3]])],
)
def test_rows_of_numbers(make_trainer, networks, tiny, spy, condition, labels):
    G, D = networks(condition)
    D = spy(D)
    make_trainer([(tiny(2)[0], labels)], G=G, D=D).fit()
    assert D.calls[0][1][:2].tolist() == labels
    assert D.calls[0][1].dtype == torch.float32


# Whose class ids a loader gives -------------------------------------------------------------


def labelled(tiny, names, n=6):
    images, labels = tiny(n)
    return LabelledImages(images, labels, Classes(names))


def test_a_class_that_the_networks_do_not_know(refused, tiny):
    data = labelled(tiny, ["cat", "dog", "cow"])
    refused(data.loader(2), LabelError, "'cow'", "'owl'", classes=["cat", "dog", "owl"])


def test_more_classes_than_the_networks_have(refused, tiny):
    refused(labelled(tiny, [0, 1, 2]).loader(2), LabelError, "do not know: 2", classes=2)


class Wrapped:
    """A loader of one's own that says whose class ids it gives."""

    def __init__(self, batches, classes):
        self.batches, self.classes = batches, classes

    def __iter__(self):
        return iter(self.batches)


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_same_names_in_another_order_are_matched(make_trainer, networks, tiny, spy, wrapped):
    data = labelled(tiny, ["dog", "owl", "cat"])
    loader = data.loader(6, shuffle=False)
    if wrapped:
        loader = Wrapped(list(loader), data.classes)
    G, D = networks(["cat", "dog", "owl"])
    D = spy(D)
    make_trainer(loader, G=G, D=D).fit()
    seen = D.calls[0][1][:6].tolist()
    assert [G.classes.labels[i] for i in seen] == [data[i][1] for i in range(6)]
    assert seen == [1, 2, 0, 1, 2, 0]


def test_fewer_classes_than_the_networks_have_train(make_trainer, networks, tiny, spy):
    G, D = networks(["a", "b", "c"])
    D = spy(D)
    make_trainer(labelled(tiny, ["c", "b", "a"]).loader(6, shuffle=False), G=G, D=D).fit()
    images, labels = tiny(6, classes=2)
    fewer = LabelledImages(images, labels, Classes(["c", "a"])).loader(6, shuffle=False)
    make_trainer(fewer, G=G, D=D).fit()
    assert D.calls[0][1][:6].tolist() == [2, 1, 0, 2, 1, 0]
    assert D.calls[2][1][:6].tolist() == [2, 0, 2, 0, 2, 0]


@pytest.mark.parametrize("names", [["dog", "cat", "owl"], ["cat", "dog", "owl"]])
@pytest.mark.parametrize("value", [-1, 3, 1.5])
def test_ids_of_a_loader_of_ones_own_are_checked(refused, tiny, names, value):
    images, labels = tiny(4)
    loader = Wrapped([(images, with_label(labels, 1, value))], Classes(names))
    refused(loader, LabelError, "in batch 0", str(value), classes=["cat", "dog", "owl"])


def test_another_kind_of_condition(refused, tiny):
    images, _ = tiny(2)
    data = LabelledImages(images, torch.zeros(2, 3), Attributes(3))
    refused(data.loader(2), LabelError, "Attributes", "Classes(3)")


def test_an_attribute_classes_that_is_a_list_says_nothing(make_trainer, tiny, fingerprint):
    plain = make_trainer([tiny(4)]).fit()
    listed = make_trainer(Wrapped([tiny(4)], ["anything"])).fit()
    assert fingerprint(listed.G) == fingerprint(plain.G)


# Images -------------------------------------------------------------------------------------


def both_ways(images, labels):
    """In a TensorDataset, seen whole ahead, and as batches, each seen as it comes."""
    yield DataLoader(TensorDataset(images, labels), batch_size=4)
    yield [(images[i : i + 4], labels[i : i + 4]) for i in range(0, len(images), 4)]


@pytest.mark.parametrize("whole", [0, 1])
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda x: torch.zeros(8, 3, 8, 8), DataError, ["(1, 8, 8)", "(3, 8, 8)", "channels"]),
        (lambda x: x.permute(0, 2, 3, 1), DataError, ["(1, 8, 8)", "(8, 8, 1)"]),
        (lambda x: x[:, 0], DataError, ["(1, 8, 8)", "(8, 8)"]),
        (lambda x: x.flatten(1), DataError, ["(64,)"]),
        (lambda x: ((x + 1) * 127.5).byte(), ArgumentTypeError, ["torch.uint8", "/ 127.5 - 1"]),
        (lambda x: (x + 1) * 127.5, DataError, ["[-1, 1]", "/ 127.5 - 1", "[0, 25"]),
        (lambda x: x * 1.01 - 0.01, DataError, ["[-1, 1]"]),
        (lambda x: torch.where(x > 0.99, torch.nan, x), DataError, ["nan"]),
        (lambda x: x * torch.inf, DataError, ["inf"]),
    ],
)
def test_bad_images(refused, tiny, change, error, words, whole):
    images, labels = tiny(8, seed=2)
    refused(list(both_ways(change(images), labels))[whole], error, *words)


def test_a_bad_image_late_in_the_set(refused, tiny):
    images, labels = tiny(16)
    images[13, 0, 3, 3] = torch.nan
    refused(DataLoader(TensorDataset(images, labels), batch_size=4), DataError, "nan", "data set")


def test_rounding_outside_the_range_is_let_pass(make_trainer, tiny):
    images, labels = tiny(4)
    assert make_trainer([(images * (1 + 5e-4), labels)]).fit().state.step == 1


def test_a_bad_batch_changes_no_weight_and_names_itself(make_trainer, tiny, fingerprint):
    images, labels = tiny(4)
    good, bad = (images, labels), (images, labels + 1)
    stopped = make_trainer([good, bad], algorithm=Article())
    with pytest.raises(LabelError, match="in batch 1"):
        stopped.fit()
    assert stopped.state.step == 1
    assert stopped.state.epoch == 0
    only_good = make_trainer([good], algorithm=Article()).fit()
    assert fingerprint(stopped.G, stopped.D) == fingerprint(only_good.G, only_good.D)


@pytest.mark.parametrize("whole", [0, 1])
def test_images_from_zero_to_one_warn_once_and_name_the_fix(make_trainer, tiny, whole):
    images, labels = tiny(8)
    loader = list(both_ways((images + 1) / 2, labels))[whole]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make_trainer(loader).fit(2)
    (warning,) = caught
    assert "[-1, 1]" in str(warning.message)
    assert "images * 2 - 1" in str(warning.message)
    assert issubclass(warning.category, UserWarning)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floats_are_cast(make_trainer, tiny, fingerprint, dtype):
    images, labels = tiny(8)
    images = images.to(dtype).float()  # values that both types can hold
    plain, cast = (make_trainer([(x, labels)]).fit() for x in (images, images.to(dtype)))
    assert fingerprint(cast.G, cast.D) == fingerprint(plain.G, plain.D)


def test_the_users_tensors_are_left_alone(make_trainer, tiny):
    images, labels = tiny(8)
    make_trainer([(images, labels)]).fit(2)
    assert torch.equal(images, tiny(8)[0])
    assert torch.equal(labels, tiny(8)[1])


# Batches and loaders ------------------------------------------------------------------------


def test_counts_that_differ(refused, tiny):
    images, labels = tiny(8)
    refused([(images, labels[:7])], DataError, "batch 0", "8 images", "7 labels")


def test_dicts(make_trainer, tiny, fingerprint):
    images, labels = tiny(8)
    items = [{"image": x, "label": y, "path": "x.png"} for x, y in zip(images, labels, strict=True)]
    dicts = make_trainer(DataLoader(items, batch_size=4)).fit()
    pairs = make_trainer(DataLoader(TensorDataset(images, labels), batch_size=4)).fit()
    assert fingerprint(dicts.G) == fingerprint(pairs.G)


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ({"picture": 1, "label": 2}, ["'picture'", "'label'", "'pixel_values'", "dict"]),
        ((1, 2, 3), ["a tuple of 3", "(images, labels)"]),
        (torch.zeros(2, 1, 8, 8), ["a Tensor"]),
        ((np.zeros((2, 1, 8, 8)), [0, 1]), ["ndarray", "tensor"]),
        (([object()], [0]), ["list", "ToTensor", "load_data"]),
    ],
)
def test_a_batch_that_is_no_pair(refused, batch, words):
    refused([batch], ArgumentTypeError, "batch 0", *words)


def test_an_empty_batch(refused, tiny):
    images, labels = tiny(4)
    refused([(images[:0], labels[:0])], DataError, "batch 0", "no image")


def test_an_empty_loader_names_the_sizes(refused, tiny):
    loader = DataLoader(TensorDataset(*tiny(3)), batch_size=8, drop_last=True)
    refused(loader, DataError, "no batch", "images 3", "batch_size 8", "drop_last True")


def test_an_empty_loader_of_the_library_names_the_sizes(refused, tiny):
    images, labels = tiny(3)
    loader = LabelledImages(images, labels, Classes(3)).loader(8, drop_last=True)
    refused(loader, DataError, "no batch", "images 3", "batch_size 8", "drop_last True")


def test_no_batch_at_all(refused):
    refused([], DataError, "no batch")


@pytest.mark.parametrize("make", [iter, lambda batches: (batch for batch in batches)])
def test_what_can_be_read_only_once_is_refused_before_training(refused, tiny, make):
    refused(make([tiny(4), tiny(4)]), ArgumentTypeError, "only once", "list of batches")


def test_senseless_conditions_are_refused_where_the_set_is_made(tiny):
    images, _ = tiny(4)
    with pytest.raises(LabelError, match="finite; row 0"):
        LabelledImages(images, torch.full((4, 2), float("nan")), Quantities(2))
    with pytest.raises(LabelError, match="attributes are 0 or 1"):
        LabelledImages(images, torch.full((4, 2), 7.0), Attributes(2))
    with pytest.raises(LabelError, match="canonical"):
        LabelledImages(images, [0, 1, 2, 0], 3)
    with pytest.raises(LabelError, match="0 to 2"):
        LabelledImages(images, torch.tensor([0, 1, 2, 7]), 3)


def test_a_data_set_is_no_loader(refused, tiny):
    refused(labelled(tiny, [0, 1, 2]), ArgumentTypeError, "data.loader(batch_size=64)")


@pytest.mark.parametrize("loader", [None, 3, "digits", torch.zeros(2, 1, 8, 8), {}, b"", Wrapped])
def test_what_is_no_loader(refused, loader):
    refused(loader, ArgumentTypeError, "batches of (images, labels)", "load_data")


def test_a_torch_data_set_is_no_loader(refused, tiny):
    refused(TensorDataset(*tiny(4)), ArgumentTypeError, "got TensorDataset")


def test_a_library_loader_of_another_image_shape(refused):
    data = LabelledImages(torch.zeros(4, 1, 9, 9), torch.tensor([0, 1, 2, 0]), Classes(3))
    refused(data.loader(2), DataError, "(1, 8, 8)", "the loader", "(1, 9, 9)")


def test_bytes_of_the_library_are_scaled(make_trainer, networks, spy):
    images = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None, None].expand(2, 1, 8, 8)
    data = LabelledImages(images, torch.tensor([0, 1]), Classes(3))
    G, D = networks()
    D = spy(D)
    make_trainer(data.loader(2, shuffle=False), G=G, D=D).fit()
    assert D.calls[0][0][:2, 0, 0, 0].tolist() == [-1.0, 1.0]


def scale(items):
    images, labels = torch.utils.data.default_collate(items)
    return images / 127.5 - 1, labels


def test_a_collate_function_may_make_what_training_needs(make_trainer, tiny, fingerprint):
    """Only then are the tensors of the data set not what comes out of the loader."""
    _, labels = tiny(8)
    raw = torch.randint(0, 256, (8, 1, 8, 8), generator=torch.Generator().manual_seed(0)).byte()
    collated = make_trainer(
        DataLoader(TensorDataset(raw, labels), batch_size=8, collate_fn=scale)
    ).fit()
    plain = make_trainer([(raw / 127.5 - 1, labels)]).fit()
    assert fingerprint(collated.G) == fingerprint(plain.G)


def test_a_sampler_may_leave_out_what_has_no_label(make_trainer, tiny):
    images, labels = tiny(8)
    labels[5:] = -1
    loader = DataLoader(
        TensorDataset(images, labels), batch_size=4, sampler=SubsetRandomSampler(range(5))
    )
    assert make_trainer(loader).fit().state.images == 5


def test_an_image_folder_in_a_plain_loader_is_read_by_its_names(
    tmp_path, networks, spy, make_trainer
):
    from PIL import Image
    from torchvision import datasets, transforms

    for name in ("ant", "bee", "cow"):
        (tmp_path / name).mkdir()
        for index in range(2):
            Image.new("L", (8, 8), 40 * index).save(tmp_path / name / f"{index}.png")
    steps = [transforms.Grayscale(), transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]
    folder = datasets.ImageFolder(tmp_path, transforms.Compose(steps))
    G, D = networks(["cow", "bee", "ant"])
    D = spy(D)
    make_trainer(DataLoader(folder, batch_size=6), G=G, D=D, algorithm="article").fit()
    assert D.calls[0][1].tolist() == [2, 2, 1, 1, 0, 0]
