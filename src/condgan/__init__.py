"""Class-conditional GANs: from your labelled images to new images of the class you name."""

from logging import NullHandler as _NullHandler
from logging import getLogger as _getLogger

from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.labelled import LabelledImages
from condgan.data.load import load_data
from condgan.errors import CondganError
from condgan.metrics.evaluate import evaluate
from condgan.networks.architecture import Architecture
from condgan.networks.conditional import ConditionalDiscriminator, ConditionalGenerator
from condgan.objectives.losses import BinaryCrossEntropy
from condgan.plugins.hookspecs import hookimpl
from condgan.training.algorithms.adversarial import Adversarial
from condgan.training.algorithms.article import Article
from condgan.training.callbacks import (
    Callback,
    CollapseWatch,
    EarlyStopping,
    Evaluate,
    ImageSnapshots,
    LossHistory,
    Progress,
)
from condgan.training.trainer import Trainer

__version__ = "0.1.0"

__all__ = [
    "Adversarial",
    "Architecture",
    "Article",
    "Attributes",
    "BinaryCrossEntropy",
    "Callback",
    "Classes",
    "CollapseWatch",
    "CondganError",
    "ConditionalDiscriminator",
    "ConditionalGenerator",
    "EarlyStopping",
    "Evaluate",
    "ImageSnapshots",
    "LabelledImages",
    "LossHistory",
    "Progress",
    "Quantities",
    "Trainer",
    "evaluate",
    "hookimpl",
    "load_data",
]

_getLogger(__name__).addHandler(_NullHandler())
