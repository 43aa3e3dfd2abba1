"""Callbacks: what is told of training, one idea a file."""

from condgan.training.callbacks.callback import Callback
from condgan.training.callbacks.early_stopping import EarlyStopping
from condgan.training.callbacks.image_snapshots import ImageSnapshots
from condgan.training.callbacks.loss_history import LossHistory
from condgan.training.callbacks.progress import Progress

__all__ = ["Callback", "EarlyStopping", "ImageSnapshots", "LossHistory", "Progress"]
