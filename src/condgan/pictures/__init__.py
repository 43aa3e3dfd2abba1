"""Pictures to look at and to share, each one call: grids of classes, walks, and films."""

from condgan.pictures.drawn import class_grid, same_noise, walk_between, walk_within
from condgan.pictures.film import Film, training_film
from condgan.pictures.image_grid import ImageGrid

__all__ = [
    "Film",
    "ImageGrid",
    "class_grid",
    "same_noise",
    "training_film",
    "walk_between",
    "walk_within",
]
