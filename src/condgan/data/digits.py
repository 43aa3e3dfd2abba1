"""The data set that comes with condgan: 1,797 handwritten digits of 8 x 8 pixels."""

from __future__ import annotations

from importlib import resources

import numpy as np
import torch

from condgan.classes import Classes
from condgan.data.labelled import LabelledImages

WHITE = 16
"""The largest value in the file: a pixel counts the inked ones in a 4 x 4 block of the scan."""


def digits() -> LabelledImages:
    """Handwritten digits, small enough to train on in a minute without a GPU.

    The test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI
    Machine Learning Repository, https://doi.org/10.24432/C50P49), licensed under CC BY 4.0;
    `digits.LICENSE.txt` beside the file says more. Nothing is downloaded.

    Returns:
        1,797 images, float32 `(1797, 1, 8, 8)` in 17 even steps from -1 (paper) to 1 (ink), about
        180 of each class. The classes are the integers 0 to 9.

    Example:
        >>> from condgan.data.digits import digits
        >>> data = digits()
        >>> data
        LabelledImages('digits', 1797 x (1, 8, 8), Classes(10))
        >>> data.counts()[3]
        183
    """
    # Opened through importlib.resources, so that it is found in a zipped package as well.
    with (
        resources.files("condgan.data").joinpath("digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        images, labels = arrays["images"], arrays["labels"]
    return LabelledImages(
        # Kept as floats: 16 steps do not fit evenly into the 255 of a byte.
        torch.from_numpy(images[:, None]).to(torch.float32) / (WHITE / 2) - 1.0,
        torch.from_numpy(labels).to(torch.int64),
        Classes(10),
        name="digits",
    )
