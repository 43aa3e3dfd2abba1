"""`condgan completion`: what a shell completes, asked of bash itself."""

import shutil
import subprocess

import pytest

from condgan.cli import COMMANDS

NAMES = {command.__name__.rpartition(".")[2] for command in COMMANDS}

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")

TRY = """
source ./script
complete -p condgan >/dev/null || exit 3
while IFS= read -r line; do
    COMP_WORDS=($line) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    if [ "${line: -1}" = " " ]; then COMP_WORDS+=("") COMP_CWORD=$((COMP_CWORD + 1)); fi
    _condgan
    echo "${COMPREPLY[*]}"
done
"""


@pytest.fixture
def completed(tmp_path, run_quietly):
    """What bash offers after some lines."""

    def complete(*lines):
        code, printed = run_quietly("completion", "bash")
        assert code == 0
        (tmp_path / "script").write_text(printed.out)
        done = subprocess.run(
            ["bash", "--norc", "-c", TRY],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        assert done.stderr == ""
        return [line.split() for line in done.stdout.splitlines()]

    return complete


@bash
def test_bash_completes_commands_options_and_names(completed):
    lines = {
        "condgan ": NAMES,
        "condgan dr": {"draw"},
        "condgan --v": {"--version"},
        "condgan train --preset q": {"quality", "quick"},
        "condgan train digits --architecture ": {"dcgan", "mlp", "resnet"},
        "condgan train d": {"digits"},
        "condgan train --precision ": {"float32", "bf16"},
        "condgan train --epochs ": set(),
        "condgan draw run --w": {"--within", "--walk"},
        "condgan draw run --no-f": {"--no-film"},
        "condgan draw ": set(),  # files
        "condgan completion ": {"bash", "zsh", "fish"},
        "condgan nonsense ": set(),
    }
    for line, found in zip(lines, completed(*lines), strict=True):
        assert len(found) == len(set(found))
        assert set(found) >= lines[line] if "--architecture" in line else set(found) == lines[line]


@bash
def test_names_that_a_shell_would_read_otherwise_are_left_out(completed, monkeypatch):
    from condgan.cli import completion

    monkeypatch.setattr(completion, "known", lambda kind: ["good-1", "$(touch oops)", "a b", "x;y"])
    assert completed("condgan train --preset ") == [["good-1"]]


def test_zsh_plays_what_bash_does(run_quietly):
    by_bash, by_zsh = (run_quietly("completion", shell)[1].out for shell in ("bash", "zsh"))
    assert by_zsh == f"autoload -Uz bashcompinit && bashcompinit\n{by_bash}"


def test_fish_gets_a_line_for_each_thing(run_quietly):
    lines = run_quietly("completion", "fish")[1].out.splitlines()
    assert all(line.startswith("complete -c condgan ") for line in lines)
    here = "complete -c condgan -n '__fish_seen_subcommand_from train'"
    assert f"{here} -l resume -d " in "\n".join(lines)
    (precision,) = [line for line in lines if line.startswith(f"{here} -l precision ")]
    assert " -x -a 'float32 bf16' -d '" in precision
    for name in NAMES:
        assert any(f"-n __fish_use_subcommand -a {name} -d '" in line for line in lines)
    for line in lines:
        assert line.replace("\\'", "").count("'") % 2 == 0


def test_another_shell_is_a_usage_error(run_quietly):
    with pytest.raises(SystemExit) as caught:
        run_quietly("completion", "csh")
    assert caught.value.code == 2
