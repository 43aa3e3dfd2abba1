"""Options that are on or off, such as `--balanced`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

TRUTHS = {"true", "false", "yes", "no", "on", "off", "1", "0"}
"""What people write after a flag, as if it took a value."""


class Parser(argparse.ArgumentParser):
    """A parser with flags, which have an opposite and take no value.

    Without a look at the next word, `--balanced False` would turn balancing on and go on to read
    `False` as the data.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.flags: list[str] = []

    def add_flag(self, name: str, help: str, group: Any = None, *, default: bool = False) -> None:
        """Declares `--name`, and `--no-name` for the opposite.

        Args:
            name, help: of the flag.
            group: the group of options that it is listed in, if it is in one.
            default: whether it is on if neither is said.
        """
        if default:
            help = f"{help} (default: yes)"
        self.flags += [name, name.replace("--", "--no-", 1)]
        (group or self).add_argument(
            name, action=argparse.BooleanOptionalAction, default=default, help=help
        )

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        for word, following in pairwise(words[: words.index("--")] if "--" in words else words):
            if word in self.flags and following.lower() in TRUTHS:
                on = word.replace("--no-", "--", 1)
                self.error(
                    f"{word} takes no value; got {following!r}. Write {on} for yes, and for no "
                    f"{on.replace('--', '--no-', 1)}; nothing for the usual"
                )
        return super().parse_known_args(words, namespace)
