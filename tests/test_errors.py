"""The error tree, and the phrases that messages share."""

import copy
import inspect
import pickle

import pytest

from condgan import errors
from condgan.errors import CondganError, MissingExtraError, did_you_mean, listed, reason

TREE = [
    thing
    for _, thing in inspect.getmembers(errors, inspect.isclass)
    if issubclass(thing, BaseException)
]
BUILT_IN = {
    "DataError": ValueError,
    "FileFormatError": ValueError,
    "MissingFileError": FileNotFoundError,
    "WriteError": OSError,
    "LabelError": ValueError,
    "NonFiniteError": FloatingPointError,
    "RankError": RuntimeError,
    "ConfigError": ValueError,
    "ArgumentTypeError": TypeError,
    "UnknownNameError": ValueError,
    "PluginError": ValueError,
    "MissingExtraError": ImportError,
}


def test_every_error_has_an_entry_here():
    assert {error.__name__ for error in TREE} == {"CondganError", *BUILT_IN}


@pytest.mark.parametrize(("name", "built_in"), BUILT_IN.items())
def test_each_error_is_condgans_and_the_kind_a_caller_expects(name, built_in):
    error = getattr(errors, name)
    assert issubclass(error, CondganError)
    assert issubclass(error, built_in)


@pytest.mark.parametrize("name", sorted(BUILT_IN.keys() - {"MissingExtraError"}))
def test_an_error_says_what_it_was_given_and_nothing_else(name):
    assert str(getattr(errors, name)("three words here")) == "three words here"


def test_a_missing_extra_names_the_feature_the_package_and_the_command():
    assert str(MissingExtraError("plot_images", "matplotlib", "plot")) == (
        "plot_images needs matplotlib, which is not installed. "
        'Install it with: pip install "condgan[plot]"'
    )


@pytest.mark.parametrize(
    "error",
    [
        errors.MissingFileError("there is no x"),
        errors.LabelError("no class is labelled 1"),
        MissingExtraError("plot_images", "matplotlib", "plot"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_the_border_between_processes(error):
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)


@pytest.mark.parametrize(
    ("wrong", "known", "said"),
    [
        ("hing", ["wasserstein", "hinge"], "; did you mean 'hinge'?"),
        ("zebra", ["wasserstein", "hinge"], "."),
        ("hing", [], "."),
        ("hing", iter(["hinge"]), "; did you mean 'hinge'?"),
    ],
)
def test_did_you_mean(wrong, known, said):
    assert did_you_mean(wrong, known) == said


def test_a_short_list_is_shown_whole_and_a_long_one_counted():
    assert listed(["a", 1]) == "'a', 1"
    assert listed([]) == ""
    assert listed(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
    assert listed(range(13)).endswith("10, 11, ... (13 in all)")
    assert listed(range(5), most=2) == "0, 1, ... (5 in all)"


def test_the_reason_is_the_systems_where_there_is_one():
    full = OSError(28, "No space left on device")
    error = RuntimeError("unexpected pos 64 vs 0")
    error.__context__ = full
    assert reason(error) == str(full) == "[Errno 28] No space left on device"
    assert reason(RuntimeError("write failed")) == "write failed"
