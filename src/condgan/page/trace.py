"""What a network computes from its inputs, as the list of torch's own operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from condgan.page.decompose import DECOMPOSED

NEW = {
    f"aten.{name}"
    for name in (
        "empty_like",
        "full_like",
        "new_empty",
        "new_full",
        "new_ones",
        "new_zeros",
        "ones_like",
        "rand_like",
        "randn_like",
        "zeros_like",
    )
}
"""Operations that look at the shape of a tensor only."""


@dataclass(frozen=True)
class Call:
    """One operation with what it was given and what it gave.

    Attributes:
        name: such as `aten.addmm`, whichever overload.
        op: torch's operation.
        args: all of its arguments in the order of its schema, those left out with their defaults.
        outputs: the tensors that it gave.
    """

    name: str
    op: Any
    args: tuple[Any, ...]
    outputs: tuple[Tensor, ...]

    def repeated(self, args: Sequence[Any]) -> list[Tensor]:
        """What the operation makes of other arguments, in the same order."""
        given = list(zip(self.op._schema.arguments, args, strict=True))
        found = self.op(
            *(value for argument, value in given if not argument.kwarg_only),
            **{argument.name: value for argument, value in given if argument.kwarg_only},
        )
        return list(tensors_in(found))


class Trace(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records, while it is active, the operations whose result depends on some tensors.

    Everything else is a constant by then, and so is folded: weights under a spectral norm, scales
    of a normalisation, positions.

    Args:
        inputs: the tensors.
    """

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []
        # The tensors themselves are kept, or another could come to have the same id.
        self._known = {id(tensor): tensor for tensor in inputs}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # there is no compiler to hide from, whose import takes seconds

    def depends(self, tensor: Tensor) -> bool:
        """Whether a tensor was computed from the inputs."""
        return id(tensor) in self._known

    def __torch_dispatch__(
        self,
        op: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        name = str(op.overloadpacket)
        traced = any(map(self.depends, tensors_in([args, kwargs])))
        if not traced or name in NEW:
            return op(*args, **kwargs)
        if op in DECOMPOSED:
            with self:
                return DECOMPOSED[op](*_in_order(op, args, kwargs))
        with self:  # what torch itself puts together from others, which not everything goes through
            result = op.decompose(*args, **kwargs)
        if result is not NotImplemented:
            return result
        result = op(*args, **kwargs)
        outputs = tuple(tensors_in(result))
        self._known.update({id(tensor): tensor for tensor in outputs})
        self.calls.append(Call(name, op, _in_order(op, args, kwargs), outputs))
        return result


def traced(function: Callable[..., Tensor], inputs: Sequence[Tensor]) -> tuple[list[Call], Tensor]:
    """The operations that lead from `inputs` to `function(*inputs)`, and that.

    Writing into a tensor in place is recorded as making a new one.
    """
    trace = Trace(inputs)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # which hides attention in one operation
    try:
        with torch.no_grad(), trace:
            result: Tensor = torch.func.functionalize(function)(*inputs)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return trace.calls, result


def replayed(
    calls: Sequence[Call], inputs: Sequence[Tensor], others: Sequence[Tensor], result: Tensor
) -> Tensor:
    """What recorded operations make of other inputs in the place of those recorded with.

    Only a network that takes the same steps whatever it is given, and draws no random numbers,
    gives the same by itself.
    """
    values = {id(tensor): other for tensor, other in zip(inputs, others, strict=True)}

    def value(tensor: Tensor) -> Tensor:
        return values.get(id(tensor), tensor)

    with torch.no_grad():
        for call in calls:
            found = call.repeated(mapped(call.args, value))
            for tensor, other in zip(call.outputs, found, strict=True):
                values[id(tensor)] = other
    return value(result)


def mapped(value: Any, function: Callable[[Tensor], Any]) -> Any:
    """The same nest of lists and tuples with `function` of each tensor in its place."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(one, function) for one in value)
    return value


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors in a nest of lists, tuples and dicts, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_in(one)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def _in_order(op: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    rest = op._schema.arguments[len(args) :]
    return (
        *args,
        *(kwargs.get(argument.name, argument.default_value) for argument in rest),
    )
