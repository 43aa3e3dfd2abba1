"""What tests of plugins share: distributions as pip leaves them, and registries of their own."""

import shutil
import subprocess
import sys
import textwrap
import tomllib
import types
import zipfile
from importlib import metadata

import pytest

from condgan.plugins.hookspecs import hookimpl
from condgan.plugins.registry import Registry, found


@pytest.fixture(autouse=True)
def _no_choice_of_the_developer(monkeypatch):
    for variable in ("CONDGAN_PLUGINS", "CONDGAN_STRICT_PLUGINS"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def plugin():
    """Makes a plugin module with a hook for each argument: what it gives, or a function that does.

    As a hook may be asked for what it gives only once, functions are called each time.
    """

    def make(title="fake", **answers):
        module = types.ModuleType(title)
        for name, answer in answers.items():

            def implementation(answer=answer):
                return answer() if isinstance(answer, types.FunctionType) else answer

            implementation.__name__ = name
            setattr(module, name, hookimpl(implementation))
        return module

    return make


@pytest.fixture
def empty():
    """A registry of its own, so that no test changes the process's, with nothing installed."""
    return Registry()


class Site:
    """A folder of installed distributions."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, distribution, source, entries=None, version="1.0"):
        """A distribution of one module, which is called like it, with its entry points."""
        module = distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        self._describe(distribution, version, {module: module} if entries is None else entries)

    def add_project(self, project):
        """A project with its packages, as `pip install` does it, without a build."""
        about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        shutil.copytree(project / "src", self.folder, dirs_exist_ok=True)
        self._describe(about["name"], about["version"], about["entry-points"]["condgan"])

    def install(self, project):
        """The same by a build, and by what pip then does with the wheel."""
        built = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
        subprocess.run(
            [sys.executable, "-c", built, self.folder], cwd=project, check=True, capture_output=True
        )
        (wheel,) = self.folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.folder)

    def _describe(self, distribution, version, entries):
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        lines = "".join(f"{name} = {target}\n" for name, target in entries.items())
        (info / "entry_points.txt").write_text(f"[condgan]\n{lines}")

    def entry_points(self):
        return [
            entry
            for distribution in metadata.distributions(path=[str(self.folder)])
            for entry in distribution.entry_points
        ]

    def registry(self):
        """A registry in which this, and nothing else, is installed."""
        return Registry(self.entry_points)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty folder of installed distributions, whose modules can be imported."""
    found()  # or the registry of this process would find them, if it has not looked yet
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield Site(folder)
    for name in set(sys.modules) - before:
        root = name.partition(".")[0]
        if (folder / f"{root}.py").exists() or (folder / root).exists():
            del sys.modules[name]


@pytest.fixture
def losses():
    """The source of a plugin with these losses."""

    def source(**named):
        named = {name.replace("_", "-"): thing for name, thing in named.items()}
        inner = ", ".join(f"{name!r}: {thing}" for name, thing in named.items())
        return f"""
            import condgan

            @condgan.hookimpl
            def condgan_losses():
                return {{{inner}}}
        """

    return source
