"""What a generator computes as a few steps on rows of numbers, for `interpreter.js` to carry out.

The steps are of six kinds:

| kind | what it does |
| --- | --- |
| `map` | a function of numbers, at each place of rows of one length |
| `move` | numbers of one or more rows in another order |
| `reduce` | the sum, mean, maximum or minimum of each so many neighbours |
| `product` | matrices multiplied |
| `convolve`, `spread` | a convolution, and a transposed one |

That is enough because all shapes are fixed (one image is drawn at a time), because what depends
neither on the noise nor on the label is a constant by then, and because torch's many ways to cut,
turn, pad and enlarge are one thing here: the new order is found by letting torch move the numbers
1, 2, 3, ... about.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from condgan.errors import ConfigError
from condgan.page.trace import Call, mapped


def _of_torch(names: str) -> frozenset[str]:
    return frozenset(f"aten.{name}" for name in names.split())


MAPS = _of_torch(
    "_prelu_kernel abs add addcdiv addcmul ceil clamp clamp_max clamp_min copy cos div elu eq erf "
    "exp fill floor ge gelu gt hardsigmoid hardswish hardtanh le leaky_relu lerp log lt maximum "
    "minimum mish mul ne neg pow reciprocal relu round rsqrt rsub sigmoid sign silu sin softplus "
    "sqrt sub tanh threshold where"
)
"""Functions of numbers, which the page knows by the same names."""

MOVES = _of_torch(
    "_unsafe_index _unsafe_view alias cat channel_shuffle clone constant_pad_nd detach diagonal "
    "expand flip gather index index_select lift_fresh permute pixel_shuffle pixel_unshuffle "
    "reflection_pad1d reflection_pad2d repeat replication_pad1d replication_pad2d roll select "
    "select_scatter slice slice_scatter split split_with_sizes squeeze stack t transpose tril triu "
    "unbind unfold unsqueeze upsample_nearest1d upsample_nearest2d view"
)
"""What changes the order of numbers, and not the numbers."""

REDUCTIONS = {"aten.sum": "sum", "aten.mean": "mean", "aten.amax": "max", "aten.amin": "min"}


class Program:
    """Steps and constants, one of torch's calls after another.

    Each tensor is a row of numbers, its values in the order of its shape, however they lie in
    torch's memory.

    Args:
        inputs: the tensors that a drawing starts from.

    Attributes:
        steps: plain values. Each has its `kind`, the rows that it reads (`in`), and the row that
            it makes (`out`).
        sizes: how long each row is.
    """

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        self.steps: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self._constants: dict[int, Tensor] = {}
        self._views: dict[Any, int] = {}
        # With the tensors themselves, or another could come to have the same id.
        self._rows: dict[int, tuple[Tensor, int]] = {}
        self._inputs = [self.named(tensor, self._new(tensor.numel())) for tensor in inputs]

    def add(self, call: Call) -> None:
        """Appends the steps of one call.

        Raises:
            ConfigError: an operation that the page has no steps for.
        """
        rule = RULES.get(call.name)
        if rule is None:
            raise unknown(call, "" if call.outputs else " to look at a number, and choose by it")
        rule(self, call)

    def as_dict(self, result: Tensor) -> dict[str, Any]:
        """Plain values: the steps that lead to `result`; the constants as base64 of float32."""
        output = self.row(result)
        flat = [tensor.detach().float().reshape(-1) for tensor in self._constants.values()]
        weights = torch.cat(flat) if flat else torch.empty(0)
        return {
            "sizes": self.sizes,
            "inputs": self._inputs,
            "output": output,
            "constants": list(self._constants),
            "steps": self.steps,
            "weights": in_base64(weights.numpy().astype("<f4")),
        }

    def row(self, tensor: Tensor) -> int:
        """The number of a tensor's row. A tensor that no step makes is a constant."""
        if id(tensor) not in self._rows:
            # A layer that is used twice shows its weight twice, as two views of one memory.
            view = (tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride())
            if view not in self._views:
                self._views[view] = self._new(tensor.numel())
                self._constants[self._views[view]] = tensor
            self.named(tensor, self._views[view])
        return self._rows[id(tensor)][1]

    def step(self, kind: str, rows: Sequence[int], length: int, **rest: Any) -> int:
        """Appends a step, and gives the row that it makes."""
        out = self._new(length)
        self.steps.append({"kind": kind, "in": list(rows), "out": out, **rest})
        return out

    def result(self, call: Call, row: int) -> None:
        """Says which row holds what a call gave."""
        self.named(call.outputs[0], row)

    def moved(self, rows: Sequence[int], places: Tensor, fill: float | None = None) -> int:
        """The row of what lies at `places`, counted through all `rows`, in that order.

        With a `fill`, that is what lies at place 0, before the rows.
        """
        table = places.reshape(-1).numpy().astype(np.int64)
        alone = fill is None and len(rows) == 1
        if alone and np.array_equal(table, np.arange(self.sizes[rows[0]])):
            return rows[0]
        return self.step("move", rows, len(table), fill=fill, **order(table))

    def broadcast(
        self, tensor: Tensor, shape: Sequence[int], seen_as: Sequence[int] | None = None
    ) -> int:
        """The row of a tensor repeated to a shape; first seen as of another, if that is said."""
        numbers = torch.arange(tensor.numel()).view(tensor.shape if seen_as is None else seen_as)
        return self.moved([self.row(tensor)], numbers.expand(torch.Size(shape)))

    def turned(self, tensor: Tensor, shape: Sequence[int], axes: Sequence[int]) -> int:
        """The row of a tensor, seen as of that shape, with its axes in another order."""
        if not self.is_computed(tensor):
            return self.row(tensor.reshape(*shape).permute(*axes))
        numbers = torch.arange(tensor.numel()).view(*shape)
        return self.moved([self.row(tensor)], numbers.permute(*axes))

    def is_computed(self, tensor: Tensor) -> bool:
        """Whether steps make a tensor, or it is an input."""
        return id(tensor) in self._rows and self._rows[id(tensor)][1] not in self._constants

    def _new(self, size: int) -> int:
        self.sizes.append(size)
        return len(self.sizes) - 1

    def named(self, tensor: Tensor, row: int) -> int:
        """Says that a row holds a tensor."""
        self._rows[id(tensor)] = (tensor, row)
        return row


def unknown(call: Call, why: str) -> ConfigError:
    """The error about a call that the page has no steps for."""
    return ConfigError(
        f"a page cannot draw with {call.op}, which this generator uses{why}. It knows the usual "
        "layers, activations and normalisations."
    )


def order(places: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Places as nested loops, `sizes` and `strides` from a `start`; or else as a `table`.

    Example:
        >>> import numpy as np
        >>> order(np.array([0, 3, 1, 4, 2, 5]))
        {'sizes': [3, 2], 'strides': [1, 3], 'start': 0}
    """
    sizes: list[int] = []
    strides: list[int] = []
    rest = places
    while len(rest) > 1:
        stride = int(rest[1] - rest[0])
        breaks = np.flatnonzero(np.diff(rest) != stride)
        size = int(breaks[0]) + 1 if len(breaks) else len(rest)
        if len(rest) % size:
            return {"table": in_base64(places.astype("<i4"))}
        lines = rest.reshape(-1, size)
        if (lines != lines[:, :1] + stride * np.arange(size)).any():
            return {"table": in_base64(places.astype("<i4"))}
        sizes.insert(0, size)
        strides.insert(0, stride)
        rest = lines[:, 0]
    return {"sizes": sizes or [1], "strides": strides or [1], "start": int(rest[0])}


def in_base64(values: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")


# A rule for each kind of call


def _map(program: Program, call: Call) -> None:
    shape = call.outputs[0].shape
    rows: list[int] = []
    arguments: list[Any] = []
    for argument in call.args:
        if isinstance(argument, float) and not math.isfinite(argument):
            argument = torch.tensor(argument)  # which JSON could not hold
        if isinstance(argument, Tensor):
            rows.append(program.broadcast(argument, shape))
            argument = {"in": len(rows) - 1}
        arguments.append(argument)
    name = call.name.removeprefix("aten.")
    program.result(call, program.step("map", rows, shape.numel(), name=name, args=arguments))


def _move(program: Program, call: Call) -> None:
    sources: list[Tensor] = []

    def numbered(tensor: Tensor) -> Tensor:
        if not tensor.is_floating_point():  # it says which places to take
            if program.is_computed(tensor):
                raise unknown(call, " with places that depend on the image")
            return tensor
        start = 1 + sum(source.numel() for source in sources)
        sources.append(tensor)
        numbers = torch.arange(start, start + tensor.numel(), dtype=torch.float64)
        return numbers.view(tensor.shape)

    args: list[Any] = list(mapped(call.args, numbered))
    padding = 0.0
    if call.name == "aten.constant_pad_nd":
        padding, args[2] = float(args[2]), 0.0
        if not math.isfinite(padding):
            raise unknown(call, f" with {padding}")
    rows = [program.row(source) for source in sources]
    for places, result in zip(call.repeated(args), call.outputs, strict=True):
        if (places == 0).any():
            row = program.moved(rows, places, padding)
        else:
            row = program.moved(rows, places - 1)
        program.named(result, row)


def _same(program: Program, call: Call) -> None:
    if not call.outputs[0].is_floating_point():
        raise unknown(call, " to make whole numbers")
    program.result(call, program.row(call.args[0]))


def _reduce(program: Program, call: Call) -> None:
    x, *rest = call.args
    axes = rest[0] if rest and isinstance(rest[0], (list, tuple)) else []
    axes = [axis % x.ndim for axis in axes] or list(range(x.ndim))
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    row = program.turned(x, x.shape, [*kept, *axes])
    size = call.outputs[0].numel()
    name = REDUCTIONS[call.name]
    program.result(call, program.step("reduce", [row], size, name=name, each=x.numel() // size))


def _product(program: Program, a: Tensor, b: Tensor) -> int:
    """Matrices `(..., m, k)` and `(..., k, n)` multiplied; the second is turned for speed."""
    m, k = a.shape[-2:]
    n = b.shape[-1]
    batch = a.numel() // (m * k)
    turned = program.turned(b, (batch, k, n), (0, 2, 1))
    rows = [program.row(a), turned]
    return program.step("product", rows, batch * m * n, batch=batch, m=m, n=n, k=k)


def _matrices(program: Program, call: Call) -> None:
    program.result(call, _product(program, *call.args[:2]))


def _matrices_and_bias(program: Program, call: Call) -> None:
    bias, a, b, beta, alpha = call.args
    shape = call.outputs[0].shape
    rows = [program.broadcast(bias, shape), _product(program, a, b)]
    for index, factor in enumerate((beta, alpha)):
        if factor != 1:
            rows[index] = program.step(
                "map", [rows[index]], shape.numel(), name="mul", args=[{"in": 0}, factor]
            )
    program.result(call, _sum(program, *rows))


def _sum(program: Program, one: int, other: int) -> int:
    size = program.sizes[one]
    return program.step("map", [one, other], size, name="add", args=[{"in": 0}, {"in": 1}, 1])


def _convolution(program: Program, call: Call) -> None:
    x, weight, bias, stride, padding, dilation, transposed, _, groups = call.args
    result = call.outputs[0]
    if x.ndim not in (3, 4):
        raise unknown(call, f" in {x.ndim - 2} dimensions")

    def flat(values: Sequence[int], before: int) -> list[int]:
        # A line is an image of a single row.
        values = list(values) if len(values) == x.ndim - 2 else list(values) * (x.ndim - 2)
        return [*[before] * (2 - len(values)), *values]

    kernel = flat(weight.shape[2:], 1)
    inner, outer = x.shape[1] // groups, result.shape[1] // groups
    if transposed:
        kind = "spread"
        shape = (groups, inner, outer, *kernel)
        weights = program.turned(weight, shape, (0, 2, 3, 4, 1))
    else:
        kind = "convolve"
        weights = program.row(weight)
    row = program.step(
        kind,
        [program.row(x), weights],
        result.numel(),
        images=x.shape[0],
        groups=groups,
        channels=[inner, outer],
        size=flat(x.shape[2:], 1),
        to=flat(result.shape[2:], 1),
        kernel=kernel,
        stride=flat(stride, 1),
        padding=flat(padding, 0),
        dilation=flat(dilation, 1),
    )
    if bias is not None:
        seen_as = [1, -1, *[1] * (x.ndim - 2)]
        row = _sum(program, row, program.broadcast(bias, result.shape, seen_as))
    program.result(call, row)


RULES: dict[str, Callable[[Program, Call], None]] = {
    **dict.fromkeys(MAPS, _map),
    **dict.fromkeys(MOVES, _move),
    **dict.fromkeys(REDUCTIONS, _reduce),
    "aten._to_copy": _same,
    "aten.addmm": _matrices_and_bias,
    "aten.bmm": _matrices,
    "aten.convolution": _convolution,
    "aten.mm": _matrices,
}
"""By torch's name, whichever overload."""
