"""Pictures inside a page."""

import base64
import io

import PIL.features
import pytest
import torch
from PIL import Image

from condgan.metrics.page.markup import as_address, moderate


@pytest.mark.parametrize(("webp", "kind"), [(True, "webp"), (False, "png")])
def test_an_address_holds_the_picture(monkeypatch, webp, kind):
    if webp and not PIL.features.check("webp"):
        pytest.skip("this Pillow cannot write WebP")
    monkeypatch.setattr(PIL.features, "check", lambda name: webp)
    start, _, data = as_address(Image.new("L", (30, 20), 200)).partition(",")
    assert start == f"data:image/{kind};base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (30, 20)
        assert abs(picture.convert("L").getpixel((9, 9)) - 200) <= 2


@pytest.mark.parametrize(
    ("shape", "largest", "made"),
    [((8, 8), 64, (8, 8)), ((200, 100), 50, (50, 25)), ((1, 500), 64, (1, 64))],
)
def test_large_images_are_made_smaller_and_others_left(shape, largest, made):
    images = torch.full((2, 3, *shape), 0.5)
    small = moderate(images, largest)
    assert small.shape == (2, 3, *made)
    assert torch.allclose(small, torch.tensor(0.5))
