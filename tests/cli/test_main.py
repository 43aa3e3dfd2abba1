"""What all commands share."""

import subprocess
import sys

import pytest

import condgan
from condgan import cli
from condgan.cli import main

COMMANDS = tuple(command.__name__.rpartition(".")[2] for command in cli.COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [[], ["tain"], ["train"], ["train", "digits", "--epochs", "many"], ["train", "digits", "-x"],
     ["train", "digits", "more"], ["generate"], ["generate", "run", "--seeds", "3"],
     ["evaluate"], ["evaluate", "run", "--no-such"], ["evaluate", "run", "data", "more"],
     ["train", "digits", "--held-out", "some"], ["train", "digits", "--held-out"],
     ["evaluate", "run", "--features", "vgg"], ["evaluate", "run", "--out"],
     ["evaluate", "run", "-n", "few"], ["evaluate", "run", "--test"],
     ["evaluate", "run", "--test", "real", "data", "more"],
     ["export"], ["export", "run"], ["export", "run", "out"],
     ["export", "run", "out", "--per-class", "some"], ["export", "run", "out", "--no-such"],
     ["export", "run", "out", "--per-class", "3", "--balance", "data"],
     ["export", "run", "out", "more", "--per-class", "3"],
     ["inspect"], ["inspect", "digits", "more"], ["inspect", "digits", "--image-size", "small"],
     ["study"], ["study", "digits", "--no-such"], ["study", "digits", "more"],
     ["study", "digits", "--seeds", "few"]],
)  # fmt: skip
def test_what_argparse_refuses(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: condgan" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help(capsys, command):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert " ".join(["usage: condgan", *command]) in printed
    assert command or all(name in printed for name in COMMANDS)
    assert "\nexamples:" in printed
    *_, examples = printed.partition("\nexamples:")
    assert examples.count(" condgan ") >= 2


def test_help_says_what_the_exit_codes_mean(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    for code in (
        "0 if all went well",
        "1 if the system",
        "2 if there is",
        "130 after",
        "143 after",
    ):
        assert code in printed


def test_refused_by_the_system_is_1(tmp_path, run_quietly, saved_generator):
    saved_generator("run", 3)
    (tmp_path / "file").write_text("in the way")
    code, printed = run_quietly("export", "run", "file/out", "--per-class", 1)
    assert code == 1
    assert printed.err.startswith("condgan: ")
    assert "file" in printed.err


def test_version():
    command = [sys.executable, "-m", "condgan", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"condgan {condgan.__version__}\n"
    assert done.stderr == ""


def test_a_warning_is_shown_as_a_note(tmp_path, monkeypatch, capsys):
    import warnings

    from condgan.cli import generate, main

    def run(chosen):
        warnings.warn("mind the step", stacklevel=1)

    monkeypatch.setattr(generate, "run", run)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["generate", "somewhere"]) == 0
    assert capsys.readouterr().err == "condgan: note: mind the step\n"


def test_help_names_the_presets(capsys):
    from condgan.plugins.builtins import condgan_algorithms

    with pytest.raises(SystemExit):
        main(["train", "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert all(name in printed for name in condgan_algorithms())
    assert "--algorithm" not in printed
