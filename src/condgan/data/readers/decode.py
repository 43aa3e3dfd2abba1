"""Pillow images as arrays, whatever their colour mode, depth, transparency or orientation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from condgan.data.readers.value_range import ends_of
from condgan.errors import ConfigError, DataError

if TYPE_CHECKING:
    from PIL.Image import Image

GRAY = ("1", "L", "LA", "La")
DEEP_GRAY = ("I", "I;16", "I;16L", "I;16B", "I;16N")

WHITE, DEEP = 255, 65535
"""White on a scale of 8 and of 16 bits."""

PIXELS = 2**26
"""How many pixels an image file may promise: 8192 x 8192, more than the usual camera makes."""

Fit: TypeAlias = Literal["crop", "pad", "stretch"]
"""How an image of another shape comes to `image_size`."""


@dataclass(frozen=True)
class Decoder:
    """How to turn one Pillow image into an array `(H, W, C)`.

    Palettes are expanded, and gray if all their colours are; CMYK and other colour spaces become
    RGB; of an animation the first picture counts. Gray of 16 bits keeps its depth; colour, and
    gray with transparency, become 8-bit. Every resize averages over what it leaves out, so fine
    patterns do not alias.

    Args:
        channels: 1 (colours become luma), 3 (gray becomes three equal channels), or 4 (RGB and
            alpha); left out, 1 for gray images and 3 for others.
        background: what shows through transparent pixels, as a Pillow colour: a name, "#rrggbb",
            or (r, g, b). With `channels=4` nothing does.
        image_size: side length, or (height, width), of the array; left out, the image's own.
        orient: turn the image as its EXIF orientation says.
        fit: how an image of another aspect comes to `image_size`. "crop" cuts the largest part of
            that aspect from the middle, then resizes; "pad" resizes the whole image to fit
            within, and fills up with the background (with `channels=4`, a transparent one);
            "stretch" resizes the whole image and lets its aspect go.
        max_pixels: the most pixels that a file may promise; one that promises more is refused
            before it is decoded, since a small file can unpack to more than the memory holds.
        value_range: the (low, high) that mean black and white, such as (0, 4095) in scans of 12
            bits; left out, 0 and the most that the image's type holds. A range beyond 255 is that
            of gray of 16 bits, and images of 8 bits keep theirs.

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
    fit: Fit = "crop"
    max_pixels: int = PIXELS
    value_range: tuple[float, float] | None = None

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
        if self.fit not in get_args(Fit):
            raise ConfigError(f'fit must be "crop", "pad" or "stretch"; got {self.fit!r}.')
        if not isinstance(self.max_pixels, int) or self.max_pixels < 1:
            raise ConfigError(f"max_pixels must be a number of pixels; got {self.max_pixels!r}.")
        if self.value_range is not None:
            ends_of(self.value_range)
        self._colour()

    def __call__(self, image: Image) -> np.ndarray[Any, Any]:
        """The image as `(H, W, C)`: uint8, or uint16 if it is gray of 16 bits.

        Raises:
            DataError: values beyond `value_range`; or, without one, a gray image that is neither
                of 8 nor of 16 bits, such as a float TIFF.
        """
        clear = _clear_colour(image)
        image = self._cropped(self._upright(image))
        if clear is not None:
            image.info["transparency"] = clear
        if image.mode in DEEP_GRAY and image.has_transparency_data:
            image = self._shallow(image)
        elif image.mode in (*DEEP_GRAY, "F"):
            return self._padded(self._deep(image))
        elif self.value_range is not None and self.value_range[1] <= WHITE and image.mode != "1":
            image = self._stretched(image)
        plain = image.convert("RGBA") if self.channels == 4 else self._opaque(image)
        if self.channels in (1, 3):
            plain = plain.convert("L" if self.channels == 1 else "RGB")
        pixels = np.asarray(self._resized(plain))
        return self._padded(pixels[:, :, None] if pixels.ndim == 2 else pixels)

    def _upright(self, image: Image) -> Image:
        """A copy, turned as EXIF says if that is wanted."""
        from PIL import ImageOps

        return ImageOps.exif_transpose(image) if self.orient else image.copy()

    def _opaque(self, image: Image) -> Image:
        """The image in mode L or RGB, with the background where it was transparent."""
        import PIL.Image

        gray = _is_gray_image(image)
        if not image.has_transparency_data:
            return image.convert("L" if gray else "RGB")
        colour = self._colour()
        ground = PIL.Image.new("RGBA", image.size, (*colour, 255))
        ground.alpha_composite(image.convert("RGBA"))
        return ground.convert("L" if gray and _is_gray(colour) else "RGB")

    def _deep(self, image: Image) -> np.ndarray[Any, Any]:
        """Gray of 16 bits, which Pillow would cut off at 255 were it asked for mode L."""
        import PIL.Image

        pixels = np.asarray(image)
        if self.value_range is None and image.mode == "F":
            raise _unclear(image.mode, pixels)
        scaled = self._on_scale(pixels, DEEP, image.mode).astype(np.float32)
        sized = np.asarray(self._resized(PIL.Image.fromarray(scaled)))
        deep = sized.round().clip(0, DEEP).astype(np.uint16)[:, :, None]
        if self.channels == 4:
            return np.concatenate([*[deep] * 3, np.full_like(deep, DEEP)], axis=2)
        return np.repeat(deep, self.channels or 1, axis=2)

    def _shallow(self, image: Image) -> Image:
        """Gray of 16 bits of which one value is transparent, as gray of 8 bits with alpha."""
        import PIL.Image

        pixels = np.asarray(image)
        alpha = np.where(pixels == image.info["transparency"], 0, WHITE).astype(np.uint8)
        gray = self._on_scale(pixels, WHITE, image.mode, seen=alpha > 0).round().astype(np.uint8)
        return PIL.Image.merge("LA", [PIL.Image.fromarray(band) for band in (gray, alpha)])

    def _stretched(self, image: Image) -> Image:
        """An image of 8 bits whose black and white are the ends of `value_range`."""
        import PIL.Image

        gray, clear = _is_gray_image(image), image.has_transparency_data
        pixels = np.array(image.convert("RGBA" if clear else "L" if gray else "RGB"))
        seen = pixels[..., 3:] > 0 if clear else None
        colours = pixels[..., :3] if clear else pixels
        colours[:] = self._on_scale(colours, WHITE, image.mode, seen).round()
        stretched = PIL.Image.fromarray(pixels)
        return stretched.convert("LA") if gray and clear else stretched

    def _on_scale(
        self,
        pixels: np.ndarray[Any, Any],
        white: int,
        mode: str,
        seen: np.ndarray[Any, Any] | None = None,
    ) -> np.ndarray[Any, Any]:
        """Values as floats from 0 to `white`; those that are not `seen` may lie outside."""
        low, high = (0, DEEP) if self.value_range is None else ends_of(self.value_range)
        inside = (pixels >= low) & (pixels <= high)
        if not (inside if seen is None else inside | ~seen).all():
            raise _unclear(mode, pixels, self.value_range)
        if (low, high) == (0, white):
            return pixels
        return ((pixels.astype(np.float64) - low) * (white / (high - low))).clip(0, white)

    def _cropped(self, image: Image) -> Image:
        """The part to keep; cut before resizing, which looks at the pixels around a part."""
        if self.image_size is None or self.fit != "crop":
            return image
        height, width = self._size()
        kept_width = max(1, min(image.width, round(image.height * width / height)))
        kept_height = max(1, min(image.height, round(image.width * height / width)))
        left, top = (image.width - kept_width) // 2, (image.height - kept_height) // 2
        return image.crop((left, top, left + kept_width, top + kept_height))

    def _resized(self, image: Image) -> Image:
        import PIL.Image

        if self.image_size is None:
            return image
        height, width = self._size()
        if self.fit == "pad":
            scale = min(height / image.height, width / image.width)
            height, width = (max(1, round(side * scale)) for side in (image.height, image.width))
        return image.resize((width, height), PIL.Image.Resampling.BICUBIC)

    def _padded(self, pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """`(h, w, C)` in the middle of a ground `(H, W, C)`; coloured if the ground has to be."""
        if self.image_size is None or pixels.shape[:2] == self._size():
            return pixels
        colour = self._colour()
        if self.channels is None and not _is_gray(colour) and pixels.shape[2] == 1:
            pixels = np.repeat(pixels, 3, axis=2)
        ground = {1: (_luma(colour),), 3: colour, 4: (*colour, 0)}[pixels.shape[2]]
        out = np.empty((*self._size(), len(ground)), pixels.dtype)
        out[:] = np.array(ground) * (DEEP // WHITE if pixels.dtype == np.uint16 else 1)
        height, width = pixels.shape[:2]
        top, left = (out.shape[0] - height) // 2, (out.shape[1] - width) // 2
        out[top : top + height, left : left + width] = pixels
        return out

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


def _clear_colour(image: Image) -> int | tuple[int, ...] | None:
    """The one colour a PNG calls transparent, where Pillow scales its pixels but not that colour.

    Pillow makes 8 bits of gray of 2 or 4 bits and of colour of 16; it would not find the colour.
    """
    clear = image.info.get("transparency")
    tiles = getattr(image, "tile", None)
    if clear is None or not tiles:
        return None
    packed = tiles[0][3]
    if packed in ("L;2", "L;4"):
        return int(clear) * (85 if packed == "L;2" else 17)
    return tuple(part >> 8 for part in clear) if packed == "RGB;16B" else None


def _unclear(
    mode: str, pixels: np.ndarray[Any, Any], value_range: tuple[float, float] | None = None
) -> DataError:
    found = f"an image of mode {mode} has values from {pixels.min():g} to {pixels.max():g}"
    if value_range is not None:
        return DataError(f"{found}, outside value_range={value_range}")
    return DataError(
        f"{found}, which is neither 8-bit nor 16-bit gray; say which values mean black and white: "
        "value_range=(low, high)"
    )


def _is_gray_image(image: Image) -> bool:
    return image.mode in GRAY or _has_gray_palette(image)


def _has_gray_palette(image: Image) -> bool:
    if image.mode not in ("P", "PA"):
        return False
    colours = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())


def _is_gray(colour: tuple[int, int, int]) -> bool:
    return len(set(colour)) == 1


def _luma(colour: tuple[int, int, int]) -> Any:
    """The gray that Pillow makes of a colour."""
    import PIL.Image

    return PIL.Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0))
