"""Printed characters drawn on the fly: as many classes as wanted, without a download."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import chain, islice, product
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from condgan.arguments import whole_number
from condgan.classes import Classes, Label
from condgan.data.labelled import LabelledImages
from condgan.errors import ArgumentTypeError, CondganError, ConfigError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

# Left out: signs that only their place tells apart (`.` and `'`, `-` and `_`), that a slant turns
# into one another (`/`, `|`, `!`), or that bold strokes close (`#`, `@`).
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase + "$%&*+=<>?[]"
"""The characters that numbered classes are made of, in order."""

LONGEST = 3
"""Most characters in one image; with more, none could be read."""

SMALLEST_SIDE = 8
"""Fewest pixels an image is high or wide."""

EDGE = 1
"""Pixels at each side that stay black, so that no character touches the border."""

SLANT = 0.3
"""How far a character's top may be pushed to either side, as a part of its height."""

BOLDEST = 0.045
"""Most that a stroke may grow on each of its sides, as a part of the font's size ..."""

ROOMY = 26
"""... in images with this much room; smaller ones get less, or holes would close."""

SHRINK = 0.55
"""Smallest size of a character, as a part of the largest that fits into the image ..."""

READABLE = 9
"""... but in pixels no less than this for a capital, as far as there is room."""

NARROW = 0.8
"""Smallest width of a character, as a part of the one the font gives it."""


def glyphs(
    classes: int | str | Sequence[Label] = 10,
    n: int = 2000,
    *,
    weights: Sequence[float] | Mapping[Any, float] | None = None,
    image_size: int | tuple[int, int] = 28,
    seed: int = 0,
) -> LabelledImages:
    """Characters in white on black, each at a random place, slant, size and stroke width.

    They are drawn with the font that comes with Pillow, in which a person can tell all digits
    and capitals apart, but for 0 and O; among small letters there are also I and l, and those
    that differ from their capital by size alone (c, o, s, v, w, x, z).

    Equal arguments give equal images (under one version of Pillow); global random state is
    neither read nor changed.

    Args:
        classes: a number K, for the first K of: the characters 0-9, A-Z, a-z and 11 signs
            (`ALPHABET`), then all pairs of them, then all triples. Or the texts themselves, each
            of 1 to 3 characters, as a list (`["cat", "dog"]`) or a string (`"ABC"`: 3 classes).
        n: how many images, in mixed order. With fewer than K, some classes have none.
        weights: how frequent the classes are relative to each other: one number per class, or a
            mapping from labels to numbers, where labels left out count 1. All alike if left out.
            Counts are not drawn by chance: they are the shares of `n`, rounded by largest
            remainder (and between equals in favour of the earlier class).
        image_size: pixels, as one number or `(height, width)`, each at least 8. Two characters
            need a width of about 16 to be read, three of about 24.
        seed: a whole number from 0 on.

    Returns:
        Images uint8 `(n, 1, height, width)`, 0 (black) to 255. Labels are what you passed; for a
        number K they are the integers 0 to K-1 while K is at most 10 (each digit is its own
        label), and the strings that were drawn ("7", "A", "07") beyond.

    Raises:
        ConfigError: a value outside these bounds, or a character that the font does not have.
        ArgumentTypeError: an argument of another type.
        LabelError: no class, a class given twice, or a weight for an unknown class.
        CondganError: Pillow has no scalable font, because it lacks FreeType or is too old.

    Example:
        >>> from condgan.data.glyphs import glyphs
        >>> glyphs("AB", n=100, weights=[9, 1]).counts()
        {'A': 90, 'B': 10}
        >>> glyphs(1000, n=5, image_size=(16, 24)).image_shape
        (1, 16, 24)
    """
    count = whole_number("n", n, least=1)
    sides = image_size if isinstance(image_size, (tuple, list)) else (image_size, image_size)
    if len(sides) != 2:
        raise ConfigError(f"image_size must be one number or (height, width); got {image_size!r}.")
    height, width = (whole_number("image_size", side, least=SMALLEST_SIDE) for side in sides)
    rng = np.random.default_rng(whole_number("seed", seed, least=0))
    named = _classes(classes)
    # Drawn large and then reduced, so that slants and strokes come out smooth.
    font = _font(size=max(64, 2 * min(height, width)))
    texts = _drawable(named, font)
    ids = np.arange(len(named), dtype=np.int64)
    labels = rng.permutation(np.repeat(ids, _counts(named, weights, count)))
    images = np.zeros((count, height, width), np.uint8)
    for image, label, chances in zip(images, labels, rng.random((count, 6)), strict=True):
        _place(image, texts[label], font, chances.tolist())
    return LabelledImages(
        torch.from_numpy(images[:, None]), torch.from_numpy(labels), named, name="glyphs"
    )


def _classes(classes: Any) -> Classes:
    """The classes wanted; their labels are also the texts to draw."""
    if isinstance(classes, str):
        return Classes(list(classes))
    if not isinstance(classes, (int, np.integer)) or isinstance(classes, bool):
        return Classes(classes)
    number = whole_number("classes", classes, least=1)
    if number <= len(string.digits):
        return Classes(number)
    most = sum(len(ALPHABET) ** length for length in range(1, LONGEST + 1))
    if number > most:
        raise ConfigError(f"there are {most} different glyphs; got classes={number}.")
    texts = chain.from_iterable(product(ALPHABET, repeat=r) for r in range(1, LONGEST + 1))
    return Classes(["".join(text) for text in islice(texts, number)])


def _font(size: int) -> FreeTypeFont:
    """Pillow's own font: the same on every machine, unlike those of the system."""
    import PIL
    from PIL import ImageFont

    try:
        font = ImageFont.load_default(size=size)
    except (ImportError, TypeError):
        raise CondganError(
            "glyphs are drawn with Pillow's own font, which takes Pillow 10.1 or newer, built "
            f"with FreeType; this is Pillow {PIL.__version__}, which cannot load it. Install "
            "one that can: pip install --upgrade pillow"
        ) from None
    return cast("FreeTypeFont", font)


def _drawable(classes: Classes, font: FreeTypeFont) -> list[str]:
    """The texts of the classes, once the font is known to have all of their characters."""
    texts = [str(label) for label in classes.labels]
    # The font draws one and the same box for whatever it lacks, as for this non-character.
    box = bytes(font.getmask("\uffff"))
    known: set[str] = set()
    for text in texts:
        if not 1 <= len(text) <= LONGEST:
            raise ConfigError(
                f"a glyph has 1 to {LONGEST} characters; got {text!r}, which has {len(text)}."
            )
        for character in set(text) - known:
            mask = bytes(font.getmask(character))
            if not any(mask) or mask == box:
                raise ConfigError(
                    f"Pillow's font cannot draw the character {character!r} of {text!r}; use "
                    "letters a to z, digits and the signs of ASCII."
                )
            known.add(character)
    return texts


def _counts(classes: Classes, weights: Any, n: int) -> list[int]:
    """How many of `n` images each class gets, by largest remainder."""
    shares = _shares(classes, weights)
    total = sum(shares)
    if not total:
        raise ConfigError("weights are all 0; at least one class must have a positive one.")
    # Fractions are exact: a share that is a whole number stays one.
    quotas = [n * share / total for share in shares]
    counts = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(counts)), key=lambda k: counts[k] - quotas[k])
    for k in by_remainder[: n - sum(counts)]:
        counts[k] += 1
    return counts


def _shares(classes: Classes, weights: Any) -> list[Fraction]:
    """The checked weight of each class."""
    values: list[Any] = [1] * len(classes)
    if isinstance(weights, Mapping):
        for label, weight in weights.items():
            values[classes.id(label)] = weight
    elif weights is not None:
        try:
            values = list(weights)
        except TypeError:
            raise ArgumentTypeError(
                f"weights are a row of numbers or a mapping from labels; got {weights!r}."
            ) from None
    if len(values) != len(classes):
        raise ConfigError(f"there are {len(classes)} classes but {len(values)} weights.")
    return [_share(weight, label) for weight, label in zip(values, classes.labels, strict=True)]


def _share(weight: Any, label: Label) -> Fraction:
    try:
        value = math.nan if isinstance(weight, str) else float(weight)
    except (TypeError, ValueError):
        value = math.nan
    if not 0 <= value < math.inf:
        raise ConfigError(
            f"a weight must be a finite number from 0 on; got {weight!r} for class {label!r}."
        )
    return Fraction(value)


def _place(
    image: np.ndarray[Any, Any], text: str, font: FreeTypeFont, chances: Sequence[float]
) -> None:
    """Draw `text` somewhere into the black `image`, as six numbers from [0, 1) decide."""
    from PIL.Image import Resampling

    bold, slant, size, narrow, down, right = chances
    room = [side - 2 * EDGE for side in image.shape]
    # Neighbours would flow together if they grew as much as a single character may.
    boldest = BOLDEST * font.size * min(1.0, min(room) / ROOMY) / len(text)
    stroke = int(bold * (1 + boldest))
    ink = _slanted(_ink(text, font, stroke), _between(-SLANT, SLANT, slant))
    # Measured against a capital, so that an `o` stays smaller than an `O`.
    _, above, _, below = font.getbbox("H", stroke_width=stroke)
    largest = min(room[0] / max(ink.height, below - above), room[1] / ink.width)
    least = min(1.0, max(SHRINK, READABLE / (largest * (below - above))))
    scale = largest * _between(least, 1.0, size)
    high = max(1, round(scale * ink.height))
    wide = max(1, round(scale * ink.width * _between(max(NARROW, least), 1.0, narrow)))
    top = EDGE + int(down * (room[0] - high + 1))
    left = EDGE + int(right * (room[1] - wide + 1))
    small = np.asarray(ink.resize((wide, high), Resampling.BILINEAR), np.float32)
    # The thin strokes of small characters come out grey; white they are easier to read.
    image[top : top + high, left : left + wide] = (small * (255 / small.max())).round()


def _between(low: float, high: float, chance: float) -> float:
    return low + (high - low) * chance


def _ink(text: str, font: FreeTypeFont, stroke: int) -> Image:
    """The text in white on black, no larger than its ink."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    plate = Image.new("L", (math.ceil(right - left), math.ceil(bottom - top)))
    ImageDraw.Draw(plate).text((-left, -top), text, fill=255, font=font, stroke_width=stroke)
    return plate.crop(plate.getbbox())


def _slanted(ink: Image, slant: float) -> Image:
    """The picture sheared: its top moves to the right by `slant` of its height."""
    from PIL.Image import Resampling, Transform

    reach = abs(slant) * ink.height
    size = (ink.width + math.ceil(reach), ink.height)
    shift = (slant * ink.height + reach) / 2
    sheared = ink.transform(
        size, Transform.AFFINE, (1, slant, -shift, 0, 1, 0), Resampling.BILINEAR
    )
    return sheared.crop(sheared.getbbox())
