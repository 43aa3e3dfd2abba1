"""Where things are kept that took long to make and can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Where classifiers and decoded images are kept: $CONDGAN_CACHE, or ~/.cache/condgan."""
    return Path(os.environ.get("CONDGAN_CACHE") or "~/.cache/condgan").expanduser()
