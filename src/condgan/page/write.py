"""Puts a page together: the generator, its controls, and what is known of its training."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from importlib import resources
from os import PathLike
from pathlib import Path
from string import Template

from condgan.classes import Classes
from condgan.conditions import counted
from condgan.errors import ConfigError, listed
from condgan.images import check_channels, grid
from condgan.metrics.page.markup import escaped
from condgan.metrics.report import Report
from condgan.networks import sampling
from condgan.networks.conditional import ConditionalGenerator
from condgan.networks.export import weights_hash
from condgan.page.card import card
from condgan.page.directions import PLACES, strongest_directions
from condgan.page.drawing import drawing, plain_copy, some_labels
from condgan.page.film import film
from condgan.page.program import in_base64

SCRIPTS = ("interpreter.js", "noise.js", "choices.js", "page.js")

ENDINGS = (".html", ".htm")

COLOURS = {1: "gray", 3: "in colour", 4: "in colour, with opacity"}


def write_page(
    G: ConditionalGenerator,
    path: str | PathLike[str],
    *,
    title: str = "Generator",
    report: Report | None = None,
    snapshots: str | PathLike[str] | None = None,
) -> Path:
    """Writes one HTML file that draws images in a browser: offline, and as `G.generate` does.

    Whoever opens it chooses a class and sees new images, moves through the noise, compares classes
    that start from the same noise, and saves pictures. The file holds the weights, about 5.4 bytes
    for each, and loads nothing.

    Args:
        G: the generator, left as it is; of any architecture and encoder whose operations the page
            knows, which are the usual ones.
        path: of the file, which ends in `.html`; folders that lack are made.
        title: at its head, such as the name of the data.
        report: of an evaluation, for a report card.
        snapshots: the folder of `ImageSnapshots`, for a film of the training.

    Returns:
        The path.

    Raises:
        ConfigError: an operation that the page does not know, which is named; a generator that
            draws noise of its own, or takes other steps for other noise; images that are no
            pictures; or a name of a file that no browser would open.

    Example:
        >>> import condgan
        >>> from condgan.page import write_page
        >>> G = condgan.ConditionalGenerator(["cat", "dog"], (1, 8, 8), seed=0)
        >>> write_page(G, "pets.html", title="pets").name
        'pets.html'
    """
    target = Path(path)
    if target.suffix.lower() not in ENDINGS:
        raise ConfigError(f"the name of a page ends in .html, as in page.html; got {str(path)!r}.")
    check_channels(G.image_shape[0])
    plain = plain_copy(G)
    frames = [] if snapshots is None else film(Path(snapshots))
    data = {
        **drawing(plain),
        "title": title,
        "latent": G.latent_dim,
        "shape": list(G.image_shape),
        "directions": in_base64(
            strongest_directions(plain, some_labels(plain, PLACES)).numpy().astype("<f4")
        ),
        "film": [frame._asdict() for frame in frames],
    }
    script = "\n".join(_file(name) for name in SCRIPTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    text = Template(_file("page.html")).substitute(
        hash=f"sha256-{digest}",
        title=escaped(title),
        icon=_icon(plain),
        style=_file("style.css"),
        lede=_lede(G),
        latent_dim=f"{G.latent_dim:,}",
        film=_file("film.html") if frames else "",
        card="" if report is None else card(report),
        facts=_facts(G),
        # Whatever a label holds, it must not end the element.
        data=json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
        script=script,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")  # as the hash was taken
    return target


def _file(name: str) -> str:
    return resources.files("condgan.page").joinpath(name).read_text("utf-8").rstrip("\n")


def _icon(G: ConditionalGenerator) -> str:
    """A drawn image as the address of a small PNG."""
    image = sampling.draw(G, some_labels(G, 1), seed=0)
    file = io.BytesIO()
    grid(image, 1, scale=max(1, 32 // max(G.image_shape[1:]))).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _lede(G: ConditionalGenerator) -> str:
    what = "what you ask for"
    if isinstance(G.classes, Classes):
        what = f"one of {G.classes.size:,} classes" if G.classes.size > 1 else "a class"
    text = (
        f"A small neural network lives in this file. Choose {what}, and it draws images that have "
        "never been seen before, here on your device."
    )
    if G.unseen:
        text += (
            f" It never learnt from an image of {escaped(listed(G.unseen))}; what it draws there "
            "means nothing."
        )
    return text


def _facts(G: ConditionalGenerator) -> str:
    channels, height, width = G.image_shape
    rows = {
        "Images": f"{width} by {height} pixels, {COLOURS[channels]}",
        "Can be asked for": counted(G.classes),
        "Noise": f"{G.latent_dim:,} numbers",
        "Architecture": G.settings["architecture"] or type(G.backbone).__name__,
        "Parameters": f"{sum(p.numel() for p in G.parameters()):,}",
        "Fingerprint of the weights": weights_hash(G)[:16],
    }
    return "\n".join(f"<div><dt>{n}</dt><dd>{escaped(v)}</dd></div>" for n, v in rows.items())
