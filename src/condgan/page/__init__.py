"""A page that draws: one HTML file with a generator inside, which a browser draws images from."""

from condgan.page.write import write_page

__all__ = ["write_page"]
