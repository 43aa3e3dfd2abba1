"""What goes wrong elsewhere in asking for a class, in sending things to workers, and with flags.

Each test names the case (D91 to D93) that it stands for.
"""

import argparse
import functools
import inspect
import json
import multiprocessing
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import condgan
from condgan import ConditionalDiscriminator, ConditionalGenerator, LabelledImages, load_data
from condgan.cli import COMMANDS, main
from condgan.cli.flags import TRUTHS, Parser
from condgan.conditions import Condition
from condgan.data.readers.decode import Decoder
from condgan.errors import ArgumentTypeError, ConfigError, LabelError
from condgan.plugins.registry import known

# D91: asking for a class --------------------------------------------------------------------


@pytest.fixture
def G():  # noqa: N802
    return ConditionalGenerator(10, (1, 8, 8), width=8, latent_dim=4, seed=0)


ONE = {
    "an int": 3,
    "a list": [3],
    "a tuple": (3,),
    "a tensor": torch.tensor(3),
    "a row": torch.tensor([3]),
    "a column": torch.tensor([[3]]),
    "numpy": np.int64(3),
    "bytes": np.array([3], np.uint8),
    "a whole float": 3.0,
    "a dict": {3: 1},
    "a one-hot row": np.eye(10)[3:4],
    "a range": range(3, 4),
}


@pytest.mark.parametrize("asked", ONE)
def test_d91_one_class_in_every_way(G, asked):
    z = torch.ones(1, 4)
    images = G.generate(ONE[asked], z=z)
    assert images.shape == (1, 1, 8, 8)
    assert images.dtype == torch.float32
    assert torch.equal(images, G.generate(3, z=z))


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ({"labels": 3, "n": 5}, [3] * 5),
        ({"labels": [3], "n": 5}, [3] * 5),
        ({"labels": [3, 1], "n": 2}, [3, 3, 1, 1]),
        ({"labels": [3, 1, 3]}, [3, 1, 3]),
        ({"labels": {3: 2, 1: 1}}, [3, 3, 1]),
        ({}, list(range(10))),
        ({"n": 2}, [i for i in range(10) for _ in range(2)]),
        ({"labels": 3, "n": 0}, []),
        ({"labels": 3, "n": np.int8(2)}, [3, 3]),
    ],
    ids=str,
)
def test_d91_several_come_label_by_label(G, arguments, ids):
    z = torch.randn(len(ids), 4, generator=torch.Generator().manual_seed(0))
    images = G.generate(**arguments, z=z)
    assert images.shape == (len(ids), 1, 8, 8)
    assert torch.equal(images, G(z, torch.tensor(ids, dtype=torch.int64)).detach())


@pytest.mark.parametrize("label", [10, -1, 3.5, 255, "3", "cat"])
@pytest.mark.parametrize("form", [lambda x: x, lambda x: [0, x], lambda x: {x: 2}])
def test_d91_what_there_is_not_is_refused_with_what_there_is(G, label, form):
    with pytest.raises(LabelError, match=r"(Known: 0, 1, 2.*9|must lie in 0 to 9)") as caught:
        G.generate(form(label))
    assert repr(label) in str(caught.value)


@pytest.mark.parametrize("n", [2.5, -1, "2", True, None])
def test_d91_a_count_is_a_whole_number(G, n):
    if n is None:
        assert len(G.generate(3, n=n)) == 1
        return
    with pytest.raises(ConfigError, match=r"the number of images must be a whole number from 0"):
        G.generate(3, n=n)


def test_d91_the_documentation_says_so():
    text = inspect.getdoc(ConditionalGenerator.generate)
    for words in ('one label (`"cat"`)', "several", "None for every class", "(images, C, H, W)"):
        assert words in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [(["3"], (3, 3)), (["3", "-n", "4"], (2, 2)), (["3", "1", "-n", "4"], (2, 4))],
)
def test_d91_the_command_line_too(tmp_path, run_quietly, saved_generator, arguments, shape):
    saved_generator("run", 10)
    code, printed = run_quietly("generate", "run", *arguments, "--out", "seen.png")
    assert code == 0, printed.err
    from PIL import Image

    with Image.open("seen.png") as picture:
        rows, columns = (side // 58 for side in picture.size[::-1])
    assert (rows, min(columns, shape[1])) == shape


@pytest.mark.parametrize("label", ["10", "cat", "3.5"])
def test_d91_and_it_refuses_as_well(run_quietly, saved_generator, label):
    saved_generator("run", 10)
    code, printed = run_quietly("generate", "run", label)
    assert code == 2
    assert f"no class is labelled {label!r}" in printed.err
    assert "Known: 0, 1" in printed.err


# D92: what workers are sent -----------------------------------------------------------------


def small():
    images = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return LabelledImages(images, torch.arange(6) % 3, ["cat", "dog", "owl"])


@functools.cache
def everything():
    """Whatever a worker or another process may be sent, by name."""
    data = small()
    things = {
        "set": data,
        "bytes": load_data("glyphs", n=12),
        "digits": load_data("digits"),
        "set from arrays": load_data((data.images.numpy(), ["a", "b"] * 3)),
        "subset": data.subset([0, 2]),
        "loader": data.loader(2),
        "balanced loader": data.loader(2, balanced=True, generator=torch.Generator()),
        "decoder": Decoder(image_size=8),
        "classes": condgan.Classes(["a", 2]),
        "attributes": condgan.Attributes(["hat"]),
        "quantities": condgan.Quantities(["age"], [(0, 1)]),
        "augment": condgan.Augment(translation=0.1),
    }
    for kind in ("algorithm", "loss", "callback", "architecture", "label encoder", "data set"):
        for name, factory in known(kind).items():
            things[f"{kind} {name}, as registered"] = factory
            if kind in ("algorithm", "loss", "callback"):
                things[f"{kind} {name}"] = factory()
    for name in known("algorithm"):
        things[f"preset {name}"] = condgan.preset(name)
    for name in known("architecture"):
        things[f"G of {name}"] = ConditionalGenerator(
            3, (1, 16, 16), architecture=name, width=4, seed=0
        )
        things[f"D of {name}"] = ConditionalDiscriminator(
            3, (1, 16, 16), architecture=name, width=4, seed=0, spectral_norm=False
        )
    return things


@pytest.mark.parametrize("name", everything())
def test_d92_all_of_the_library_can_be_pickled(name):
    thing = everything()[name]
    again = pickle.loads(pickle.dumps(thing))
    assert type(again) is type(thing)
    if isinstance(thing, Condition) or name.startswith(("loss", "algorithm", "preset")):
        assert again == thing
    if isinstance(thing, LabelledImages):
        assert torch.equal(again.images, thing.images)
        assert again.classes == thing.classes


def test_d92_another_process_reads_what_was_sent(tmp_path):
    """As a worker that is spawned does: nothing is there but the library and the bytes."""
    (tmp_path / "sent").write_bytes(
        pickle.dumps({k: v for k, v in everything().items() if "digits" not in k})
    )
    script = "import pickle, sys; print(len(pickle.load(open(sys.argv[1], 'rb'))))"
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "sent"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 40


def test_d92_a_spawned_worker_serves_a_set_of_the_library():
    data = small()
    loader = DataLoader(data, batch_size=3, num_workers=1, multiprocessing_context="spawn")
    images, labels = zip(*loader, strict=True)
    assert torch.equal(torch.cat(images), data.images)
    assert [*labels[0], *labels[1]] == ["cat", "dog", "owl"] * 2


class Changed(torch.utils.data.Dataset):
    def __init__(self, change):
        self.change = change

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return self.change(torch.zeros(1, 8, 8)), index % 3


class Unsendable:
    def __call__(self, image):
        return image

    def __reduce__(self):
        raise TypeError("cannot pickle 'Unsendable' object")


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"dataset": Changed(lambda image: image)},
        lambda: {"dataset": Changed(Unsendable())},
        lambda: {"dataset": TensorDataset(torch.zeros(4, 1, 8, 8), torch.arange(4) % 3),
                 "collate_fn": lambda items: torch.utils.data.default_collate(items)},
    ],
    ids=["lambda", "object", "collate_fn"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Got pickle error:UserWarning")  # torch's, where it is new
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_d92_what_cannot_be_sent_to_workers_says_so(networks, fingerprint, make):
    loader = DataLoader(**make(), batch_size=2, num_workers=1, multiprocessing_context="spawn")
    G, D = networks()
    before = fingerprint(G, D)
    with pytest.raises(ArgumentTypeError, match=r"1 worker processes.*lambda.*num_workers=0"):
        condgan.Trainer(G, D, loader, progress=False, device="cpu").fit()
    assert fingerprint(G, D) == before
    assert not multiprocessing.active_children()


def test_d92_without_workers_a_lambda_is_fine(networks):
    G, D = networks()
    loader = DataLoader(Changed(lambda image: image - 0.5), batch_size=2)
    trainer = condgan.Trainer(G, D, loader, progress=False, device="cpu").fit()
    assert trainer.state.images == 4


# D93: options that are on or off ------------------------------------------------------------


def commands():
    """The parser of each command, by name."""
    root = Parser()
    subparsers = root.add_subparsers()
    for command in COMMANDS:
        command.add(subparsers)
    return subparsers.choices


def flags():
    """Every option of every command that takes no value, help aside."""
    return [
        (name, action)
        for name, parser in commands().items()
        for action in parser._actions
        if action.option_strings and action.nargs == 0 and action.dest != "help"
    ]


NEEDED = {
    "inspect": ["digits"],
    "train": ["digits"],
    "evaluate": ["run"],
    "study": ["digits"],
    "view": ["run"],
    "generate": ["run"],
    "draw": ["run"],
    "page": ["run", "out.html"],
    "doctor": [],
    "plugins": [],
    "completion": ["bash"],
    "export": ["run", "out", "--per-class", "1"],
}


ON = {("train", "live"), ("view", "open")}
"""Those that are on by default, since nearly everybody wants them."""


def said(name, *words):
    """How a command understands some words, or the code it ends with."""
    parser = commands()[name]
    try:
        return vars(parser.parse_args([*NEEDED.get(name, []), *words]))
    except SystemExit as end:
        return end.code


@pytest.mark.parametrize(("name", "action"), flags(), ids=str)
def test_d93_a_flag_has_an_opposite_and_is_off_by_default_but_for_a_few(name, action):
    flag, opposite = action.option_strings[0], "--no-" + action.option_strings[0][2:]
    assert isinstance(action, argparse.BooleanOptionalAction)
    assert said(name)[action.dest] is ((name, action.dest) in ON)
    assert said(name, flag)[action.dest] is True
    assert said(name, opposite)[action.dest] is False
    assert said(name, flag, opposite)[action.dest] is False


@pytest.mark.parametrize("value", ["False", "false", "0", "no", "True", "off"])
@pytest.mark.parametrize(("name", "action"), flags(), ids=str)
def test_d93_a_value_after_a_flag_is_a_usage_error(capsys, name, action, value):
    flag = action.option_strings[0]
    for words in ([*NEEDED[name], flag, value], [flag, value, *NEEDED[name]],
                  [*NEEDED[name], f"{flag}={value}"],
                  [*NEEDED[name], f"--no-{flag[2:]}", value]):  # fmt: skip
        with pytest.raises(SystemExit) as caught:
            main([name, *words])
        assert caught.value.code == 2
        printed = capsys.readouterr().err
        assert f"usage: condgan {name}" in printed
        assert flag in printed.splitlines()[-1] or f"--no-{flag[2:]}" in printed.splitlines()[-1]


@pytest.mark.parametrize(("name", "action"), flags(), ids=str)
def test_d93_help_shows_both(capsys, name, action):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    printed = capsys.readouterr().out
    for option in action.option_strings:
        assert option in printed
    assert len(action.option_strings) == 2


def test_d93_the_next_word_may_be_data(tmp_path, run_quietly, folder_of):
    folder_of("pets", {"cat": 4, "dog": 2})
    code, printed = run_quietly("train", "--no-overwrite", "--balanced", "pets", "--epochs", 1,
                                "--out", "run")  # fmt: skip
    assert code == 0, printed.err
    assert json.loads((tmp_path / "run" / "run.json").read_text())["balanced"] is True
    code, printed = run_quietly("train", "pets", "--balanced", "--no-balanced", "--epochs", 1,
                                "--out", "run", "--overwrite")  # fmt: skip
    assert code == 0, printed.err
    assert json.loads((tmp_path / "run" / "run.json").read_text())["balanced"] is False


def test_d93_a_class_may_be_called_false(run_quietly, saved_generator):
    saved_generator("run", ["True", "False", "no"])
    assert "no" in TRUTHS
    for label in ("False", "no"):
        code, printed = run_quietly("generate", "run", label)
        assert code == 0, printed.err
        assert f"generated-{label}.png" in printed.out
