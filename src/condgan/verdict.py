"""What a discriminator with an auxiliary head says of images."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Verdict(NamedTuple):
    """Two answers of one pass.

    Attributes:
        logits: how real each image looks, `(N,)`.
        class_logits: what each image shows, `(N, outputs)`: one number a class (or attribute), or
            two in a row of halves, first "real and of class k", then "fake and of class k".
    """

    logits: Tensor
    class_logits: Tensor
