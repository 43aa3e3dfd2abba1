"""A generator as an ONNX file, which draws without torch and without condgan."""

from __future__ import annotations

import contextlib
import copy
import json
from importlib import import_module, metadata
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from condgan.classes import Classes
from condgan.errors import ConfigError, MissingExtraError, WriteError
from condgan.modes import evaluating

MOST = 2**31 - 1
"""Images in a batch; torch's tracer wants a limit."""


def export(G: Any, path: str | PathLike[str]) -> Path:
    """See `ConditionalGenerator.export_onnx`."""
    for package in ("onnx", "onnxscript"):
        try:
            import_module(package)
        except ImportError:
            raise MissingExtraError("an ONNX file", package, "onnx") from None
    # By the exporter that reads a torch.export graph: the older one, of TorchScript, is to be
    # removed from torch, warns, and cannot follow maps whose channels lie last.
    try:
        program: Any = torch.onnx.export(
            traced(G),
            (),
            input_names=["z", "label"],
            output_names=["images"],
            dynamic_shapes={"z": {0: "N"}, "labels": None},
            dynamo=True,
            verbose=False,
        )
    except Exception as error:
        raise ConfigError(f"this generator cannot be exported to ONNX: {error}") from error
    _forget_where_it_was_made(program.model)
    program.model.metadata_props.update(described(G))
    target = Path(path)
    beside = target.with_name(f"{target.name}.part")
    try:
        program.save(beside)
        beside.replace(target)
    except OSError as error:
        raise WriteError(f"{target} cannot be written: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return target


def traced(G: Any) -> torch.export.ExportedProgram:
    """What `G` computes in evaluation mode on the CPU, for any number of images."""
    copied = copy.deepcopy(G).cpu().float()
    z, rows = torch.zeros(2, G.latent_dim), example_rows(G)
    batch = torch.export.Dim("N", max=MOST)
    with evaluating(copied):
        # Strict tracing would ask the batch to be less than the tracer's own idea of infinity.
        return torch.export.export(
            copied, (z, rows), dynamic_shapes=({0: batch}, {0: batch}), strict=False
        )


def example_rows(G: Any) -> Tensor:
    """Canonical labels of two images."""
    if isinstance(G.classes, Classes):
        return torch.zeros(2, dtype=torch.int64)
    return torch.zeros(2, G.classes.size)


def described(G: Any) -> dict[str, str]:
    """What whoever draws with the file needs to know, as JSON."""
    about = {
        "image_shape": list(G.image_shape),
        "latent_dim": G.latent_dim,
        "condition": G.classes.config(),
        "condgan_version": metadata.version("condgan"),
    }
    if isinstance(G.classes, Classes):
        about["classes"] = list(G.classes)
    return {name: json.dumps(value, ensure_ascii=False) for name, value in about.items()}


def _forget_where_it_was_made(model: Any) -> None:
    """Takes out notes of the exporter's, such as paths of source files on this machine."""
    model.graph.metadata_props.clear()
    for value in (*model.graph.inputs, *model.graph.initializers.values()):
        value.metadata_props.clear()
    for node in model.graph:
        node.metadata_props.clear()
        for output in node.outputs:
            output.metadata_props.clear()
