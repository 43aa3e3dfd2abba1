"""What a command's help ends with: commands as somebody types them."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any

WIDTH = 79


def ending(*commands: str, note: str = "") -> dict[str, Any]:
    """Arguments of `add_parser`: a note, and examples below it.

    Args:
        commands: what follows `condgan` in each.
        note: what options alone do not say.

    Example:
        >>> print(ending("draw runs/digits", note="It draws.")["epilog"])
        It draws.
        <BLANKLINE>
        examples:
          condgan draw runs/digits
    """
    lines = ["examples:", *(f"  condgan {command}" for command in commands)]
    if note:
        lines = [*textwrap.wrap(note, WIDTH), "", *lines]
    return {
        "epilog": "\n".join(lines),
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }
