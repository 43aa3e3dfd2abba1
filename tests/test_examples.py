"""The example of the article, whole, on a CSV of the kind that it reads; and the notebooks."""

import json
import re
import runpy
import sys
from pathlib import Path

import pytest
import torch

from condgan.data.digits import digits
from condgan.images import to_bytes

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))

SHORTER = {
    "article": 'DATA, EPOCHS = "digits", 1',
    "callback": "EPOCHS = 4",
    "imbalanced": "EPOCHS = 1",
    "own_images": "EPOCHS = 1",
}
"""What is run after the cell of parameters here. At length they run where the site is built."""


def test_the_article_runs_on_its_csv(tmp_path, monkeypatch, capsys):
    data = digits().subset(range(64))
    large = torch.nn.functional.interpolate(data.floats(), size=28, mode="bilinear")
    rows = torch.cat([data.labels[:, None], to_bytes(large).flatten(1).long()], dim=1)
    lines = ["label," + ",".join(f"pixel{i}" for i in range(784))]
    lines += [",".join(map(str, row)) for row in rows.tolist()]
    (tmp_path / "mnist_train.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    article = str(EXAMPLES / "article.py")
    arguments = ["--csv", str(tmp_path / "mnist_train.csv"), "--epochs", "1", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [article, *arguments])
    runpy.run_path(article, run_name="__main__")
    printed = capsys.readouterr().out
    assert "G 180184 parameters" in printed
    assert "D 159601 parameters" in printed
    made = {path.name for path in out.iterdir()}
    assert made >= {"grid.png", "nines.png", "losses.png", "history.csv", "weights.pt"}


def cells(notebook, kind):
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == kind]


@pytest.fixture
def _quick_classifiers(monkeypatch):
    monkeypatch.setattr("condgan.metrics.features.usual_epochs", lambda images: 1)


@pytest.mark.usefixtures("_quick_classifiers")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebooks_run(notebook, tmp_path, monkeypatch):
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    space, shortened = {}, 0
    for cell in cells(notebook, "code"):
        exec(compile("".join(cell["source"]), notebook.name, "exec"), space)
        if "parameters" in cell["metadata"].get("tags", ()):
            exec(SHORTER[notebook.stem], space)
            shortened += 1
    assert shortened == 1
    plt.close("all")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebooks_are_committed_without_output(notebook):
    for cell in cells(notebook, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_links_of_notebooks_lead_somewhere(notebook):
    for cell in cells(notebook, "markdown"):
        for target in re.findall(r"\]\(([^)#]+)\)", "".join(cell["source"]).replace("\n", " ")):
            assert (EXAMPLES / target).exists(), f"{notebook.name} links to {target}"
