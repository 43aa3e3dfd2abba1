"""`condgan completion SHELL`: a script by which a shell completes the commands.

It is written out of the parsers, and holds all that it needs: to start Python at each press of a
key would take a second.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import Any

from condgan.plugins.registry import known

NAMED = {
    "architecture": "architecture",
    "callback": "callback",
    "data": "data set",
    "encoder": "label encoder",
    "loss": "loss",
    "metric": "metric",
    "preset": "algorithm",
}
"""Arguments that take a name, and the kind of thing that has it."""

PLACES = """\
examples: put it where the shell looks for it:
  bash:  condgan completion bash > ~/.local/share/bash-completion/completions/condgan
  zsh:   condgan completion zsh > ~/.condgan-completion, and in ~/.zshrc, after compinit:
         source ~/.condgan-completion
  fish:  condgan completion fish > ~/.config/fish/completions/condgan.fish"""


def add(commands: Any) -> None:
    """Declares the command and its options."""
    completion = commands.add_parser(
        "completion",
        help="print what lets a shell complete commands, options and names",
        epilog=PLACES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    completion.set_defaults(run=run, commands=commands)
    completion.add_argument("shell", choices=list(SHELLS), help="the shell to complete in")


def run(chosen: argparse.Namespace) -> None:
    """Prints the script."""
    print("\n".join(SHELLS[chosen.shell](chosen.commands)))


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if action.option_strings]


def _names(parser: argparse.ArgumentParser) -> list[str]:
    """What may stand without an option, as far as that is a list."""
    arguments = (action for action in parser._actions if not action.option_strings)
    return [name for action in arguments for name in _values(action)]


def _values(action: argparse.Action) -> list[str]:
    """What an argument may be, as far as that is a list; else it is a file or free text."""
    values = known(NAMED[action.dest]) if action.dest in NAMED else action.choices or ()
    # A shell would read other signs in its own way.
    return [text for text in map(str, values) if re.fullmatch(r"[\w.+-]+", text)]


def _bash(commands: Any) -> Iterator[str]:
    """By the command and the word before; where nothing fits, bash looks for files."""
    yield "_condgan() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} names options"
    yield '    case "$COMP_CWORD ${COMP_WORDS[1]} ${COMP_WORDS[COMP_CWORD-1]}" in'
    yield f'    "1 "*) names="{" ".join(commands.choices)}" options="--help --version" ;;'
    for command, parser in commands.choices.items():
        for option in _options(parser):
            if option.nargs != 0:
                before = "|".join(f'*" {command} {text}"' for text in option.option_strings)
                yield f'    {before}) names="{" ".join(_values(option))}" ;;'
        options = " ".join(text for option in _options(parser) for text in option.option_strings)
        names = " ".join(_names(parser))
        yield f'    *" {command} "*) names="{names}" options="{options}" ;;'
    yield "    esac"
    yield '    [[ $word == -* ]] && names="$options"'
    yield '    COMPREPLY=($(compgen -W "$names" -- "$word"))'
    yield "}"
    yield "complete -o bashdefault -o default -F _condgan condgan"


def _zsh(commands: Any) -> Iterator[str]:
    """As bash does it, which zsh can play."""
    yield "autoload -Uz bashcompinit && bashcompinit"
    yield from _bash(commands)


def _fish(commands: Any) -> Iterator[str]:
    """With the help of each."""
    for action in commands._choices_actions:
        said = _quoted(action.help)
        yield f"complete -c condgan -f -n __fish_use_subcommand -a {action.dest} -d {said}"
    for command, parser in commands.choices.items():
        here = f"complete -c condgan -n '__fish_seen_subcommand_from {command}'"
        for option in _options(parser):
            takes = "" if option.nargs == 0 else " -r"
            if values := _values(option):
                takes = f" -x -a '{' '.join(values)}'"
            for text in option.option_strings:
                name = f"-l {text[2:]}" if text.startswith("--") else f"-s {text[1:]}"
                yield f"{here} {name}{takes} -d {_quoted(option.help)}"
        if names := _names(parser):
            yield f"{here} -a '{' '.join(names)}'"


def _quoted(said: str | None) -> str:
    """A line of help that fish takes as it is."""
    return "'" + (said or "").replace("%%", "%").replace("\\", "\\\\").replace("'", "\\'") + "'"


SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
