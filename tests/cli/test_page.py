"""`condgan page`, as a user types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from condgan import Quantities
from condgan.metrics.figures import Basis, Figures, Pair
from condgan.metrics.report import Report

PETS = ["cat", "dog", "owl"]


def title_in(path):
    return path.read_text("utf-8").split("<h1>")[1].split("</h1>")[0]


def test_one_file_of_a_run(tmp_path, run_quietly, saved_generator):
    saved_generator("run", PETS, data=tmp_path / "secret folders" / "pets.csv")
    code, printed = run_quietly("page", "run", "new/pets.html")
    assert code == 0
    assert printed.err == ""
    path = tmp_path / "new" / "pets.html"
    size = path.stat().st_size / 1e6
    assert printed.out == f"{Path('new', 'pets.html')} ({size:.1f} MB): open it in a browser\n"
    assert title_in(path) == "pets"
    assert "secret folders" not in path.read_text("utf-8")


@pytest.mark.parametrize("data", [None, ""])
def test_a_run_that_does_not_say_its_data_has_its_own_name(
    tmp_path, run_quietly, saved_generator, data
):
    saved_generator("my run", PETS, data=data)
    assert run_quietly("page", "my run", "page.html")[0] == 0
    assert title_in(tmp_path / "page.html") == "my run"


def test_a_title_may_be_said_anywhere(tmp_path, run_quietly, saved_generator):
    saved_generator("run", PETS, data="pets")
    assert run_quietly("page", "run", "--title", "My pets", "page.html")[0] == 0
    assert title_in(tmp_path / "page.html") == "My pets"


def test_the_film_and_the_report_of_the_run_come_along(tmp_path, run_quietly, saved_generator):
    saved_generator("run", PETS)
    (tmp_path / "run" / "snapshots").mkdir()
    for epoch in (1, 2):
        picture = Image.fromarray(np.full((8, 8), 90 * epoch, np.uint8))
        picture.save(tmp_path / "run" / "snapshots" / f"epoch-000{epoch}.png")
    pair = Pair(Figures(accuracy=0.875), Figures(accuracy=0.9))
    basis = Basis("pixels", "none", "f00d", drawn=10, compared=(10,), k=5, seed=0)
    report = Report("pets", basis, pair, pair, {"cat": pair}, ((6,),), 0.9, None, {})
    report.save(tmp_path / "run" / "report.json")
    assert run_quietly("page", "run", "page.html")[0] == 0
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "<b>87.5%</b>" in text
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert [frame["when"] for frame in data["film"]] == ["epoch 1", "epoch 2"]


def test_a_run_on_quantities_too(tmp_path, run_quietly, saved_generator):
    saved_generator("run", Quantities(["angle"], ranges=[(0, 90)]))
    assert run_quietly("page", "run", "page.html")[0] == 0
    assert (tmp_path / "page.html").is_file()


def test_what_a_user_gets_wrong(tmp_path, run_quietly, saved_generator):
    code, printed = run_quietly("page", "nowhere", "page.html")
    assert code == 2
    assert "nowhere" in printed.err
    saved_generator("run", PETS)
    (tmp_path / "run" / "report.json").write_text("{}")
    code, printed = run_quietly("page", "run", "page.html")
    assert code == 2
    assert "report.json" in printed.err
    (tmp_path / "run" / "report.json").unlink()
    for name in ("run", "page.txt", "."):
        code, printed = run_quietly("page", "run", name)
        assert code == 2
        assert "the name of a page ends in .html" in printed.err
    (tmp_path / "folder.html").mkdir()
    code, printed = run_quietly("page", "run", "folder.html")
    assert code == 1
    assert printed.err.startswith("condgan: ")
    assert not (tmp_path / "page.html").exists()
