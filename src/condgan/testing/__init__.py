"""The conformance kit: checks for whoever writes architectures, losses, callbacks and the like.

Each check looks for the faults that are easily made and hard to see, raises a `PluginError` that
says what is wrong and what to do, and returns nothing if all is well. In a plugin's tests:

    from condgan.testing import check_plugin

    def test_it_fits_in():
        check_plugin("condgan-mine")
"""

from condgan.testing.algorithms import check_algorithm
from condgan.testing.architectures import check_architecture
from condgan.testing.callbacks import check_callback
from condgan.testing.datasets import check_dataset
from condgan.testing.encoders import check_encoder
from condgan.testing.losses import check_loss
from condgan.testing.metrics import check_metric
from condgan.testing.plugins import check_plugin

__all__ = [
    "check_algorithm",
    "check_architecture",
    "check_callback",
    "check_dataset",
    "check_encoder",
    "check_loss",
    "check_metric",
    "check_plugin",
]
