"""Networks that torch.compile makes kernels of, for as long as a step takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from condgan.errors import ConfigError


class Compiled:
    """What torch.compile made of networks, which is called inside `running` only.

    The networks stay what they are: the same objects, under the same names. What callbacks draw
    and judge between two steps, in other modes and numbers, would be compiled each time anew.

    Args:
        networks: those to compile, at their first call; none for a run that is not compiled.
    """

    def __init__(self, *networks: nn.Module) -> None:
        self._calls: list[tuple[Any, Any]] = []
        for network in networks:
            network.compile()
            self._calls.append((network, network._compiled_call_impl))
            _set_call(network, None)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inside the block calls of the networks run the kernels.

        Raises:
            ConfigError: torch could not compile, as where there is no C++ compiler.
        """
        for network, call in self._calls:
            _set_call(network, call)
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
            for network, _ in self._calls:
                _set_call(network, None)


def _set_call(network: Any, call: Any) -> None:
    network._compiled_call_impl = call


def first_line(error: BaseException) -> str:
    """What an error says, without its advice, as a sentence."""
    return str(error).strip().partition("\n")[0].rstrip(".") + "."
