"""Pillow images as arrays, whatever their colour mode, depth, transparency or orientation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from condgan.errors import ConfigError, DataError

if TYPE_CHECKING:
    from PIL.Image import Image

GRAY = ("1", "L", "LA", "La")
DEEP_GRAY = ("I", "I;16", "I;16L", "I;16B", "I;16N")


@dataclass(frozen=True)
class Decoder:
    """How to turn one Pillow image into an array `(H, W, C)`.

    Palettes are expanded; CMYK and other colour spaces become RGB; of an animation the first
    picture counts.

    Args:
        channels: 1 (colours become luma), 3 (gray becomes three equal channels), or 4 (RGB and
            alpha); left out, 1 for gray images and 3 for others.
        background: what shows through transparent pixels, as a Pillow colour: a name, "#rrggbb",
            or (r, g, b). With `channels=4` nothing does.
        image_size: side length, or (height, width): the largest part of that aspect is cut from
            the middle, then resized.
        orient: turn the image as its EXIF orientation says.

    Raises:
        ConfigError: a value that cannot work.

    Example:
        >>> from PIL import Image
        >>> Decoder(image_size=4)(Image.new("RGBA", (16, 8), (255, 0, 0, 0))).min()
        np.uint8(255)
    """

    channels: int | None = None
    background: str | tuple[int, int, int] = "white"
    image_size: int | tuple[int, int] | None = None
    orient: bool = True

    def __post_init__(self) -> None:
        if self.channels not in (None, 1, 3, 4):
            raise ConfigError(f"channels must be 1, 3 or 4; got {self.channels!r}.")
        if self.image_size is not None and (
            len(self._size()) != 2
            or not all(isinstance(side, int) and side > 0 for side in self._size())
        ):
            raise ConfigError(
                "image_size must be a whole number of pixels or (height, width); "
                f"got {self.image_size!r}."
            )
        self._colour()

    def __call__(self, image: Image) -> np.ndarray[Any, Any]:
        """The image as `(H, W, C)`: uint8, or uint16 if it is gray of 16 bits.

        Raises:
            DataError: a gray image that is neither of 8 nor of 16 bits, such as a float TIFF.
        """
        from PIL import ImageOps

        if self.orient:
            image = ImageOps.exif_transpose(image)
        if image.mode in (*DEEP_GRAY, "F"):
            return self._deep(image)
        plain = image.convert("RGBA") if self.channels == 4 else self._opaque(image)
        if self.channels in (1, 3):
            plain = plain.convert("L" if self.channels == 1 else "RGB")
        pixels = np.asarray(self._sized(plain))
        return pixels[:, :, None] if pixels.ndim == 2 else pixels

    def _opaque(self, image: Image) -> Image:
        """The image in mode L or RGB, with the background where it was transparent."""
        import PIL.Image

        gray = image.mode in GRAY
        if not image.has_transparency_data:
            return image.convert("L" if gray else "RGB")
        colour = self._colour()
        ground = PIL.Image.new("RGBA", image.size, (*colour, 255))
        ground.alpha_composite(image.convert("RGBA"))
        return ground.convert("L" if gray and len(set(colour)) == 1 else "RGB")

    def _deep(self, image: Image) -> np.ndarray[Any, Any]:
        """Gray of 16 bits, which Pillow would cut off at 255 were it asked for mode L."""
        import PIL.Image

        pixels = np.asarray(image)
        if image.mode == "F" or (pixels.size and (pixels.min() < 0 or pixels.max() > 65535)):
            raise DataError(
                f"an image of mode {image.mode} with values from {pixels.min():g} to "
                f"{pixels.max():g} is neither 8-bit nor 16-bit gray; read such files yourself and "
                "pass load_data((X, y), value_range=(low, high))."
            )
        sized = np.asarray(self._sized(PIL.Image.fromarray(pixels.astype(np.float32))))
        deep = sized.round().clip(0, 65535).astype(np.uint16)[:, :, None]
        if self.channels == 4:
            return np.concatenate([*[deep] * 3, np.full_like(deep, 65535)], axis=2)
        return np.repeat(deep, self.channels or 1, axis=2)

    def _sized(self, image: Image) -> Image:
        import PIL.Image

        if self.image_size is None:
            return image
        height, width = self._size()
        # Cropped first, since a resize of a part looks at the pixels around that part.
        kept_width = max(1, min(image.width, round(image.height * width / height)))
        kept_height = max(1, min(image.height, round(image.width * height / width)))
        left, top = (image.width - kept_width) // 2, (image.height - kept_height) // 2
        middle = image.crop((left, top, left + kept_width, top + kept_height))
        return middle.resize((width, height), PIL.Image.Resampling.BICUBIC)

    def _size(self) -> tuple[Any, ...]:
        size = self.image_size
        return tuple(size) if isinstance(size, tuple | list) else (size, size)

    def _colour(self) -> tuple[int, int, int]:
        from PIL import ImageColor

        if isinstance(self.background, str):
            try:
                return ImageColor.getrgb(self.background)[:3]
            except ValueError:
                pass
        elif len(self.background) == 3 and all(0 <= int(c) <= 255 for c in self.background):
            red, green, blue = (int(c) for c in self.background)
            return (red, green, blue)
        raise ConfigError(
            f'background must be a colour such as "white" or (255, 255, 255); '
            f"got {self.background!r}."
        )
