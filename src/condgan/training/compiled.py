"""Networks that torch.compile makes kernels of, for as long as they train."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from condgan.errors import ConfigError


@contextmanager
def compiled(*networks: nn.Module) -> Iterator[None]:
    """Inside the block calls of the networks run what torch.compile made of them.

    The networks stay what they are: the same objects, under the same names. Copies are not
    compiled, such as the averaged generator, which nobody trains.

    Raises:
        ConfigError: torch could not compile, as where there is no C++ compiler.
    """
    for network in networks:
        network.compile()
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            why = getattr(error, "inner_exception", error)
            raise ConfigError(
                f"torch.compile could not compile the networks: {first_line(why)} "
                "Leave compile=True out; training is the same without it."
            ) from error
        raise
    finally:
        for network in networks:
            uncompiled: Any = network
            uncompiled._compiled_call_impl = None


def first_line(error: BaseException) -> str:
    """What an error says, without its advice, as a sentence."""
    return str(error).strip().partition("\n")[0].rstrip(".") + "."
