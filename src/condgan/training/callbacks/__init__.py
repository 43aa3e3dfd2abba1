"""Callbacks: what is told of training, one idea a file."""

from condgan.training.callbacks.adapt_augment import AdaptAugment
from condgan.training.callbacks.callback import Callback
from condgan.training.callbacks.checkpoint import Checkpoint
from condgan.training.callbacks.collapse_watch import CollapseWatch
from condgan.training.callbacks.early_stopping import EarlyStopping
from condgan.training.callbacks.evaluate import Evaluate
from condgan.training.callbacks.image_snapshots import ImageSnapshots
from condgan.training.callbacks.live_report import LiveReport
from condgan.training.callbacks.loss_history import LossHistory
from condgan.training.callbacks.progress import Progress
from condgan.training.callbacks.tensorboard import TensorBoard
from condgan.training.callbacks.tracker import Tracker
from condgan.training.callbacks.transition import Transition

__all__ = [
    "AdaptAugment",
    "Callback",
    "Checkpoint",
    "CollapseWatch",
    "EarlyStopping",
    "Evaluate",
    "ImageSnapshots",
    "LiveReport",
    "LossHistory",
    "Progress",
    "TensorBoard",
    "Tracker",
    "Transition",
]
