"""The inputs of `fuzz.py`: what it can run, by name.

An input is made from (reader, seed, index) alone, so that each can be made again.
"""

from fuzz_arrays import ARRAYS
from fuzz_damage import Input, made
from fuzz_images import IMAGES
from fuzz_tables import TABLES

READERS = {reader.name: reader for reader in (*IMAGES, *TABLES, *ARRAYS)}

__all__ = ["READERS", "Input", "made"]
