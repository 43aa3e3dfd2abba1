"""What goes wrong with labels and label encoders elsewhere.

Each test names the case (D01 to D10) that it stands for.
"""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import one_hot
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import Compose, Grayscale, Normalize, ToTensor

import condgan
from condgan import ConditionalDiscriminator, ConditionalGenerator, load_data
from condgan.errors import ArgumentTypeError, ConfigError, DataError, LabelError
from condgan.plugins.registry import known

PRESETS = list(known("algorithm"))
PETS = ["cat", "dog", "owl"]


def in_loader(images, labels, **options):
    return DataLoader(TensorDataset(images, labels), **{"batch_size": 4, **options})


def picture_folders(path, names, side=8):
    """A folder for each name, with one gray picture in it; no two are of the same gray."""
    for index, name in enumerate(names):
        (path / name).mkdir(parents=True)
        Image.new("L", (side, side), 10 + 3 * index).save(path / name / "1.png")
    return path


def gray(index):
    """What `picture_folders` painted, in [-1, 1]."""
    return (10 + 3 * index) / 127.5 - 1


AS_TENSORS = Compose([Grayscale(), ToTensor(), Normalize(0.5, 0.5)])


# D01: labels that count from one ------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.uint16, torch.float32])
def test_d01_labels_from_one_are_refused(refused, tiny, dtype, shuffle):
    images, labels = tiny(16)
    loader = in_loader(images, (labels + 1).to(dtype), shuffle=shuffle)
    refused(loader, LabelError, "from 1 to 3", "0 to 2", "num_classes is 3", "Classes([1, ..., 3])")


@pytest.mark.parametrize("form", [np.uint16, np.int8, np.float64, list])
def test_d01_also_where_no_tensor_holds_them(refused, tiny, form):
    images, labels = tiny(6)
    labels = (labels + 1).tolist() if form is list else (labels + 1).numpy().astype(form)
    refused([(images, labels)], LabelError, "in batch 0", "from 1 to 3", "num_classes is 3")


def test_d01_part_of_a_set_is_seen_ahead_too(refused, tiny):
    images, labels = tiny(16)
    labels[[3, 15]] = 3
    whole = TensorDataset(images, labels)
    refused(DataLoader(Subset(whole, range(16)), batch_size=4), LabelError, "data set", "index 3")
    nested = Subset(Subset(whole, range(8, 16)), [0, 7])
    refused(DataLoader(nested, batch_size=1, shuffle=True), LabelError, "first 3 at index 1")


def test_d01_what_a_part_leaves_out_does_not_count(make_trainer, tiny):
    images, labels = tiny(16)
    labels[15], images[15] = 3, torch.nan
    part = Subset(TensorDataset(images, labels), range(12))
    assert make_trainer(DataLoader(part, batch_size=4)).fit().state.images == 12


def test_d01_text_is_no_number_and_the_number_is_pointed_out(refused, tiny):
    images, _ = tiny(3)
    refused([(images, ["1", "2", "3"])], LabelError, "'1' at index 0", "did you mean 1, the int?")


@pytest.mark.parametrize("labels", [[1, 2, 3], ["1", "2", "3"]])
def test_d01_naming_the_labels_is_the_way_out(make_trainer, networks, tiny, spy, labels):
    G, D = networks(labels)
    D = spy(D)
    images, ids = tiny(6)
    batch = (images, [labels[i] for i in ids])
    make_trainer([batch], G=G, D=D, algorithm="article").fit()
    assert D.calls[0][1].tolist() == [0, 1, 2, 0, 1, 2]
    assert G.generate(labels[2], n=2).shape == (2, 1, 8, 8)
    with pytest.raises(LabelError, match="no class is labelled 0"):
        G.generate(0)


def test_d01_load_data_names_them_itself():
    X = np.random.default_rng(0).integers(0, 256, (6, 8, 8), dtype=np.uint8)
    y = 1 + np.arange(6, dtype=np.uint16) % 3
    assert load_data((X, y)).classes.labels == (1, 2, 3)
    with pytest.raises(LabelError, match=r"from 1 to 3.*Classes\(\[1, \.\.\., 3\]\)"):
        load_data((X, y), classes=3)


# D02: marks for "unknown" -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "dtype"), [(-1, "int64"), (255, "uint8"), (-100, "int32"), (65535, "uint16")]
)
def test_d02_a_mark_for_no_label_is_refused_where_it_lies(mark, dtype):
    X = np.random.default_rng(0).integers(0, 256, (16, 8, 8), dtype=np.uint8)
    y = np.arange(16) % 3
    y[[7, 9]] = mark
    for labels in (y.astype(dtype), y.tolist(), y.astype(float), y[:, None], torch.tensor(y)):
        with pytest.raises(LabelError, match=rf"label {mark} at index 7 \(2 such in all\).*0 to 2"):
            load_data((X, labels))
        with pytest.raises(LabelError, match=rf"first {mark} at index 7"):
            load_data((X, labels), classes=3)
    assert load_data((X, y), classes=[0, 1, 2, mark]).counts()[mark] == 2


@pytest.mark.parametrize(
    "labels",
    [[-1, 1], [-2, -1, 0, 1, 2], [0, 255], [*range(256)] * 20, [1, 2, 7, 12], [3, 4, -1]],
    ids=lambda labels: f"{len(labels)} from {min(labels)} to {max(labels)}",
)
def test_d02_numbers_that_may_well_be_classes_are_taken(labels):
    data = load_data((np.zeros((len(labels), 8, 8)) + np.eye(8), labels))
    assert data.classes.labels == tuple(sorted(set(labels)))


@pytest.mark.parametrize("missing", [None, float("nan")])
@pytest.mark.parametrize("others", [["cat", "dog"], [0, 1]])
def test_d02_a_missing_label_is_refused_where_it_lies(missing, others):
    X = np.random.default_rng(0).random((4, 8, 8))
    with pytest.raises(LabelError, match=r"index 2"):
        load_data((X, [*others, missing, others[0]]))


@pytest.mark.parametrize("mark", [-1, 255])
def test_d02_a_trainer_takes_no_mark_for_an_index(refused, tiny, mark):
    images, labels = tiny(16)
    labels[7] = mark
    refused(in_loader(images, labels), LabelError, f"first {mark} at index 7", "0 to 2")
    refused([(images, labels.numpy())], LabelError, f"first {mark} at index 7")
    refused([(images, labels.tolist())], LabelError, f"first {mark} at index 7")


# D03, D04, D05: forms of labels -------------------------------------------------------------

FORMS = {
    **{str(d): lambda y, d=d: y.to(d) for d in (torch.uint8, torch.int8, torch.int16, torch.int32)},
    **{str(d): lambda y, d=d: y.to(d) for d in (torch.float16, torch.bfloat16, torch.float64)},
    **{str(d): lambda y, d=d: y.to(d) for d in (torch.float32, torch.uint16, torch.uint32)},
    "numpy uint64": lambda y: y.numpy().astype(np.uint64),
    "numpy objects": lambda y: y.numpy().astype(object),
    "numpy, backwards in memory": lambda y: np.ascontiguousarray(y.numpy()[::-1])[::-1],
    "numpy, other byte order": lambda y: y.numpy().astype(">i4"),
    "whole floats in a list": lambda y: [float(label) for label in y],
    "tensors in a list": list,
}

COLUMNS = {
    "(N, 1)": lambda y: y[:, None],
    "(N, 1) floats": lambda y: y[:, None].float(),
    "(N, 1) bytes": lambda y: y[:, None].numpy().astype(np.uint8),
    "a list of single ones": lambda y: y[:, None].tolist(),
    "tensors (1,) in a list": lambda y: list(y[:, None]),
}

ROWS = {
    "one-hot floats": lambda y: one_hot(y, 3).float(),
    "one-hot int64": lambda y: one_hot(y, 3),
    "one-hot truth values": lambda y: one_hot(y, 3).bool(),
    "one-hot bfloat16": lambda y: one_hot(y, 3).bfloat16(),
    "one-hot lists": lambda y: one_hot(y, 3).tolist(),
}


@pytest.fixture
def alike(make_trainer, tiny, fingerprint):
    """Checks that labels in some form train as plain int64 ones do, to the bit."""

    def check(form):
        images, labels = tiny(12)
        plain, formed = (
            make_trainer([(images[i : i + 4], y[i : i + 4]) for i in (0, 4, 8)]).fit()
            for y in (labels, form(labels))
        )
        assert fingerprint(formed.G, formed.D) == fingerprint(plain.G, plain.D)
        X = images.numpy()
        ours, theirs = load_data((X, labels)), load_data((X, form(labels)))
        assert torch.equal(ours.labels, theirs.labels)
        assert ours.classes == theirs.classes

    return check


@pytest.mark.parametrize("form", FORMS)
def test_d03_whole_numbers_of_any_type_are_ids(alike, form):
    alike(FORMS[form])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_d03_numbers_between_are_refused(refused, tiny, dtype):
    images, labels = tiny(8)
    labels = labels.to(dtype)
    labels[5] = 2.5
    refused(in_loader(images, labels), LabelError, "label 2.5 at index 5", "Known: 0, 1, 2")
    with pytest.raises(LabelError, match=r"2\.5 at index 5 is not a whole number"):
        load_data((images, labels))


@pytest.mark.parametrize("form", COLUMNS)
def test_d04_a_column_of_labels_is_labels(alike, form):
    alike(COLUMNS[form])


@pytest.mark.parametrize("width", [2, 4])
def test_d04_more_columns_are_refused(refused, tiny, width):
    images, labels = tiny(8)
    rows = labels[:, None].repeat(1, width)
    refused(in_loader(images, rows), LabelError, f"(8, {width})", "(N,) or (N, 1)")
    with pytest.raises(LabelError, match=r"not one-hot rows\. Say what they are"):
        load_data((images, rows))


def test_d04_a_column_of_names_is_names(make_trainer, networks, tiny, spy):
    G, D = networks(PETS)
    D = spy(D)
    column = np.array([["owl"], ["cat"], ["dog"]])
    make_trainer([(tiny(3)[0], column)], G=G, D=D, algorithm="article").fit()
    assert D.calls[0][1].tolist() == [2, 0, 1]


@pytest.mark.parametrize("form", ROWS)
def test_d05_exact_one_hot_rows_are_ids(alike, form):
    alike(ROWS[form])


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows * 0.9 + 0.1 / 3,  # smoothed
        lambda rows: rows.softmax(dim=1),
        lambda rows: rows * 2,
        lambda rows: 1 - rows,
        lambda rows: rows * 0,
        lambda rows: rows * 2 - 1,
    ],
)
def test_d05_other_rows_are_never_arg_maxed(refused, tiny, change):
    images, labels = tiny(8)
    rows = change(one_hot(labels, 3).float())
    refused(in_loader(images, rows), LabelError, "(8, 3)", "not one-hot rows", "multihot")
    with pytest.raises(LabelError, match="not one-hot rows"):
        load_data((images, rows))


def test_d05_a_row_with_nan_has_no_label(refused, tiny):
    images, labels = tiny(8)
    rows = one_hot(labels, 3).float()
    rows[2, 1] = torch.nan
    refused(in_loader(images, rows), LabelError, "(8, 3)", "not one-hot rows")
    with pytest.raises(LabelError, match="1 of 8 images have no label: index 2"):
        load_data((images, rows))


def test_d05_rows_do_not_say_which_name_a_column_has(refused, tiny):
    images, labels = tiny(8)
    rows = one_hot(labels, 3)
    words = ("got (8, 3)", "One-hot rows do not say which label", "rows.argmax(1)")
    refused([(images, rows)], LabelError, *words, classes=PETS)
    refused([(images, rows)], LabelError, *words, classes=[1, 2, 3])


# D06: names ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, np.str_])
def test_d06_names_are_fitted_once_kept_and_drawn_by(make_trainer, tiny, tmp_path, kind):
    images, ids = tiny(12)
    pairs = [(image, kind(PETS[i])) for image, i in zip(images, ids, strict=True)]
    data = load_data(pairs_as_dataset(pairs))
    assert data.classes.labels == ("cat", "dog", "owl")
    G = ConditionalGenerator(data.classes, data.image_shape, width=8, seed=0)
    D = ConditionalDiscriminator(data.classes, data.image_shape, width=8, seed=1)
    trainer = make_trainer(DataLoader(pairs, batch_size=4), G=G, D=D).fit()
    trainer.generator.save_pretrained(tmp_path / "run")
    again = ConditionalGenerator.from_pretrained(tmp_path / "run")
    assert again.classes.labels == ("cat", "dog", "owl")
    z = torch.ones(1, 100)
    assert torch.equal(again.generate("dog", z=z), G.generate(["dog"], z=z))
    with pytest.raises(LabelError, match=r"'dgo'; did you mean 'dog'\? Known: 'cat', 'dog', 'owl'"):
        again.generate("dgo")


def pairs_as_dataset(pairs):
    class Pairs(torch.utils.data.Dataset):
        def __len__(self):
            return len(pairs)

        def __getitem__(self, index):
            return pairs[index]

    return Pairs()


@pytest.mark.parametrize("wrong", ["cow", "Cat", "cat ", ""])
def test_d06_a_name_nobody_knows_is_refused(refused, tiny, wrong):
    images, _ = tiny(4)
    pairs = list(zip(images, ["cat", "dog", wrong, "owl"], strict=True))
    loader = DataLoader(pairs, batch_size=4)
    refused(loader, LabelError, f"{wrong!r} at index 2", "'owl'", classes=PETS)


def test_d06_names_for_networks_that_only_count_are_refused(refused, tiny):
    pairs = list(zip(tiny(3)[0], PETS, strict=True))
    refused(DataLoader(pairs, batch_size=3), LabelError, "'cat' at index 0", "Known: 0, 1, 2")


# D07: the width of one-hot rows -------------------------------------------------------------


@pytest.mark.parametrize("encoder", ["onehot", "embedding"])
@pytest.mark.parametrize("name", PRESETS)
def test_d07_batches_without_the_top_class_train(tiny, name, encoder):
    G, D = condgan.preset(name).networks(3, (1, 8, 8), seed=0, encoder=encoder, width=8)
    images, _ = tiny(3)
    batches = [(images, torch.tensor(y)) for y in ([0, 0, 1], [0, 1, 2], [0, 0, 0])] * 2
    trainer = condgan.Trainer(G, D, batches, algorithm=name, progress=False, device="cpu", seed=0)
    trainer.fit()
    assert trainer.state.step == 6
    assert G.condition(torch.tensor([0, 1])).shape == G.condition(torch.tensor([2, 0])).shape
    assert all(p.isfinite().all() for p in (*G.parameters(), *D.parameters()))


def test_d07_the_width_is_the_number_of_classes_whatever_comes():
    G = ConditionalGenerator(7, (1, 8, 8), width=8)
    assert G.condition(torch.tensor([0])).shape == (1, 7)
    assert G.condition(torch.tensor([0, 0, 1])).tolist() == [[1] + 6 * [0]] * 2 + [[0, 1] + 5 * [0]]
    assert G.generate([0, 0]).shape == (2, 1, 8, 8)


# D08: a class without images ----------------------------------------------------------------


def test_d08_a_class_without_a_folder_keeps_its_place_and_is_told(make_trainer, tmp_path):
    picture_folders(tmp_path, ["a", "c"])
    with pytest.warns(UserWarning, match=r"no image of 1 of 3 classes: 'b'") as caught:
        data = load_data(tmp_path, classes=["a", "b", "c"])
    assert len(caught) == 1
    assert data.classes.labels == ("a", "b", "c")
    assert data.labels.tolist() == [0, 2]
    G = ConditionalGenerator(data.classes, data.image_shape, width=8, seed=0)
    D = ConditionalDiscriminator(data.classes, data.image_shape, width=8, seed=1)
    make_trainer(data.loader(2), G=G, D=D).fit()
    for asked in ("b", ["a", "b"], {"b": 2}, None):
        with pytest.warns(UserWarning, match="never trained: no image of 'b'"):
            G.generate(asked)
    assert G.generate(["a", "c"], n=2).shape == (4, 1, 8, 8)
    assert G.generate({"a": 1, "c": 2}).shape == (3, 1, 8, 8)


def loaders_of(images, labels):
    """The same batch in each kind of loader; one class at most is missing."""
    names = [PETS[i] for i in labels]
    yield condgan.LabelledImages(images, labels, PETS).loader(4)
    yield DataLoader(condgan.LabelledImages(images, labels, PETS), batch_size=4)
    yield [(images, names)]
    yield DataLoader([{"img": x, "target": y} for x, y in zip(images, names, strict=True)])


@pytest.mark.parametrize("kind", range(4))
def test_d08_whatever_the_loader(make_trainer, networks, tiny, kind):
    images, _ = tiny(4)
    loader = list(loaders_of(images, torch.tensor([2, 0, 2, 0])))[kind]
    G, D = networks(PETS)
    assert G.unseen is None
    make_trainer(loader, G=G, D=D).fit()
    assert G.unseen == ("dog",)
    everything = list(loaders_of(images, torch.tensor([2, 1, 2, 0])))[kind]
    make_trainer(everything, G=G, D=D).fit()
    assert G.unseen == ()
    assert G.generate("dog").shape == (1, 1, 8, 8)


def test_d08_what_was_seen_before_stays_seen_and_is_saved(make_trainer, networks, tiny, tmp_path):
    images, _ = tiny(4)
    G, D = networks(PETS)
    make_trainer([(images, ["cat", "dog"] * 2)], G=G, D=D).fit()
    G.save_pretrained(tmp_path)
    again = ConditionalGenerator.from_pretrained(tmp_path)
    assert again.unseen == ("owl",)
    with pytest.warns(UserWarning, match="never trained"):
        again.generate("owl")
    make_trainer([(images, ["owl", "cat"] * 2)], G=again, D=D).fit()
    assert again.unseen == ()
    again.save_pretrained(tmp_path)
    assert ConditionalGenerator.from_pretrained(tmp_path).unseen == ()


def test_d08_an_untrained_generator_claims_nothing(networks, tmp_path):
    G, _ = networks(PETS)
    assert G.generate(PETS).shape == (3, 1, 8, 8)
    G.save_pretrained(tmp_path)
    assert ConditionalGenerator.from_pretrained(tmp_path).unseen is None


# D09: folders called by numbers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([str(i) for i in range(11)], range(11)),
        ([str(i) for i in range(1, 13)], range(1, 13)),
        ([f"{i:02d}" for i in range(11)], None),
        (["scan1", "scan2", "scan10"], None),
        (["2", "10", "dog"], None),
    ],
    ids=str,
)
def test_d09_a_folder_its_images_and_its_label_belong_together(tmp_path, names, labels):
    picture_folders(tmp_path, names)
    data = load_data(tmp_path)
    labels = names if labels is None else list(labels)
    assert list(data.classes.labels) == labels  # numbers by size, text in natural order
    for index, label in enumerate(labels):
        assert data.of(label).flatten()[0] == pytest.approx(gray(index), abs=1e-6)
    again = ConditionalGenerator(data.classes, data.image_shape, width=8).config()["classes"]
    assert again["labels"] == labels


def test_d09_numbers_as_text_are_in_their_order():
    y = [str(i) for i in range(1, 101)]
    data = load_data((np.zeros((100, 8, 8)) + np.eye(8), y[::-1]))
    assert list(data.classes.labels) == y
    assert data[0][1] == "100"


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize("as_text", [False, True])
def test_d09_an_image_folder_sorts_by_text_and_is_read_by_its_names(
    make_trainer, networks, tmp_path, spy, as_text, part
):
    names = [str(i) for i in range(11)]
    folder = ImageFolder(picture_folders(tmp_path, names), AS_TENSORS)
    assert folder.classes[2] == "10"  # so that the id 2 does not stand for "2"
    dataset = Subset(Subset(folder, range(11)), range(11)) if part else folder
    G, D = networks(names if as_text else 11)
    D = spy(D)
    make_trainer(DataLoader(dataset, batch_size=11), G=G, D=D, algorithm="article").fit()
    images, ids, _ = D.calls[0]
    for image, label in zip(images, ids.tolist(), strict=True):
        assert image.flatten()[0] == pytest.approx(gray(label), abs=1e-6)


def test_d09_names_that_are_other_numbers_than_the_ids_are_told(make_trainer, networks, tmp_path):
    folder = ImageFolder(picture_folders(tmp_path, ["1", "2", "10"]), AS_TENSORS)
    with pytest.warns(UserWarning, match=r"'1', '10', '2'.*G\.generate\(0\) draws.*'1'"):
        make_trainer(DataLoader(folder, batch_size=3))
    G, D = networks([1, 2, 10])
    trainer = make_trainer(DataLoader(folder, batch_size=3), G=G, D=D).fit()
    assert trainer.generator.unseen == ()


def test_d09_labels_that_were_transformed_are_no_ids(make_trainer, networks, tmp_path, spy):
    path = picture_folders(tmp_path, PETS)
    folder = ImageFolder(path, AS_TENSORS, target_transform=PETS[::-1].__getitem__)
    G, D = networks(PETS)
    D = spy(D)
    make_trainer(DataLoader(folder, batch_size=3), G=G, D=D, algorithm="article").fit()
    assert D.calls[0][1].tolist() == [2, 1, 0]


def test_d09_several_folders_together_are_no_one_folder(refused, tmp_path):
    folder = ImageFolder(picture_folders(tmp_path, PETS), AS_TENSORS)
    both = ConcatDataset([folder, folder])
    refused(DataLoader(both, batch_size=6), LabelError, "label 0 at index 0", classes=PETS)


# D10: encoders of one's own -----------------------------------------------------------------


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.vectors = nn.Embedding(3, 4)
        self.more = nn.ModuleList([nn.Linear(4, 5)])

    def forward(self, ids):
        return self.more[0](self.vectors(ids))


@pytest.mark.parametrize("name", PRESETS)
def test_d10_an_encoder_is_trained_moved_and_saved(make_trainer, tiny, tmp_path, name):
    G = ConditionalGenerator(3, (1, 8, 8), encoder=Own(), width=8, seed=0)
    auxiliary = {"ac-gan": "ac", "quality": "adc"}.get(name)
    D = ConditionalDiscriminator(3, (1, 8, 8), encoder=Own(), width=8, seed=1, auxiliary=auxiliary)
    before = [[p.detach().clone() for p in net.encoder.parameters()] for net in (G, D)]
    make_trainer([tiny(6)] * 5, G=G, D=D, algorithm=name).fit()
    for network, old in zip((G, D), before, strict=True):
        own = {id(p) for p in network.parameters()}
        for parameter, was in zip(network.encoder.parameters(), old, strict=True):
            assert id(parameter) in own
            assert not torch.equal(parameter, was)
    G.save_pretrained(tmp_path)
    again = ConditionalGenerator.from_pretrained(tmp_path, encoder=Own())
    ids = torch.tensor([0, 1, 2])
    assert torch.equal(again.encoder(ids), G.encoder(ids))
    assert all(p.dtype == torch.float64 for p in G.double().encoder.parameters())
    assert all(p.is_meta for p in D.to("meta").encoder.parameters())


def test_d10_what_is_frozen_stays_frozen(make_trainer, tiny, fingerprint):
    G = ConditionalGenerator(3, (1, 8, 8), encoder=Own().requires_grad_(False), width=8)
    before = fingerprint(G.encoder)
    make_trainer([tiny(6)] * 2, G=G).fit()
    assert fingerprint(G.encoder) == before
    assert not any(p.requires_grad for p in G.encoder.parameters())


class Hiding(nn.Module):
    """Keeps its weights where torch does not find them."""

    def __init__(self, kept):
        super().__init__()
        self.vectors = nn.Embedding(3, 4)
        self.kept = kept

    def forward(self, ids):
        weight = self.kept[0].weight if isinstance(self.kept[0], nn.Module) else self.kept[0]
        return self.vectors(ids) @ weight


@pytest.mark.parametrize(
    "kept",
    [
        [nn.Linear(4, 4)],
        {0: nn.Linear(4, 4)},
        (torch.ones(4, 4, requires_grad=True),),
        [nn.Parameter(torch.ones(4, 4))],
    ],
    ids=["list", "dict", "tensor", "parameter"],
)
@pytest.mark.parametrize("make", [ConditionalGenerator, ConditionalDiscriminator])
def test_d10_weights_that_torch_does_not_see_are_refused(make, kept):
    with pytest.raises(ConfigError, match=r"Hiding computes with 1 weights.*nn\.ModuleList"):
        make(3, (1, 8, 8), encoder=Hiding(kept))


@pytest.mark.parametrize("encoder", [Own, lambda ids: ids, 3], ids=["class", "function", "number"])
def test_d10_what_is_no_module_is_refused(encoder):
    with pytest.raises((ArgumentTypeError, DataError), match="encoder must be a name or a torch"):
        ConditionalGenerator(3, (1, 8, 8), encoder=encoder)
