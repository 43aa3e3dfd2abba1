"""Images in rows and columns with their names, to look at, to save, and to see move."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from condgan.images import SMALLEST, captioned, grid, save_picture
from condgan.pictures.film import Film

if TYPE_CHECKING:
    import PIL.Image

FRAME = 2 * SMALLEST
"""Images of a film are about this many pixels high at least."""


@dataclass(frozen=True, eq=False)
class ImageGrid:
    """Images with a title, and names of rows and columns; a notebook shows it as it is.

    Small images are enlarged, and their pixels stay squares unless you ask for smooth ones, so
    that nothing is shown that was not drawn.

    Attributes:
        images: float32 `(rows * columns, C, H, W)` in [-1, 1], row by row.
        columns: images in a row.
        title: what they are.
        row_names: text to the left of each row; none leaves no margin.
        column_names: text above each column.

    Example:
        >>> import torch
        >>> ImageGrid(torch.zeros(6, 1, 8, 8), 3, "two cats", ("cat", "cat")).save("cats.png")
        PosixPath('cats.png')
    """

    images: Tensor
    columns: int
    title: str = ""
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.images.shape[1:]))
        rows = -(-len(self.images) // self.columns)
        return f"ImageGrid({self.title!r}, {rows} x {self.columns} images of {shape})"

    def picture(self, *, smooth: bool = False) -> PIL.Image.Image:
        """The grid as one Pillow image.

        Args:
            smooth: whether pixels of enlarged images flow into each other. Then 8x8 pixels are
                easier to read, and less true.
        """
        sheet = grid(
            self.images,
            self.columns,
            self.row_names,
            column_names=self.column_names,
            smooth=smooth,
        )
        return captioned(sheet, self.title) if self.title else sheet

    def save(self, path: str | PathLike[str], *, smooth: bool = False) -> Path:
        """Writes the grid as a picture, and makes its folder.

        Args:
            path: its ending chooses the format.
            smooth: as in `picture`.

        Raises:
            ConfigError: no format has that ending.
        """
        return save_picture(self.picture(smooth=smooth), path)

    def film(self, milliseconds: int = 80, *, smooth: bool = False) -> Film:
        """The columns one after another, and back again: the images of each are a frame.

        Args:
            milliseconds: how long each frame stays.
            smooth: as in `picture`.
        """
        frames = [self._frame(column, smooth) for column in range(self.columns)]
        return Film((*frames, *frames[-2:0:-1]), milliseconds)

    def _frame(self, column: int, smooth: bool) -> PIL.Image.Image:
        images = self.images[column :: self.columns]
        scale = max(1, round(FRAME / images.shape[2]))
        sheet = grid(images, math.ceil(len(images) ** 0.5), scale=scale, smooth=smooth)
        name = self.column_names[column] if self.column_names else ""
        caption = ": ".join(text for text in (self.title, name) if text)
        return captioned(sheet, caption) if caption else sheet

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.picture().save(file, "PNG")
        return file.getvalue()
