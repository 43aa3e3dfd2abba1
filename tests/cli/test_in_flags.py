"""Messages of the library in the words of the command line."""

import ast
import re
import shlex
from pathlib import Path

import pytest

import condgan.data
from condgan.cli import train
from condgan.cli.data_options import OPTIONS, asked, flag_of
from condgan.cli.flags import Parser
from condgan.cli.in_flags import in_flags

SUGGESTED = {
    "image_size": ["28", "(48, 64)"],
    "fit": ['"pad"', "'stretch'"],
    "channels": ["1"],
    "background": ['"black"', '"light blue"'],
    "max_pixels": ["1000"],
    "value_range": ["(0, 4095)", "(-0.5, 0.5)"],
    "image_shape": ["(3, 32, 32)"],
    "layout": ['"NHWC"'],
    "transpose": ["True"],
    "labels": ['"faces/my labels.csv"'],
    "images": ['"x_test"'],
    "file_column": ['"path"'],
    "image_column": ["'scan'"],
    "label_column": ['"hat"', "-1"],
    "label_columns": ['["hat", "red, dark"]'],
    "encoding": ['"cp1252"'],
    "root": ['"somewhere"'],
    "split": ['"test"'],
    "classes": ['["dog", "cat"]', "[-1, 0, 1]"],
    "attributes": ["Attributes(5)", "Attributes(['hat', 'smile'])"],
    "quantities": ["Quantities(['age'], ranges=[(low, high), ...])", "Quantities(2)"],
    "unlabelled": ['("NA", "?")'],
    "on_unlabelled": ['"skip"'],
    "on_missing": ['"skip"'],
    "on_bad": ['"skip"'],
    "cache": ["True"],
    "workers": ["0"],
}
"""How messages suggest each option, in Python."""


def meant(value):
    """A suggested value as a run keeps it."""
    inner = re.fullmatch(r"\w+\((.*?)(, ranges.*)?\)", value)
    literal = ast.literal_eval(inner[1] if inner else value)
    if inner or value.startswith("["):
        return [str(part) for part in (literal if isinstance(literal, list) else [literal])]
    return list(literal) if isinstance(literal, tuple) else literal


@pytest.mark.parametrize("option", OPTIONS)
def test_a_suggestion_can_be_typed_as_it_stands(option):
    for value in SUGGESTED[option]:
        name = "classes" if value.startswith(("Attributes", "Quantities")) else option
        said = in_flags(f"That is odd. Say so: {name}={value}.", OPTIONS)
        start = "That is odd. Say so: "
        assert said.startswith(f"{start}--")
        parser = Parser()
        train.add(parser.add_subparsers())
        words = shlex.split(said.removeprefix(start).removesuffix("."))
        wanted = meant(value)
        if option == "label_column":
            wanted = str(wanted)
        assert asked(parser.parse_args(["train", "data", *words])) == {option: wanted}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("or image_size=(h, w).", "or --image-size HxW."),
        ('Say which: label_column="..." or label_columns=[...].',
         "Say which: --label-column NAME or --label-columns NAMES."),
        ("pass classes=Attributes([names]), or leave classes out.",
         "pass --attributes NAMES, or leave classes out."),
        ("list them all: classes=[-1, ...].", "list them all: --classes=-1,...."),
        ("Say what they mean: load_data(..., value_range=(low, high)).",
         "Say what they mean: --value-range LOW HIGH."),
        ("load_data((X, y), value_range=(0, 4095)).", "--value-range 0 4095."),
        ("make them one size: --image-size 8, in Python image_size=8.",
         "make them one size: --image-size 8."),
        ('leave them out: --on-bad skip,\n    in Python\n    on_bad="skip".',
         "leave them out: --on-bad skip."),
        ('lose their edges (in Python, fit="pad" keeps them whole)',
         "lose their edges (--fit pad keeps them whole)"),
        ("or name the folder: root=...", "or name the folder: --root FOLDER"),
        ("give both files: (images, labels).", "name the other: --labels FILE."),
        ("With cache=True they need not", "With --cache they need not"),
        ("give label_column or label_columns, not both.",
         "give --label-column or --label-columns, not both."),
        ("workers must be a whole number from 0; got -1.",
         "--workers must be a whole number from 0; got -1."),
        ("'fit' is not an option of a CSV file. It takes: name, classes, image_shape.",
         "--fit is not an option of a CSV file. It takes: --classes, --image-shape, --attributes, "
         "--quantities."),
        ("'m' is not an option of a data set 'glyphs'. It takes: name, image_size, n.",
         "'m' is not an option of a data set 'glyphs'. It takes: --image-size, --option n=...."),
        ("'lable' is not an option of a CSV file; did you mean 'labels'? It takes: name, labels.",
         "'lable' is not an option of a CSV file; did you mean --labels? It takes: --labels."),
    ],
)  # fmt: skip
def test_a_message(message, said):
    assert in_flags(message, OPTIONS) == said


@pytest.mark.parametrize("value", ["7", "(7,)", "[]", "'x'", "None", "...", "x", "[...]", "f(x)"])
@pytest.mark.parametrize("option", OPTIONS)
def test_a_value_that_makes_no_sense_is_still_said(option, value):
    assert flag_of(option) in in_flags(f"got {option}={value}.", OPTIONS)


@pytest.mark.parametrize(
    "message",
    [
        "there is no file or folder /home/me/image_size/label_column.png.",
        "there is no column 'label_column' in pets.csv.",
        "images must be numbers; got str.",
        "pets/split=train/1.png and split=train/2.png cannot be decoded.",
        "labels must be a row of 3, one an image; got 'x'.",
        "num_workers=0 is fine; so is fits=1.",
        "the classes are fit for a split.",
    ],
)
def test_what_is_no_option_stays(message):
    assert in_flags(message, OPTIONS) == message


def test_a_long_message_takes_no_time():
    message = "image_size=" + "(" * 5000 + " fit=[" * 5000
    assert in_flags(message, OPTIONS) == message


def test_a_command_names_only_flags_that_it_has():
    message = 'image_size=8, or fit="pad"; image_size must not be 0.'
    assert in_flags(message, []) == message
    assert in_flags(message, ["image_size"]) == (
        '--image-size 8, or fit="pad"; --image-size must not be 0.'
    )


def texts(path):
    """The texts in a file of Python that are no docstrings, with 7 for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    filled = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    left = docstrings | {id(part) for node in filled for part in node.values}
    for node in filled:
        parts = [part.value if isinstance(part, ast.Constant) else "7" for part in node.values]
        yield "".join(parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left:
            yield node.value


FILES = sorted(Path(condgan.data.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_suggestion_of_the_readers_stays_in_python(path):
    option = re.compile(rf"\b(?:{'|'.join(OPTIONS)})=")
    for text in texts(path):
        said = in_flags(text, OPTIONS)
        assert not option.search(said), said
        assert not (option.search(text) and "load_data" in said), said


def test_there_are_suggestions_to_find():
    found = [text for path in FILES for text in texts(path) if 'on_bad="skip"' in text]
    assert found
