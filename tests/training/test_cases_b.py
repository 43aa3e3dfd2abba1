"""What goes wrong with batches, loaders, arrays and value ranges elsewhere.

Each test names the case (D11 to D23) that it stands for.
"""

import functools
import itertools
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset
from torchvision.transforms import Compose, Normalize, ToTensor

import condgan
from condgan import Architecture, LabelledImages, load_data
from condgan.errors import ArgumentTypeError, DataError
from condgan.plugins.registry import known

PRESETS = list(known("algorithm"))
SIDE = 16


def real(n, shape=(1, SIDE, SIDE), classes=3):
    """`n` random images and their labels 0, 1, 2, 0, ..."""
    images = torch.rand(n, *shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return images, torch.arange(n) % classes


def trained(name, loader, architecture="dcgan", epochs=1, **options):
    G, D = condgan.preset(name).networks(
        3, (1, SIDE, SIDE), seed=0, architecture=architecture, width=4
    )
    trainer = condgan.Trainer(
        G, D, loader, algorithm=name, seed=0, progress=False, device="cpu", **options
    )
    return trainer.fit(epochs)


def is_sound(trainer):
    tensors = [*trainer.G.parameters(), *trainer.D.parameters(), *trainer.G.buffers()]
    return all(tensor.isfinite().all() for tensor in tensors)


class Kept(condgan.Callback):
    """Keeps the losses and the number of images of each step."""

    def __init__(self):
        self.steps = []

    def on_batch_end(self, state):
        self.steps.append((state.batch_images, {k: float(v) for k, v in state.logs.items()}))


# D11, D12: the last batch -------------------------------------------------------------------


def in_torch(n, size):
    return DataLoader(TensorDataset(*real(n)), batch_size=size)


def in_library(n, size):
    return LabelledImages(*real(n), 3).loader(size, shuffle=False)


@pytest.mark.parametrize("make", [in_torch, in_library])
@pytest.mark.parametrize("name", PRESETS)
def test_d11_a_short_last_batch_counts_for_its_images(name, make):
    kept = Kept()
    trainer = trained(name, make(10, 4), callbacks=[kept], epochs=2)
    assert [images for images, _ in kept.steps] == [4, 4, 2] * 2
    assert trainer.state.step == 6
    for epoch, row in enumerate(trainer.history.epochs):
        steps = kept.steps[3 * epoch : 3 * epoch + 3]
        mean = sum(images * logs["d_loss"] for images, logs in steps) / 10
        assert row["d_loss"] == pytest.approx(mean, rel=1e-5, abs=1e-6)
        assert row["images"] == 10 * (epoch + 1)
    assert is_sound(trainer)


@pytest.mark.parametrize(
    ("n", "options", "sizes"),
    [
        (3, {"batch_size": 8}, [3]),
        (10, {"batch_size": 4, "drop_last": True}, [4, 4]),
        (6, {"batch_sampler": [[0], [1, 2, 3, 4], [5]]}, [1, 4, 1]),
    ],
    ids=["larger than the data", "drop_last", "sizes of one's own"],
)
def test_d11_batches_of_other_sizes(n, options, sizes):
    kept = Kept()
    trained("quality", DataLoader(TensorDataset(*real(n)), **options), callbacks=[kept])
    assert [images for images, _ in kept.steps] == sizes


@pytest.mark.parametrize("make", [in_torch, in_library])
@pytest.mark.parametrize("architecture", ["mlp", "dcgan", "resnet"])
@pytest.mark.parametrize("name", PRESETS)
def test_d12_a_last_batch_of_one_image_trains(name, architecture, make):
    trainer = trained(name, make(9, 4), architecture, epochs=2)
    assert trainer.state.step == 6
    assert trainer.state.images == 18
    assert "skipped_images" not in trainer.history.names()
    assert is_sound(trainer)


class Normed(nn.Module):
    """A backbone as many write it: normalised over the batch alone, which takes two images."""

    def __init__(self, given, out, shape=None):
        super().__init__()
        self.features = out
        self.shape = shape
        self.layers = nn.Sequential(nn.Linear(given, out), nn.BatchNorm1d(out), nn.Tanh())

    def forward(self, first, condition):
        out = self.layers(torch.cat([first.flatten(1), condition], dim=1))
        return out if self.shape is None else out.view(-1, *self.shape)


NORMED_G = Architecture(
    lambda latent, size, shape: Normed(latent + size, SIDE * SIDE, shape),
    lambda size, shape: condgan.networks.mlp.MlpDiscriminator(size, shape, width=4),
)
NORMED_D = Architecture(
    lambda latent, size, shape: condgan.networks.mlp.MlpGenerator(latent, size, shape, width=4),
    lambda size, shape: Normed(SIDE * SIDE + size, 8),
)


def normed(architecture, loader, algorithm="quick", epochs=1):
    G = condgan.ConditionalGenerator(3, (1, SIDE, SIDE), architecture=architecture, seed=0)
    D = condgan.ConditionalDiscriminator(3, (1, SIDE, SIDE), architecture=architecture, seed=1)
    kept = Kept()
    trainer = condgan.Trainer(
        G, D, loader, algorithm=algorithm, callbacks=[kept], seed=0, progress=False, device="cpu"
    )
    return trainer.fit(epochs), [images for images, _ in kept.steps]


@pytest.mark.parametrize("make", [in_torch, in_library])
@pytest.mark.parametrize("algorithm", ["quick", "article"])
@pytest.mark.parametrize("architecture", [NORMED_G, NORMED_D], ids=["G", "D"])
def test_d12_networks_that_need_two_pass_over_one(architecture, algorithm, make):
    trainer, sizes = normed(architecture, make(9, 4), algorithm, epochs=2)
    assert sizes == [4, 4] * 2
    assert trainer.history["skipped_images"] == [1, 1]
    assert trainer.state.images == 16
    assert is_sound(trainer)
    trainer, sizes = normed(architecture, make(10, 4), algorithm)
    assert sizes == [4, 4, 2]
    assert "skipped_images" not in trainer.history.names()


def test_d12_one_in_the_middle_is_passed_over_alone():
    loader = DataLoader(TensorDataset(*real(8)), batch_sampler=[[0, 1], [2], [3, 4, 5], [6], [7]])
    trainer, sizes = normed(NORMED_G, loader)
    assert sizes == [2, 3]
    assert trainer.history["skipped_images"] == [3]


def test_d12_nothing_but_batches_of_one_is_refused():
    with pytest.raises(DataError, match=r"batches of one image.*BatchNorm1d.*larger batches"):
        normed(NORMED_G, in_torch(3, 1))
    assert trained("quick", in_torch(3, 1)).state.images == 3


# D13, D14: loaders without batches, and without length --------------------------------------


class Stream(IterableDataset):
    """Gives its items anew each time, and does not say how many."""

    def __init__(self, images, labels):
        self.items = list(zip(images, labels, strict=True))

    def __iter__(self):
        return iter(self.items)


def once(images, labels):
    """A stream that was written so that it can be read a single time."""
    stream = Stream(images, labels)
    left = iter(stream.items)
    stream.__class__ = type("Once", (Stream,), {"__iter__": lambda self: left})
    return stream


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda x, y: DataLoader(TensorDataset(x, y), batch_size=8, drop_last=True),
            ["images 3", "batch_size 8", "drop_last True"],
        ),
        (
            lambda x, y: LabelledImages(x, y, 3).loader(8, drop_last=True),
            ["images 3", "batch_size 8", "drop_last True"],
        ),
        (lambda x, y: DataLoader([], batch_size=8), ["images 0", "batch_size 8"]),
        (lambda x, y: DataLoader(TensorDataset(x, y), batch_sampler=[]), ["images 3"]),
        (lambda x, y: DataLoader(Stream([], []), batch_size=8), ["batch_size 8"]),
        (
            lambda x, y: DataLoader(Stream(x, y), batch_size=8, drop_last=True),
            ["batch_size 8", "drop_last True"],
        ),
        (lambda x, y: [], []),
    ],
)
def test_d13_no_batch_is_refused_with_the_sizes(refused, tiny, make, words):
    refused(make(*tiny(3)), DataError, "no batch", *words)


def test_d13_a_stream_that_is_read_out_after_an_epoch_says_so(make_trainer, tiny):
    trainer = make_trainer(DataLoader(once(*tiny(10)), batch_size=4))
    with pytest.raises(DataError, match="an iterator that was read before"):
        trainer.fit(2)
    assert trainer.state.epoch == 1
    assert len(trainer.history) == 1


@pytest.mark.parametrize("name", PRESETS)
def test_d14_a_stream_trains_epoch_by_epoch(name):
    kept = Kept()
    stream = trained(name, DataLoader(Stream(*real(10)), batch_size=4), epochs=2, callbacks=[kept])
    assert [images for images, _ in kept.steps] == [4, 4, 2] * 2
    assert stream.history["epoch"] == [1, 2]
    assert stream.history["images"] == [10, 20]
    assert is_sound(stream)


@pytest.mark.parametrize("error", [TypeError, NotImplementedError])
def test_d14_whatever_len_says(make_trainer, tiny, error):
    class Silent(Stream):
        def __len__(self):
            raise error("nobody knows")

    trainer = make_trainer(DataLoader(Silent(*tiny(10)), batch_size=4), progress=True)
    assert trainer.fit(2).history["epoch"] == [1, 2]
    assert trainer.state.step == 6


def test_d14_load_data_reads_a_stream(tiny):
    data = load_data(Stream(*tiny(10)))
    assert len(data) == 10
    assert torch.allclose(data.floats(), tiny(10)[0], atol=1e-6)


# D15, D16: what an item is ------------------------------------------------------------------

KEYS = list(
    itertools.product(
        ["image", "images", "img", "pixel_values"], ["label", "labels", "target", "class"]
    )
)


@pytest.mark.parametrize(("image", "label"), KEYS)
def test_d15_items_with_documented_keys_train(make_trainer, tiny, fingerprint, image, label):
    images, labels = tiny(8)
    items = [
        {image: x, label: y, "path": f"{i}.png"}
        for i, (x, y) in enumerate(zip(images, labels, strict=True))
    ]
    found = make_trainer(DataLoader(items, batch_size=4)).fit()
    pairs = make_trainer(DataLoader(TensorDataset(images, labels), batch_size=4)).fit()
    assert fingerprint(found.G, found.D) == fingerprint(pairs.G, pairs.D)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"picture": 1.0, "label": 0}, ["'picture'", "'label'", "'pixel_values'"]),
        ({"image": 1.0}, ["keys 'image'", "'target'"]),
        ((1.0, 0, "x.png"), ["a list of 3", "(images, labels)"]),
        ((1.0,), ["a list of 1"]),
        (1.0, ["a Tensor"]),
    ],
)
def test_d15_other_items_are_refused_with_what_came(refused, item, words):
    refused(DataLoader([item] * 4, batch_size=2), ArgumentTypeError, "batch 0", *words)


class Pictures(Dataset):
    """Pillow pictures of gray, or what a transform makes of them."""

    def __init__(self, n=4, transform=None, sizes=((8, 8),)):
        self.n, self.transform, self.sizes = n, transform, sizes

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        picture = Image.new("L", self.sizes[index % len(self.sizes)], 40 * index)
        return picture if self.transform is None else self.transform(picture), index % 3


@pytest.mark.parametrize("workers", [0, 1])
def test_d16_pictures_without_a_transform_are_refused_with_the_transform(refused, workers):
    refused(
        DataLoader(Pictures(), batch_size=2, num_workers=workers),
        ArgumentTypeError,
        "PIL.Image.Image",
        "Compose([ToTensor(), Normalize(0.5, 0.5)])",
        "load_data(dataset).loader()",
    )


def test_d16_and_with_it_they_train(make_trainer):
    as_tensors = Compose([ToTensor(), Normalize(0.5, 0.5)])
    trainer = make_trainer(DataLoader(Pictures(transform=as_tensors), batch_size=2)).fit()
    assert trainer.state.images == 4


@pytest.mark.parametrize(
    ("item", "words"),
    [((torch.zeros(1, 8, 8), None), "NoneType"), ((object(), 0), "object")],
)
def test_d16_so_is_whatever_else_cannot_be_joined(refused, item, words):
    refused(DataLoader([item] * 2, batch_size=2), ArgumentTypeError, words, "needs a label")


def test_d16_the_librarys_own_sets_give_tensors(make_trainer, tmp_path):
    for name in ("cat", "dog", "owl"):
        (tmp_path / name).mkdir()
        Image.new("L", (8, 8), 100).save(tmp_path / name / "1.png")
    data = load_data(tmp_path)
    for item in (data[0], load_data(Pictures())[1]):
        assert item[0].dtype == torch.float32
        assert item[0].shape == (1, 8, 8)
    trainer = make_trainer(DataLoader(data, batch_size=3), classes=["cat", "dog", "owl"]).fit()
    assert trainer.state.images == 3


def test_d16_other_errors_of_a_data_set_pass_as_they_are(make_trainer):
    def fail(picture):
        raise TypeError("on purpose")

    with pytest.raises(TypeError, match=r"^on purpose$"):
        make_trainer(DataLoader(Pictures(transform=fail), batch_size=2)).fit()


# D17, D18, D19: sizes, shapes, layouts ------------------------------------------------------


@pytest.fixture
def uneven(tmp_path):
    """A folder of one class, with pictures of 28 x 28 and of 30 x 20."""
    (tmp_path / "cat").mkdir()
    for index, size in enumerate([(28, 28), (30, 20), (20, 30)]):
        Image.new("L", size, 200).save(tmp_path / "cat" / f"{index}.png")
    return tmp_path


@pytest.mark.parametrize("image_size", [28, (28, 28), (12, 40)])
def test_d17_image_size_makes_all_alike(uneven, image_size):
    data = load_data(uneven, image_size=image_size)
    height, width = image_size if isinstance(image_size, tuple) else (image_size, image_size)
    assert data.images.shape == (3, 1, height, width)
    # Cut from the middle and resized, never padded: a flat picture stays flat.
    assert (data.images == 200).all()


def test_d17_without_it_two_files_are_named(uneven):
    with pytest.raises(DataError, match=r"0\.png is 28 x 28 but .*1\.png is 20 x 30.*image_size"):
        load_data(uneven)


@pytest.mark.parametrize("workers", [0, 1])
def test_d17_pictures_that_do_not_fit_in_one_batch_are_refused(refused, workers):
    uneven = Pictures(transform=ToTensor(), sizes=((8, 8), (8, 6)))
    loader = DataLoader(uneven, batch_size=2, num_workers=workers)
    refused(loader, DataError, "differ in size", "Resize((32, 32))", "image_size=32")


def test_d17_nor_between_batches(refused):
    uneven = Pictures(transform=Compose([ToTensor(), Normalize(0.5, 0.5)]), sizes=((6, 8),))
    refused(DataLoader(uneven, batch_size=1), DataError, "(1, 8, 8)", "shape (1, 8, 6)")


@pytest.mark.parametrize(
    ("shape", "word"),
    [((3, 8, 8), "(3, 8, 8)"), ((4, 8, 8), "(4, 8, 8)"), ((1, 8, 9), "(1, 8, 9)"),
     ((8, 8), "(8, 8)"), ((64,), "(64,)"), ((8, 8, 1), "(8, 8, 1)")],
)  # fmt: skip
def test_d18_another_shape_is_refused_at_the_start(refused, tiny, shape, word):
    images, labels = torch.rand(8, *shape) * 2 - 1, torch.arange(8) % 3
    words = ("(N, channels, height, width)", "(1, 8, 8)", word)
    refused(DataLoader(TensorDataset(images, labels), batch_size=4), DataError, *words)
    refused([(images, labels)], DataError, "batch 0", *words)


def each_pixel(n, h, w, c):
    """Images (N, H, W, C), every value of its own, 0 to 1."""
    return np.arange(n * h * w * c, dtype=float).reshape(n, h, w, c) / (n * h * w * c)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("hold", [np.asarray, torch.tensor, list], ids=lambda f: f.__name__)
def test_d19_each_pixel_of_channels_last_is_where_it_was(channels, hold):
    X = each_pixel(10, 28, 27, channels)
    data = load_data((hold(X), [0, 1] * 5))
    assert data.image_shape == (channels, 28, 27)
    drawn = (data.floats().numpy() + 1) / 2
    assert np.allclose(drawn.transpose(0, 2, 3, 1), X, atol=1e-6)


def test_d19_gray_images_gain_a_channel():
    X = each_pixel(10, 28, 28, 1)[..., 0]
    data = load_data((X, [0, 1] * 5))
    assert data.image_shape == (1, 28, 28)
    assert np.allclose((data.floats()[:, 0].numpy() + 1) / 2, X, atol=1e-6)


@pytest.mark.parametrize("shape", [(6, 3, 3, 3), (6, 3, 28, 3), (6, 4, 28, 3), (6, 8, 8, 2)])
def test_d19_what_could_be_either_takes_a_word(shape):
    X = np.random.default_rng(0).random(shape)
    with pytest.raises(DataError, match=r'Say which: layout="NCHW" or "NHWC"'):
        load_data((X, [0, 1] * 3))
    for layout, order in (("NCHW", (0, 1, 2, 3)), ("NHWC", (0, 3, 1, 2))):
        data = load_data((X, [0, 1] * 3), layout=layout)
        assert np.allclose((data.floats().numpy() + 1) / 2, X.transpose(order), atol=1e-6)


# D20, D21: how numbers lie in memory, and of what type they are ------------------------------

VIEWS = {
    "flipped": lambda x: x[:, ::-1],
    "flipped left to right": lambda x: x[:, :, ::-1],
    "from the last": lambda x: x[::-1],
    "every second row": lambda x: x[:, ::2],
    "Fortran's order": np.asfortranarray,
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "read only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "transposed": lambda x: x.swapaxes(1, 2),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.uint16])
@pytest.mark.parametrize("view", VIEWS)
def test_d20_any_view_is_copied_as_it_reads(view, dtype):
    X = np.random.default_rng(0).integers(0, 256, (6, 8, 8)).astype(dtype)
    X[0, 0, :2] = 0, 255
    before = X.copy()
    seen = VIEWS[view](X)
    data = load_data((seen, np.arange(6)[::-1] % 3), value_range=(0, 255))
    assert np.allclose((data.floats()[:, 0].numpy() + 1) * 127.5, seen.astype(float), atol=1e-3)
    assert data.labels.tolist() == [2, 1, 0, 2, 1, 0]
    data.images.zero_()
    assert np.array_equal(X, before)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_d21_other_floats_train_as_float32(make_trainer, tiny, fingerprint, dtype):
    images, labels = tiny(8)
    images = images.to(dtype)
    plain, cast = (
        make_trainer(DataLoader(TensorDataset(x, labels), batch_size=4)).fit()
        for x in (images.float(), images)
    )
    assert fingerprint(cast.G, cast.D) == fingerprint(plain.G, plain.D)
    assert torch.equal(load_data((images, labels)).images, images.float())


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64, torch.bool])
def test_d21_whole_numbers_are_refused_with_the_way_out(refused, tiny, dtype):
    images, labels = tiny(8)
    whole = ((images + 1) * 127.5).to(dtype)
    words = (str(dtype), "images.float() / 127.5 - 1", "load_data")
    refused(DataLoader(TensorDataset(whole, labels), batch_size=4), ArgumentTypeError, *words)
    refused([(whole, labels)], ArgumentTypeError, "batch 0", *words)


def test_d21_load_data_takes_bytes_and_doubles(make_trainer, tiny):
    images, labels = tiny(8)
    for X in (((images + 1) * 127.5).byte(), images.double(), images.double().numpy()):
        loader = load_data((X, labels)).loader(4)
        assert next(iter(loader))[0].dtype == torch.float32
        assert make_trainer(loader).fit().state.step == 2


# D22: files sorted by class -----------------------------------------------------------------


@pytest.mark.parametrize("make", [in_torch, in_library])
@pytest.mark.parametrize("name", PRESETS)
def test_d22_batches_of_a_single_class_train(name, make):
    images, _ = real(24)
    labels = torch.arange(24) // 8
    loader = {
        in_torch: DataLoader(TensorDataset(images, labels), batch_size=8),
        in_library: LabelledImages(images, labels, 3).loader(8, shuffle=False),
    }[make]
    trainer = trained(name, loader, epochs=2)
    assert trainer.state.step == 6
    assert trainer.G.unseen == ()
    assert is_sound(trainer)


def heads(images, labels):
    """The first rows of a file that is sorted by class, in the ways people take them."""
    data = LabelledImages(images, labels, 3)
    return {
        "subset": data.subset(range(8)).loader(4),
        "tensors": DataLoader(TensorDataset(images[:8], labels[:8]), batch_size=4),
        "part": DataLoader(Subset(TensorDataset(images, labels), range(8)), batch_size=4),
    }


@pytest.mark.parametrize("way", ["subset", "tensors", "part"])
def test_d22_a_head_of_one_class_is_told(make_trainer, tiny, way):
    images, _ = tiny(24)
    labels = torch.arange(24) // 8
    with pytest.warns(UserWarning, match=r"all 8 images are of the class 0.*3 classes"):
        trainer = make_trainer(heads(images, labels)[way])
    trainer.fit()
    with pytest.warns(UserWarning, match="never trained: no image of 1, 2"):
        trainer.generator.generate()


def test_d22_one_class_is_right_where_there_is_but_one(make_trainer, networks, tiny):
    G, D = networks(["cat"])
    data = LabelledImages(tiny(4)[0], torch.zeros(4, dtype=torch.int64), ["cat"])
    assert make_trainer(data.loader(2), G=G, D=D).fit().generator.unseen == ()


@pytest.mark.parametrize("fraction", [0.25, 0.5])
def test_d22_a_split_holds_every_class(fraction, tiny):
    data = LabelledImages(tiny(24)[0], torch.arange(24) // 8, 3)
    for part, share in zip(data.split(fraction), (1 - fraction, fraction), strict=True):
        assert part.counts() == dict.fromkeys(range(3), round(8 * share))


# D23: value ranges --------------------------------------------------------------------------


def as_is(images, labels):
    """The same values in each kind of loader that takes a user's own."""
    yield DataLoader(TensorDataset(images, labels), batch_size=4)
    yield DataLoader(Subset(TensorDataset(images, labels), range(8)), batch_size=4)
    yield [(images, labels)]
    yield DataLoader(list(zip(images, labels, strict=True)), batch_size=4)


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.parametrize(
    "change",
    [
        lambda x: (x + 1) * 127.5,  # 0..255
        lambda x: (x + 1) * 8,  # 0..16
        lambda x: ((x + 1) / 2 - 0.1307) / 0.3081,  # MNIST's usual mean and deviation
        lambda x: x * 1.1,
    ],
    ids=["bytes", "sixteen", "standardised", "a little"],
)
def test_d23_other_ranges_are_refused_with_the_way_out(refused, tiny, change, kind):
    images, labels = tiny(8)
    images[3, 0, 3, 3] = 1.0
    loader = list(as_is(change(images), labels))[kind]
    refused(loader, DataError, "[-1, 1]", "images / 127.5 - 1", "Normalize(0.5, 0.5)")


@pytest.mark.parametrize("kind", range(4))
def test_d23_zero_to_one_is_told_once_with_the_way_out(make_trainer, tiny, kind):
    images, labels = tiny(8)
    loader = list(as_is((images + 1) / 2, labels))[kind]
    with pytest.warns(UserWarning, match=r"\[-1, 1\].*images \* 2 - 1") as caught:
        make_trainer(loader).fit(2)
    assert len(caught) == 1


def test_d23_also_where_tensors_were_wrapped_by_hand(make_trainer, tiny):
    images, labels = tiny(8)
    with pytest.warns(UserWarning, match=r"\[-1, 1\].*images \* 2 - 1") as caught:
        make_trainer(LabelledImages((images + 1) / 2, labels, 3).loader(4)).fit(2)
    assert len(caught) == 1


def test_d23_a_late_batch_of_bright_images_is_no_sign(make_trainer, tiny):
    images, labels = tiny(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer = make_trainer([(images, labels), (images.abs(), labels)]).fit(2)
    assert trainer.state.step == 4


@pytest.mark.parametrize(
    "load",
    [
        functools.partial(load_data, "digits"),
        functools.partial(load_data, "glyphs", n=30),
        lambda: load_data((np.random.default_rng(0).random((6, 8, 8)), [0, 1] * 3)),
        lambda: load_data((np.eye(8, dtype=np.uint8)[None].repeat(2, 0) * 255, [0, 1])),
        lambda: load_data(Pictures(n=7)),
    ],
    ids=["digits", "glyphs", "floats", "bytes", "pictures"],
)
def test_d23_the_librarys_own_sets_have_the_generators_range(load):
    (images, _), *_ = load().loader(2000, shuffle=False)
    assert images.dtype == torch.float32
    assert images.min() < -0.5
    assert images.max() > 0.5
    assert images.abs().max() <= 1
