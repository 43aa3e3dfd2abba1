"""`Inspection`: what was found out about labelled images, and what to do about it, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from condgan.classes import Classes
from condgan.conditions import Attributes
from condgan.data.headers import Headers
from condgan.data.labelled import LabelledImages
from condgan.data.readers.decode import DEEP, WHITE
from condgan.data.readers.files import ENDINGS
from condgan.data.readers.pixels import DIM
from condgan.data.sheet import contact_sheet
from condgan.data.twins import Twins

if TYPE_CHECKING:
    import PIL.Image

BAR = 30
"""Letters of the longest bar."""

LINES = 20
"""Classes that get a line."""

EXAMPLES, MANY = 4, 8
"""Things that are named, and kinds of things that are counted, before the rest is only a number."""

UNEVEN = 1.5
"""How many times larger the largest class must be to be worth a word."""

WIDTH = 92

LARGE = 128
"""Pixels of the shorter side beyond which a newcomer should think twice."""

CHANNELS = {1: "gray", 3: "colour", 4: "colour and transparency"}

MODES = {
    "1": "black and white",
    "L": "gray",
    "LA": "gray with transparency",
    "I;16": "gray of 16 bits",
    "I": "gray of 16 bits",
    "P": "palette",
    "PA": "palette with transparency",
    "RGB": "colour",
    "RGBA": "colour with transparency",
    "CMYK": "colours for print",
}
"""What Pillow's names of modes mean."""

TRANSPARENT = {"LA", "PA", "RGBA"}

FITS = {
    "crop": 'lose their edges (in Python, fit="pad" keeps them whole)',
    "pad": "get a border",
    "stretch": "lose their proportions",
}
"""What becomes of an image of another shape."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """What there is to know of labelled images; printed, it says so in words.

    Attributes:
        data: the images as they were read.
        twins: indices of images with the same pixels.
        flat: indices of images that are nearly constant.
        oddities: what the reader warned of, a sentence each.
        problems: why `load_data` with the same options would refuse, a sentence each.
        headers: of the files in a folder, if that is what was read.
        files: that of each image, if each has one that is known.
        options: those that the images were read with.

    Example:
        >>> import torch
        >>> from condgan.data.inspect import inspect_data
        >>> images = torch.arange(192, dtype=torch.uint8).reshape(3, 1, 8, 8)
        >>> found = inspect_data((images, ["cat", "dog", "cat"]), name="pets")
        >>> found.imbalance, found.twins.apart, found.problems
        (2.0, (), ())
        >>> print(found)
        pets: 3 images of 2 classes
        ...
    """

    data: LabelledImages
    twins: Twins
    flat: tuple[int, ...]
    oddities: tuple[str, ...]
    problems: tuple[str, ...]
    headers: Headers | None
    files: tuple[Path, ...]
    options: dict[str, Any]

    @property
    def imbalance(self) -> float | None:
        """How many images the largest class has for one of the smallest; classes without are left
        out. None if the labels are attributes or quantities.
        """
        if not isinstance(self.data.classes, Classes):
            return None
        counts = [count for count in self.data.counts().values() if count]
        return max(counts) / min(counts)

    def called(self, index: int) -> str:
        """What to call image `index`: its file, or its position."""
        if self.headers is None or not self.files:
            return f"image {index}"
        return self.files[index].relative_to(self.headers.folder).as_posix()

    def sheet(self) -> PIL.Image.Image:
        """A contact sheet as a Pillow image: a row a class, as `contact_sheet` says."""
        return contact_sheet(self.data)

    def __str__(self) -> str:
        return _told(self)


def _told(found: Inspection) -> str:
    """The whole text, a section for each question that a newcomer has."""
    data = found.data
    channels, height, width = data.image_shape
    colour = CHANNELS.get(channels, f"{channels} channels")
    low, high = (float(bound) for bound in (data.images.min(), data.images.max()))
    held = "uint8 (0 black, 255 white)" if _are_bytes(data) else "float32 (-1 black, 1 white)"
    lines = [
        f"{data.name}: {len(data):,} images of {data.classes.size} {data.classes.kind}",
        f"  shape   {channels} x {height} x {width} ({colour}, {height} high, {width} wide)",
        f"  values  {low:g} to {high:g}, held as {held}",
        *_dim(found, low, high),
        *_section(data.classes.kind, _labels(found)),
        *_section("files", _files(found), hang=10),
        *_section("the same picture twice", _twins(found)),
        *_section("nearly constant pictures", _flat(found)),
        *_section("oddities", found.oddities),
        *_section("before training", found.problems),
    ]
    return "\n".join(lines)


def _dim(found: Inspection, low: float, high: float) -> list[str]:
    """What to do if white was another value than was thought; not for pictures that are black."""
    if not _are_bytes(found.data) or not low < high < DIM or "value_range" in found.options:
        return []
    return [f"          nearly black: in Python value_range=(0, {high:g}), if that is white"]


def _are_bytes(data: LabelledImages) -> bool:
    return data.images.element_size() == 1


def _section(title: str, lines: Iterable[str], hang: int = 2) -> list[str]:
    """A title and its lines, if there are any; what is too long goes on below, further in."""
    wrap = textwrap.TextWrapper(
        WIDTH,
        initial_indent="  ",
        subsequent_indent=" " * (2 + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )
    wrapped = [line for text in lines for line in wrap.wrap(text)]
    return ["", title, *wrapped] if wrapped else []


# Labels --------------------------------------------------------------------------------------


def _labels(found: Inspection) -> Iterator[str]:
    data = found.data
    if isinstance(data.classes, Classes):
        yield from _bars([(str(label), count) for label, count in data.counts().items()])
        yield from _unevenness(found)
        return
    columns = list(zip(data.classes.names, data.labels.T, strict=True))
    if isinstance(data.classes, Attributes):
        yield from _bars([(name, int(column.sum())) for name, column in columns])
        return
    for name, column in columns[:LINES]:
        yield f"{name}: {float(column.min()):g} to {float(column.max()):g}"


def _unevenness(found: Inspection) -> Iterator[str]:
    if found.imbalance is None or found.imbalance < UNEVEN:
        return
    counts = {label: count for label, count in found.data.counts().items() if count}
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    yield (
        f"Uneven: {most} has {found.imbalance:.2g} times the images of {least}. condgan train "
        "--balanced shows every class equally often; condgan study finds out whether drawn images "
        "of the rare classes help a classifier."
    )


def _bars(counts: Sequence[tuple[str, int]]) -> Iterator[str]:
    longest = max(1, *(count for _, count in counts))
    name_width = max(len(name) for name, _ in counts[:LINES])
    number_width = max(len(f"{count:,}") for _, count in counts[:LINES])
    for name, count in counts[:LINES]:
        bar = "#" * max(1, round(BAR * count / longest)) if count else "no image"
        yield f"{name:<{name_width}}  {count:>{number_width},}  {bar}"
    rest = [count for _, count in counts[LINES:]]
    if rest:
        yield f"and {len(rest):,} more, of {min(rest):,} to {max(rest):,} images each"


# Files ---------------------------------------------------------------------------------------


def _files(found: Inspection) -> Iterator[str]:
    headers = found.headers
    if headers is None:
        return
    sizes = [f"{count:,} of {w} x {h}" for (w, h), count in headers.sizes.items()]
    modes = [f"{count:,} {MODES.get(mode, mode)}" for mode, count in headers.modes.items()]
    endings = [f"{count:,} {ending}" for ending, count in headers.endings.items()]
    yield f"sizes     {_some(sizes, most=MANY)} (width x height)"
    yield from (f"       -> {said}" for said in _resizing(found, headers))
    yield f"colours   {_some(modes, most=MANY)}"
    yield from (f"       -> {said}" for said in _colouring(found, headers))
    yield f"endings   {_some(endings, most=MANY)}"
    images = [path for path in headers.passed_over if path.suffix.lower() in ENDINGS]
    others = [path for path in headers.passed_over if path not in images]
    if others:
        yield f"not read  {_named(headers, others)}: not called as images are"
    if images:
        yield f"not read  {_named(headers, images)}: not directly in the folder of a class"


def _resizing(found: Inspection, headers: Headers) -> Iterator[str]:
    """What is done about sizes, if anything is."""
    _, height, width = found.data.image_shape
    if found.options.get("image_size") is None:
        if min(height, width) > LARGE:
            yield "large ones take very long to train on: --image-size 64, in Python image_size=64"
        return
    yield f"each becomes {width} x {height}"
    fit = found.options.get("fit", "crop")
    other = sum(n for (w, h), n in headers.sizes.items() if w * height != h * width)
    if other:
        yield f"of another shape: {other:,}, which {FITS[fit]}"
    small = sum(n for (w, h), n in headers.sizes.items() if w < width or h < height)
    if small:
        yield f"enlarged: {small:,}, which adds no detail"


def _colouring(found: Inspection, headers: Headers) -> Iterator[str]:
    """What is done about colours, if anything is."""
    channels = found.data.image_shape[0]
    if len(headers.modes) > 1:
        other = 3 if channels == 1 else 1
        yield (
            f"each becomes {CHANNELS[channels]} (in Python, channels={other} for {CHANNELS[other]})"
        )
    if 16 in headers.depths:
        low, high = found.options.get("value_range") or (0, DEEP)
        yield (
            f"gray of 16 bits from {low:g}, black, to {high:g}, white "
            "(in Python, value_range=(0, 4095) for scans of 12 bits)"
        )
        if headers.depths == {8, 16}:
            yield f"all other from 0 to {WHITE}"
    clear = sum(n for mode, n in headers.modes.items() if mode in TRANSPARENT)
    if clear and channels != 4:
        yield f"perhaps transparent: {clear:,}, laid on {found.options.get('background', 'white')}"


# Pictures ------------------------------------------------------------------------------------


def _twins(found: Inspection) -> Iterator[str]:
    apart, together = found.twins
    if apart:
        yield (
            f"{len(apart):,} under different labels, of which at most one can be right: "
            f"{_alike(found, apart)}. Correct or delete them."
        )
    if together:
        yield (
            f"{len(together):,} more than once under one label: {_alike(found, together)}. Keep "
            "one of each, or what is held out to evaluate with is not new to the generator."
        )
    if not apart and not together:
        yield "none"


def _alike(found: Inspection, groups: Sequence[tuple[int, ...]]) -> str:
    return _some([" = ".join(map(found.called, group[:EXAMPLES])) for group in groups], "; ")


def _flat(found: Inspection) -> Iterator[str]:
    if found.flat:
        some = _some([found.called(i) for i in found.flat])
        yield f"{len(found.flat)}: {some}. Look at them: a scan may have failed."
    else:
        yield "none"


# Lists ---------------------------------------------------------------------------------------


def _named(headers: Headers, files: Sequence[Path]) -> str:
    return _some([file.relative_to(headers.folder).as_posix() for file in files])


def _some(texts: Sequence[str], between: str = ", ", most: int = EXAMPLES) -> str:
    """The first few, and how many more there are."""
    rest = len(texts) - most
    shown = between.join(texts[:most])
    return shown if rest <= 0 else f"{shown}{between}and {rest:,} more"
