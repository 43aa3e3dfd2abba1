"""Class-conditional GANs: from your labelled images to new images of the class you name."""

from logging import NullHandler as _NullHandler
from logging import getLogger as _getLogger

from condgan import pictures as pictures
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.inspect import inspect_data
from condgan.data.labelled import LabelledImages
from condgan.data.load import load_data
from condgan.errors import CondganError
from condgan.metrics.evaluate import evaluate
from condgan.metrics.report import Report
from condgan.networks.architecture import Architecture
from condgan.networks.conditional import ConditionalDiscriminator, ConditionalGenerator
from condgan.objectives.augment import Augment, Augmented
from condgan.objectives.losses import (
    BinaryCrossEntropy,
    Hinge,
    LeastSquares,
    Relativistic,
    Wasserstein,
)
from condgan.objectives.schedules import Ramp
from condgan.objectives.terms import (
    R1,
    R2,
    ClassifyFake,
    ClassifyReal,
    DiscriminateClasses,
    Every,
    GradientPenalty,
    SeemRealClass,
)
from condgan.objectives.turn import Turn
from condgan.plugins.hookspecs import hookimpl
from condgan.training.algorithms.adversarial import Adversarial
from condgan.training.algorithms.article import Article
from condgan.training.callbacks import (
    AdaptAugment,
    Callback,
    Checkpoint,
    CollapseWatch,
    EarlyStopping,
    Evaluate,
    ImageSnapshots,
    LiveReport,
    LossHistory,
    Progress,
    TensorBoard,
    Tracker,
    Transition,
)
from condgan.training.presets import Preset, preset
from condgan.training.trainer import Trainer
from condgan.verdict import Verdict

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022 (plain alphabetical, also R1 and R2)
    "AdaptAugment",
    "Adversarial",
    "Architecture",
    "Article",
    "Attributes",
    "Augment",
    "Augmented",
    "BinaryCrossEntropy",
    "Callback",
    "Checkpoint",
    "Classes",
    "ClassifyFake",
    "ClassifyReal",
    "CollapseWatch",
    "CondganError",
    "ConditionalDiscriminator",
    "ConditionalGenerator",
    "DiscriminateClasses",
    "EarlyStopping",
    "Evaluate",
    "Every",
    "GradientPenalty",
    "Hinge",
    "ImageSnapshots",
    "LabelledImages",
    "LeastSquares",
    "LiveReport",
    "LossHistory",
    "Preset",
    "Progress",
    "Quantities",
    "R1",
    "R2",
    "Ramp",
    "Relativistic",
    "Report",
    "SeemRealClass",
    "TensorBoard",
    "Tracker",
    "Trainer",
    "Transition",
    "Turn",
    "Verdict",
    "Wasserstein",
    "evaluate",
    "hookimpl",
    "inspect_data",
    "load_data",
    "preset",
]

_getLogger(__name__).addHandler(_NullHandler())
