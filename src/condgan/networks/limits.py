"""A network that a file describes is made within the size of that file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

from condgan.errors import FileFormatError

SPARE = 2**20
"""Numbers that a network may have beyond what is allowed for, for those that are not saved."""

SPARE_TENSORS = 1000
"""Tensors, likewise."""


@contextlib.contextmanager
def within(path: Path, tensors: int) -> Iterator[None]:
    """Modules that are made inside have no more weights than the file at `path` has bytes.

    A number takes a byte at least, so that any network that was saved there has room; what a
    configuration of a few lines asks for besides, such as a width of millions, does not get the
    memory. Torch takes it only when it first writes to a weight, which is after it was counted.

    Args:
        path: of a file of weights.
        tensors: how many it holds. Twice as many may be made.

    Raises:
        FileFormatError: in the block, where one more weight would be too many.
    """
    size = path.stat().st_size
    thread = threading.get_ident()
    # The tensors are kept, since another could come to lie where one was, and not be counted.
    seen: dict[int, Tensor] = {}
    numbers = 0

    def count(_: nn.Module, name: str, value: Tensor | None) -> None:
        nonlocal numbers
        if value is None or id(value) in seen or threading.get_ident() != thread:
            return
        seen[id(value)] = value
        numbers += value.numel()
        if numbers > size + SPARE or len(seen) > 2 * tensors + SPARE_TENSORS:
            raise FileFormatError(
                f"{path} holds {tensors:,} tensors in {size:,} bytes, and the network that is "
                f"described beside it wants more, such as a {name} of {tuple(value.shape)}."
            )

    hooks = [
        register_module_parameter_registration_hook(count),
        register_module_buffer_registration_hook(count),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
