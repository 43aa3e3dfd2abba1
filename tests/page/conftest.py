"""What tests of the page share: programs of small functions, and JavaScript to run them in."""

import importlib.util
import json
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest
import torch

from condgan.page.program import Program
from condgan.page.trace import traced

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def program_of():
    """The program of a function of tensors, and the names of torch's calls that it came from."""

    def make(function, *inputs):
        calls, result = traced(function, inputs)
        program = Program(inputs)
        for call in calls:
            program.add(call)
        return program.as_dict(result), {call.name for call in calls}

    return make


@pytest.fixture(scope="session")
def in_node(tmp_path_factory):
    """What `interpreter.js` makes of programs: all of a dict in one process."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")

    def run(programs, last="Object.fromEntries(Object.entries(given).map(drawn))"):
        scripts = [
            resources.files("condgan.page").joinpath(name).read_text("utf-8")
            for name in ("interpreter.js", "noise.js")
        ]
        given = {
            name: {"program": program, "inputs": [t.reshape(-1).tolist() for t in inputs]}
            for name, (program, inputs) in programs.items()
        }
        scripts += [
            f"const given = {json.dumps(given)};",
            "const rows = ({ inputs }) => inputs.map((row) => Float32Array.from(row));",
            "const drawn = ([name, one]) => "
            "[name, Array.from(network(one.program)(...rows(one)))];",
            f"process.stdout.write(JSON.stringify({last}));",
        ]
        file = tmp_path_factory.mktemp("node") / "run.js"
        file.write_text("\n".join(scripts), encoding="utf-8")
        done = subprocess.run([node, file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium for all tests of a session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        if importlib.util.find_spec("fcntl") is None:
            pytest.skip("pipes to Chromium are of POSIX systems")
        chromium = importlib.import_module("chromium")
        if chromium.find() is None:
            pytest.skip("Chromium is not installed")
        try:
            found = chromium.Chromium().start()
        except (OSError, RuntimeError) as error:
            pytest.skip(f"Chromium does not start here: {error}")
        yield found
        found.stop()


@pytest.fixture(scope="session")
def lively():
    """Gives a network's normalisations running statistics as after a training."""

    def make(network, seed=0):
        stream = torch.Generator().manual_seed(seed)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(generator=stream)
                module.running_var.uniform_(0.5, 2, generator=stream)
        return network

    return make
