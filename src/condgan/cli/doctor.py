"""`condgan doctor`: what a report of a fault needs to say of the machine."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from condgan.cache import cache_folder
from condgan.cli.examples import ending
from condgan.errors import CondganError
from condgan.plugins.registry import found

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "pluggy", "tqdm")

VARIABLES = (
    "CONDGAN_CACHE",
    "CONDGAN_DATA",
    "CONDGAN_PLUGINS",
    "CONDGAN_STRICT_PLUGINS",
    "CUDA_VISIBLE_DEVICES",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "PYTORCH_ENABLE_MPS_FALLBACK",
)
"""What the environment may change; nothing else of it is told."""

WIDTH = 92


def add(commands: Any) -> None:
    """Declares the command and its options."""
    doctor = commands.add_parser(
        "doctor",
        help="say what is installed and what the machine has, for a report of a fault",
        **ending(
            "doctor",
            "doctor --json > doctor.json",
            note="Your home folder is written as ~ and your name left out.",
        ),
    )
    doctor.set_defaults(run=run)
    doctor.add_flag("--json", help="print it as JSON")


def run(chosen: argparse.Namespace) -> None:
    """Prints everything, as lines or as JSON."""
    report = {what: discreet(said) for what, said in examined().items()}
    if chosen.json:
        print(json.dumps(report, indent=2))
        return
    for what, said in report.items():
        print("\n".join(_wrapped(what, said)))


def examined() -> dict[str, Any]:
    """All that is known, as plain values by topic."""
    return {
        "condgan": _version("condgan"),
        "python": f"{platform.python_version()} {sys.executable}",
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "extras": {
            extra: {name: _version(name) for name in names} for extra, names in _extras().items()
        },
        "devices": _devices(),
        "threads": {
            "cpus": os.cpu_count(),
            "torch": torch.get_num_threads(),
            "between operations": torch.get_num_interop_threads(),
        },
        "blas": _blas(),
        "free disk": {"here": _free(Path.cwd()), str(cache_folder()): _free(cache_folder())},
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "plugins": _plugins(),
    }


def discreet(said: Any) -> Any:
    """The same values without the home folder, or its owner's name in other paths."""
    if isinstance(said, dict):
        return {discreet(key): discreet(value) for key, value in said.items()}
    if isinstance(said, list):
        return [discreet(value) for value in said]
    home = Path.home()
    if not isinstance(said, str) or home == Path(home.anchor):
        return said
    end = r"(?![\w-]|\.\w)"  # of a folder's name
    said = re.sub(rf"{re.escape(str(home))}{end}", "~", said)
    return re.sub(rf"(?<=[/\\]){re.escape(home.name)}{end}", "...", said)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _extras() -> dict[str, list[str]]:
    """The packages of each extra, as this installation of condgan names them."""
    try:
        wanted = importlib.metadata.requires("condgan") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    extras: dict[str, list[str]] = {}
    for line in wanted:
        named = re.match(r"([\w.-]+)(?!.*condgan\[).*;.*\bextra == ['\"](.+?)['\"]", line)
        if named and named[1] != "condgan":
            extras.setdefault(named[2], []).append(named[1])
    return extras


def _devices() -> list[str]:
    devices = [f"cpu: {platform.processor() or platform.machine()}"]
    for index in range(torch.cuda.device_count()):
        one = torch.cuda.get_device_properties(index)
        devices.append(
            f"cuda:{index}: {one.name}, {one.total_memory / 2**30:.0f} GiB, "
            f"CUDA {torch.version.cuda or torch.version.hip}"
        )
    if torch.backends.mps.is_available():
        devices.append("mps: Apple")
    return devices


def _blas() -> dict[str, str]:
    """What multiplies matrices."""
    of_torch = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    config: Any = np.show_config(mode="dicts")
    of_numpy = config.get("Build Dependencies", {}).get("blas", {}).get("name")
    return {
        "torch": of_torch[1] if of_torch else "unknown",
        "numpy": of_numpy or "unknown",
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def _free(folder: Path) -> str:
    """Room on the disk of a folder, or on the one that it would be made on."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), None)
    try:
        usage = shutil.disk_usage(there or folder)
    except OSError as error:
        return f"unknown: {error.strerror}"
    return f"{usage.free / 2**30:.1f} of {usage.total / 2**30:.1f} GiB"


def _plugins() -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is among the problems
        try:
            plugins = found()
        except CondganError as error:
            return [f"cannot be loaded: {error}"]
    said = []
    for plugin in plugins:
        names = " ".join(filter(None, [plugin.title, plugin.version]))
        state = "; ".join(plugin.problems) or ("" if plugin.chosen else "not chosen")
        said.append(f"{names}: {state}" if state else names)
    return said


def _wrapped(what: str, said: Any) -> list[str]:
    """A topic on the left, and its values to the right of it."""
    if isinstance(said, dict):
        said = [f"{name}: {_inline(value)}" for name, value in said.items()]
    lines = said if isinstance(said, list) else [str(said)]
    wrapped = [
        part for line in lines or ["none"] for part in textwrap.wrap(line, WIDTH - 14) or [""]
    ]
    return [f"{what if i == 0 else '':<13} {line}" for i, line in enumerate(wrapped)]


def _inline(said: Any) -> str:
    if isinstance(said, dict):
        return ", ".join(f"{name} {_inline(value)}" for name, value in said.items())
    return "not installed" if said is None else str(said)
