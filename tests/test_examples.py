"""The example of the article, whole, on a CSV of the kind that it reads."""

import runpy
import sys
from pathlib import Path

import torch

from condgan.data.digits import digits
from condgan.images import to_bytes

EXAMPLE = Path(__file__).parents[1] / "examples" / "article.py"


def test_the_article_runs_on_its_csv(tmp_path, monkeypatch, capsys):
    data = digits().subset(range(64))
    large = torch.nn.functional.interpolate(data.floats(), size=28, mode="bilinear")
    rows = torch.cat([data.labels[:, None], to_bytes(large).flatten(1).long()], dim=1)
    lines = ["label," + ",".join(f"pixel{i}" for i in range(784))]
    lines += [",".join(map(str, row)) for row in rows.tolist()]
    (tmp_path / "mnist_train.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    arguments = ["--csv", str(tmp_path / "mnist_train.csv"), "--epochs", "1", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), *arguments])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    printed = capsys.readouterr().out
    assert "G 180184 parameters" in printed
    assert "D 159601 parameters" in printed
    made = {path.name for path in out.iterdir()}
    assert made >= {"grid.png", "nines.png", "losses.png", "history.csv", "weights.pt"}
