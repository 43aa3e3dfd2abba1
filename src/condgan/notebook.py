"""What a notebook shows: HTML that brings nothing but itself, and changes nothing around it."""

from __future__ import annotations

import base64
import re

STYLE = (
    "<style>text{font:12.5px system-ui,sans-serif;fill:#808691}.end{text-anchor:end}"
    ".mid{text-anchor:middle}.rule{stroke:#80869155}.line{fill:none;stroke:#3d85d6;"
    "stroke-width:1.75px;stroke-linejoin:round}.band{fill:#3d85d6;opacity:.25}"
    ".bar{fill:#3d85d6}.bar.named{fill:#d9822b}.track{fill:#80869133}.tick{fill:#808691}</style>"
)
"""Of charts, in colours that can be seen on white and on black."""


def with_charts_as_images(html: str) -> str:
    """HTML in which each inline SVG chart is an image, with a style that is its own.

    A style for the page would change the whole notebook, and is cut out where it is not trusted.

    Example:
        >>> with_charts_as_images('<p><svg aria-label="Loss" viewBox="0 0 1 1"></svg></p>')[:17]
        '<p><img alt="Loss'
    """
    return re.sub(r"<svg.*?</svg>", _as_image, html, flags=re.DOTALL)


def _as_image(found: re.Match[str]) -> str:
    svg = found[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    label = re.search(r'aria-label="([^"]*)"', svg)
    styled = re.sub(r"(<svg[^>]*>)", rf"\1{STYLE}", svg, count=1)
    source = base64.b64encode(styled.encode()).decode("ascii")
    alt = label[1] if label else ""
    return f'<img alt="{alt}" width="440" src="data:image/svg+xml;base64,{source}">'
