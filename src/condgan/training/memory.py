"""What a step frees is kept for the next one."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Of glibc's `mallopt`."""

CHOSEN = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")
"""Where somebody has chosen for the process."""

MEGABYTE = 2**20


@contextmanager
def kept(device: torch.device) -> Iterator[None]:
    """Inside the block memory that is freed stays with the process, which soon wants as much.

    Every step on a CPU makes the same tensors and frees them. Glibc hands the larger ones back to
    the system, page by page, and asks for them again: a sixth of the time of `quick`. The peak is
    the same. After the block the process holds no more than it would have.
    """
    libc = glibc()
    if device.type != "cpu" or libc is None or any(name in os.environ for name in CHOSEN):
        yield
        return
    libc.mallopt(MMAP_THRESHOLD, 32 * MEGABYTE)  # which it comes to by itself, bit by bit
    libc.mallopt(TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        libc.mallopt(TRIM_THRESHOLD, 64 * MEGABYTE)
        libc.malloc_trim(0)


@cache
def glibc() -> Any:
    """The C library, if it is the one that can be told."""
    if not sys.platform.startswith("linux"):
        return None
    found = ctypes.CDLL(None)
    return found if hasattr(found, "mallopt") and hasattr(found, "malloc_trim") else None
