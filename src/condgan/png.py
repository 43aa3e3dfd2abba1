"""Many images as PNG files: some threads write while the next images are drawn."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from condgan.errors import WriteError, reason
from condgan.images import to_bytes

LEVEL = 4
"""Of compression. Colour images of 64 pixels are as small with it as with Pillow's usual 6, and are
written in four fifths of the time; lower ones save little more, and files grow."""

PIECE = 32
"""Images that a thread writes in one go, and at most finishes after an interruption."""

Batch = tuple[Tensor, Sequence[Path]]


def written(
    batches: Iterable[Batch], threads: int | None = None
) -> Generator[Sequence[Path], None, None]:
    """Writes batches of images, and gives the paths of each once all its files are there.

    The next batch is asked for while one is being written, and no further one before that is
    done: two are in memory, however many there are. A file appears under its name when it is
    complete, and what is in it does not depend on the threads. Close the generator (as
    `contextlib.closing` does) where it may be left early: after it no thread writes any more.

    Args:
        batches: images `(N, C, H, W)` in [-1, 1], with 1, 3 or 4 channels, and a path for each, in
            a folder that exists.
        threads: that write; None for as many as torch computes with.

    Raises:
        WriteError: a file cannot be written; the first such of a batch is named.
    """
    pool = ThreadPoolExecutor(threads or torch.get_num_threads(), "condgan-png")
    try:
        before: tuple[list[Future[None]], Sequence[Path]] | None = None
        for images, paths in batches:
            pixels = to_bytes(images).cpu().permute(0, 2, 3, 1).contiguous().numpy()
            parts = [slice(start, start + PIECE) for start in range(0, len(paths), PIECE)]
            if before is not None:
                yield _finished(*before)
            before = [pool.submit(_write, pixels[part], paths[part]) for part in parts], paths
        if before is not None:
            yield _finished(*before)
    finally:
        pool.shutdown(cancel_futures=True)


def _finished(futures: Sequence[Future[None]], paths: Sequence[Path]) -> Sequence[Path]:
    for future in futures:
        future.result()
    return paths


def _write(pixels: np.ndarray[Any, Any], paths: Sequence[Path]) -> None:
    from PIL import Image

    for each, path in zip(pixels, paths, strict=True):
        encoded = io.BytesIO()
        image = Image.fromarray(each[:, :, 0] if each.shape[2] == 1 else each)
        image.save(encoded, "PNG", compress_level=LEVEL)
        # Written beside and renamed, so that a full disk or a kill leaves no part of a picture.
        beside = path.with_name(f"{path.name}.part")
        try:
            beside.write_bytes(encoded.getbuffer())
            beside.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise WriteError(f"{path} cannot be written: {reason(error)}") from error
