"""Messages of the library in the words of the command line: `--fit pad` for `fit="pad"`."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from condgan.cli.data_options import MEANINGS, OPTIONS, as_flags, flag_of
from condgan.cli.folders import as_typed

NESTED = r"[^()\[\]]"
for _ in range(3):  # as deep as Quantities(["age"], ranges=[(low, high)])
    NESTED = rf"(?:[^()\[\]]|[(\[]{NESTED}*[)\]])"

VALUE = rf""""[^"]*"|'[^']*'|[A-Z]?\w*[(\[]{NESTED}*[)\]]|\.\.\.|[+-]?\w+(?:\.\w+)*"""
"""Text, a list or call, three dots, or a number or word, as Python writes them."""

CALL = r"(?P<call>load_data\((?:\(X, y\)|[\w.]+),\s+)?"
"""What stands before an option in an example of a whole call."""

TWICE = r"(?:(?:--[\w-]+\s+\S+,\s+)?in\s+Python[,:]?\s+)?"
"""What stands before an option where the flag has been said already."""

ALONE = r"(?<![\w/\\.'\"-])"
"""What stands before an option, but not in a path such as `data/split=train/1.png`."""

PLAIN = r"(?<![\w/\\.'\"=-])(?P<plain>\w+_\w+)(?![\w/\\.'\"=-])"
"""An option in a sentence; names with a "_" are no words of English."""

AMBIGUOUS = {"labels", "images", "classes", *MEANINGS}
"""Options by whose names messages call what is in the data."""


def in_flags(message: str, known: Collection[str]) -> str:
    """A message with the options that it names, or suggests to give, as flags.

    Args:
        message: an error or a warning of `load_data` or `inspect_data`.
        known: the options of `OPTIONS` that the command takes; others stay as they are.

    Example:
        >>> in_flags('Leave it out with on_bad="skip".', OPTIONS)
        'Leave it out with --on-bad skip.'
        >>> in_flags("image_size must be a whole number; got 0.", OPTIONS)
        '--image-size must be a whole number; got 0.'
    """
    if not known:
        return message
    one_of = "|".join(sorted(known, key=len, reverse=True))
    clear = "|".join(sorted(set(known) - AMBIGUOUS)) or "(?!)"
    message = re.sub(
        r"'(?P<option>\w+)' is not an option of (?P<rest>.*?) It takes: (?P<taken>[\w, ]+)\.",
        lambda found: _refusal(found, known),
        message,
        flags=re.DOTALL,
    )
    message = message.replace("give both files: (images, labels)", "name the other: labels=...")
    message = re.sub(
        rf"{TWICE}{CALL}{ALONE}(?P<option>{one_of})=(?P<value>{VALUE})(?![\w/\\])(?(call)\))",
        lambda found: suggested(found["option"], found["value"]),
        message,
    )
    message = re.sub(rf"^({clear})(?= must )", lambda found: flag_of(found[0]), message)
    return re.sub(
        PLAIN, lambda found: flag_of(found[0]) if found[0] in known else found[0], message
    )


def suggested(option: str, value: str) -> str:
    """`option=value`, as Python writes it, on the command line."""
    meant = re.fullmatch(r"(Attributes|Quantities)\((.*?)(, ranges.*)?\)", value, re.DOTALL)
    if meant:
        option, value = meant[1].lower(), meant[2]
    try:
        literal = ast.literal_eval(value)
    except (ValueError, SyntaxError):  # a word that stands for any value
        literal = ...
    how = OPTIONS[option]
    if how.keys() == {"help"} and not isinstance(literal, bool):
        return flag_of(option)
    parts = literal if isinstance(literal, list | tuple) else [literal]
    if not parts or parts[0] in (..., "...") or ("nargs" in how and ... in parts):
        metavar = how.get("metavar") or "|".join(map(str, how["choices"]))
        return " ".join([flag_of(option), *([metavar] if isinstance(metavar, str) else metavar)])
    if isinstance(literal, list | tuple):
        literal = ["..." if part is ... else part for part in literal]
    return as_typed(as_flags({option: literal}))


def _refusal(found: re.Match[str], known: Collection[str]) -> str:
    """What is said of an option that a kind of data does not take."""
    rest = re.sub(
        r"did you mean '(\w+)'",
        lambda near: f"did you mean {flag_of(near[1])}" if near[1] in known else near[0],
        found["rest"],
    )
    names = found["taken"].split(", ")
    names += [name for name in MEANINGS if "classes" in names and name not in names]
    taken = [
        flag_of(name) if name in known else f"--option {name}=..."
        for name in names
        if name != "name"
    ]
    option = flag_of(found["option"]) if found["option"] in known else repr(found["option"])
    return f"{option} is not an option of {rest} It takes: {', '.join(taken)}."
