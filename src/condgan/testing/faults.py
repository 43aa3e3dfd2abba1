"""What every check looks for, and how it says what it found."""

from __future__ import annotations

import copy
import inspect
import pickle
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from condgan.errors import CondganError, MissingExtraError, PluginError
from condgan.plugins.registry import lookup

INDEXING = {Tensor.__getitem__, Tensor.__setitem__}
"""What takes positions on the CPU for tensors anywhere."""


def named(kind: str, given: Any) -> tuple[str, Any]:
    """What to call the thing that is checked, and the thing itself if a name was given."""
    if isinstance(given, str):
        return f"{kind} {given!r}", lookup(kind, given)
    return f"{kind} {getattr(given, '__name__', None) or type(given).__name__}", given


def fault(what: str, said: str) -> PluginError:
    """The error of a check that failed."""
    return PluginError(f"{what}: {said}")


def needed(factory: Any) -> list[str]:
    """The arguments that a factory cannot do without."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def made(what: str, factory: Any) -> Any:
    """What is made when its name is asked for."""
    if lacking := needed(factory):
        raise fault(
            what,
            f"by its name it is made without arguments, and it needs {', '.join(lacking)}: give a "
            "default, or register a function without arguments that makes it.",
        )
    return factory()


@contextmanager
def faults_of(what: str) -> Iterator[None]:
    """Whatever goes wrong inside the block is a fault of `what`, but for a package that lacks."""
    try:
        yield
    except MissingExtraError:
        raise
    except PluginError as error:
        raise error if str(error).startswith(what) else fault(what, str(error)) from error
    except CondganError as error:
        raise fault(what, str(error)) from error
    except Exception as error:
        raise fault(what, f"it fails with {type(error).__name__}: {error}") from error


@contextmanager
def global_streams_untouched(what: str, *, torch_too: bool = False) -> Iterator[None]:
    """Whether the block leaves the random streams alone that all of a process share.

    Torch's own belongs to the run while it trains, and may be drawn from unless `torch_too`.
    """

    def state() -> dict[str, Any]:
        numbers = np.random.get_state(legacy=False)  # noqa: NPY002 (that stream is the matter)
        of_numpy: Any = numbers["state"]
        found = {
            "Python's": random.getstate(),
            "numpy's": (of_numpy["key"].tobytes(), of_numpy["pos"]),
        }
        return found | ({"torch's": torch.get_rng_state().numpy().tobytes()} if torch_too else {})

    before, failure = state(), None
    try:
        yield
    except PluginError as error:  # perhaps of that
        failure = error
    for name, after in state().items():
        if before[name] != after:
            raise fault(
                what,
                f"it draws from {name} global random stream, which nobody seeds for a run, so that "
                "no seed makes it repeatable. Draw with a generator of your own, such as "
                "torch.Generator().manual_seed(seed) or numpy.random.default_rng(seed).",
            ) from failure
    if failure is not None:
        raise failure


def check_pickle(what: str, thing: Any) -> Any:
    """A copy of `thing` as another process would get it, if it can be sent to one."""
    try:
        return pickle.loads(pickle.dumps(thing))
    except Exception as error:
        raise fault(
            what,
            f"it cannot be pickled, as for a worker process ({error}). Functions and classes must "
            "stand at the top level of a module: no lambda, and nothing that is defined inside a "
            "function.",
        ) from error


def check_gradients(what: str, module: nn.Module, loss: Tensor) -> None:
    """Whether every parameter learns from that loss."""
    names = [name for name, p in module.named_parameters() if p.requires_grad]
    parameters = [p for p in module.parameters() if p.requires_grad]
    if not loss.requires_grad:
        raise fault(what, "no gradient comes out of it: is it detached, or made under no_grad?")
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    without = [name for name, gradient in zip(names, found, strict=True) if gradient is None]
    if without:
        raise fault(
            what,
            f"no gradient reaches {', '.join(without)}: a part that is not used, or cut off by "
            "detach(), .data, numpy, or rounding. It would never learn.",
        )


def check_same(what: str, first: Tensor, second: Tensor, said: str) -> None:
    """Whether two results are the same; `said` is what is wrong if they are not."""
    if first.shape != second.shape or not torch.allclose(first, second, atol=1e-5, rtol=1e-4):
        raise fault(what, said)


def check_saved(
    what: str, module: nn.Module, other: nn.Module, result: Callable[[Any], Tensor]
) -> None:
    """Whether `module` is all in its `state_dict`: with it `other` gives the same results."""
    try:
        other.load_state_dict(module.state_dict())
    except Exception as error:
        raise fault(what, f"its state_dict cannot be loaded again: {error}") from error
    check_same(
        what,
        result(module),
        result(other),
        "something of it is not saved: another one that was given its state_dict() differs. Keep "
        "weights as nn.Parameter, other tensors by register_buffer, and modules in an "
        "nn.ModuleList instead of a list.",
    )


class OneDevice(TorchFunctionMode):
    """Refuses to compute with tensors of two devices, numbers and indices aside."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is Tensor.tolist and args[0].is_meta:
            raise NotImplementedError("tolist() needs values")
        given = [*args, *(kwargs or {}).values()]
        inner = [x for part in given if isinstance(part, list | tuple) for x in part]
        tensors = [x for x in (*given, *inner) if isinstance(x, Tensor) and x.ndim]
        if len({x.device for x in tensors}) > 1 and func not in INDEXING:
            raise RuntimeError(f"{func.__name__} of tensors on two devices")
        return func(*args, **(kwargs or {}))


def needs_values(error: Exception) -> bool:
    """Whether what failed on the device "meta" needs values, which there are none of there.

    `.cpu()` does too, and is a fault: what comes of it is on another device than the rest.
    """
    lacks_a_value = isinstance(error, NotImplementedError) and "copy out" not in str(error)
    return lacks_a_value or "item()" in str(error)


def check_devices(what: str, module: nn.Module, *inputs: Tensor) -> None:
    """Whether a module computes where its weights and inputs are.

    It is moved to torch's device "meta", which computes shapes alone and is on every machine; what
    needs values, such as `.item()` or `x[x > 0]`, cannot be followed there and passes.
    """
    moved = copy.deepcopy(module).to("meta")
    try:
        with OneDevice(), torch.no_grad():
            out = moved(*(x.to("meta") for x in inputs))
    except Exception as error:
        if needs_values(error):
            return
        raise fault(
            what,
            f"it assumes a device: moved to another with its inputs, it fails ({error}). Make "
            "tensors where others are, as torch.zeros(n, device=x.device) or x.new_zeros(n), and "
            "keep fixed ones by register_buffer, so that they move along.",
        ) from error
    if not out.is_meta:
        raise fault(what, f"it gives a tensor on {out.device} whatever device it is on.")
