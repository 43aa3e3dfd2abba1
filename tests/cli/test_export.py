"""`condgan export`, as a user types it."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import ConditionalGenerator, Quantities, load_data
from condgan.images import from_bytes
from condgan.networks.export import weights_hash

PETS = ["cat", "dog", "owl"]


def table(folder):
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_so_many_of_each_class(tmp_path, run_quietly, saved_generator):
    G = saved_generator("run", PETS)
    code, printed = run_quietly("export", "run", "out", "--per-class", 4)
    assert code == 0
    assert printed.err == ""
    assert [line.strip() for line in printed.out.splitlines()] == [
        *(f"4 images of {label}" for label in PETS),
        f"manifest {Path('out', 'manifest.csv')}",
    ]
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {*PETS, "manifest.csv"}
    rows = table(out)
    assert [int(row["seed"]) for row in rows] == list(range(12))  # no seed comes twice
    assert {row["file"] for row in rows} == {
        path.relative_to(out).as_posix() for path in out.rglob("*.png")
    }
    assert {row["weights"] for row in rows} == {weights_hash(G)}
    assert load_data(out).counts() == dict.fromkeys(PETS, 4)


def test_each_can_be_drawn_again_from_the_run(tmp_path, run_quietly, saved_generator):
    saved_generator("run", 3)
    assert run_quietly("export", "run", "out", "--per-class", 3, "--seed", 40)[0] == 0
    G = ConditionalGenerator.from_pretrained("run")
    for row in table(tmp_path / "out"):
        with Image.open(tmp_path / "out" / row["file"]) as picture:
            pixels = from_bytes(torch.from_numpy(np.array(picture)))
        again = G.generate(int(row["label"]), seed=int(row["seed"]))[0, 0]
        assert (pixels - again).abs().max() <= 1 / 255 + 1e-5
    assert load_data(tmp_path / "out").counts() == {0: 3, 1: 3, 2: 3}


def test_odd_names_come_back(tmp_path, run_quietly, saved_generator):
    labels = ["a:b/c", "CON", "golden retriever"]
    saved_generator("run", labels)
    assert run_quietly("export", "run", "out", "--per-class", 2)[0] == 0
    assert load_data("out").counts() == dict.fromkeys(labels, 2)


@pytest.mark.parametrize("counts", [{"cat": 5, "dog": 2, "owl": 4}, {"cat": 1, "dog": 3, "owl": 3}])
def test_balance_tops_up_to_the_largest(tmp_path, run_quietly, saved_generator, folder_of, counts):
    saved_generator("run", PETS)
    data = folder_of("pets", counts)
    code, printed = run_quietly("export", "run", "out", "--balance", data)
    assert code == 0
    added = {label: max(counts.values()) - count for label, count in counts.items()}
    assert load_data("out").counts() == {label: n for label, n in added.items() if n}
    for label, n in added.items():
        assert f"{n} images of {label}" in printed.out
    (tmp_path / "out").joinpath("manifest.csv").unlink()
    for path in list((tmp_path / "out").rglob("*.png")):  # put together, they are even
        path.rename(data / path.parent.name / f"made-{path.name}")
    assert set(load_data(data).counts().values()) == {max(counts.values())}


def test_balance_draws_the_classes_that_the_data_lack(run_quietly, saved_generator, folder_of):
    saved_generator("run", PETS)
    data = folder_of("pets", {"cat": 3, "dog": 1})
    assert run_quietly("export", "run", "out", "--balance", data)[0] == 0
    assert load_data("out").counts() == {"dog": 2, "owl": 3}


def test_balance_from_a_folder_of_other_sizes(run_quietly, saved_generator, folder_of):
    saved_generator("run", PETS)
    folder_of("pets", {"cat": 2}, side=16)
    folder_of("pets", {"dog": 1}, side=12)
    code, printed = run_quietly("export", "run", "out", "--balance", "pets")
    assert code == 2
    assert "--image-size" in printed.err
    assert run_quietly("export", "run", "out", "--balance", "pets", "--image-size", 8)[0] == 0
    assert load_data("out").counts() == {"dog": 1, "owl": 2}


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"cat": 2, "dog": 2, "owl": 2}, ["balanced already"]),
        ({"cat": 2, "cow": 1}, ["does not draw", "cow"]),
    ],
)
def test_what_cannot_be_balanced(tmp_path, run_quietly, saved_generator, folder_of, counts, words):
    saved_generator("run", PETS)
    folder_of("pets", counts)
    code, printed = run_quietly("export", "run", "out", "--balance", "pets")
    assert code == 2
    assert printed.err.startswith("condgan: ")
    for word in words:
        assert word in printed.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "out", "--per-class", 0], "--per-class must be a positive whole number; got 0"),
        (["run", "out", "--per-class", -1], "--per-class must be a positive"),
        (["run", "out", "--per-class", 1, "--seed", -1], "seed"),
        (["run", "out", "--balance", "nowhere"], "nowhere"),
        (["nowhere", "out", "--per-class", 1], "does not exist"),
        (["run", "full", "--per-class", 1], "empty folder"),
        (["quantities", "out", "--per-class", 1], "draws classes"),
    ],
)
def test_what_a_user_gets_wrong(tmp_path, run_quietly, saved_generator, arguments, words):
    saved_generator("run", PETS)
    saved_generator("quantities", Quantities(1))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("precious")
    code, printed = run_quietly("export", *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    assert words in printed.err
    assert not list(tmp_path.rglob("*.png"))


def test_an_export_is_not_mixed_with_an_earlier_one(tmp_path, run_quietly, saved_generator):
    saved_generator("run", PETS)
    assert run_quietly("export", "run", "out", "--per-class", 2)[0] == 0
    code, printed = run_quietly("export", "run", "out", "--per-class", 1)
    assert code == 2
    assert "no image of other weights" in printed.err
    assert len(list(tmp_path.joinpath("out").rglob("*.png"))) == 6


def test_one_argument_may_stand_after_options(run_quietly, saved_generator):
    saved_generator("run", PETS)
    assert run_quietly("export", "run", "--per-class", 1, "out")[0] == 0
    assert load_data("out").counts() == dict.fromkeys(PETS, 1)


def test_data_to_balance_are_read_as_they_need_it(run_quietly, saved_generator, folder_of):
    saved_generator("run", PETS)
    folder_of("pets", {"cat": 2, "dog": 1})
    code, printed = run_quietly("export", "run", "out", "--balance", "pets", "--classes", "cat,dog")
    assert code == 0, printed.err
    assert load_data("out").counts() == {"dog": 1, "owl": 2}
    code, printed = run_quietly("export", "run", "new", "--per-class", 1, "--image-size", 8)
    assert code == 2
    assert "of which there are none here" in printed.err
    assert not Path("new").exists()


# The generator itself


@pytest.fixture
def quickly_to_onnx(monkeypatch):
    """Exports without torch's exporter, which is tested where it is used."""

    def write(G, path):
        path.write_text(repr(G.classes))
        return path

    monkeypatch.setattr(ConditionalGenerator, "export_onnx", write)


@pytest.mark.parametrize(
    ("out", "written"),
    [
        ("G.onnx", "G.onnx"),
        ("new/folders/G.onnx", "new/folders/G.onnx"),
        ("out", "out/generator.onnx"),
        ("folder.onnx", "folder.onnx/generator.onnx"),
    ],
)
@pytest.mark.parametrize("condition", [PETS, Quantities(1)], ids=str)
def test_a_generator_goes_to_a_file_or_into_a_folder(
    tmp_path, run_quietly, saved_generator, quickly_to_onnx, out, written, condition
):
    G = saved_generator("run", condition)
    (tmp_path / "folder.onnx").mkdir()
    code, printed = run_quietly("export", "run", out, "--to", "onnx")
    assert (code, printed.err) == (0, "")
    assert printed.out.strip() == str(Path(written))
    assert (tmp_path / written).read_text() == repr(G.classes)


def test_a_generator_replaces_no_file(tmp_path, run_quietly, saved_generator, quickly_to_onnx):
    saved_generator("run", PETS)
    (tmp_path / "G.onnx").write_text("precious")
    code, printed = run_quietly("export", "run", "G.onnx", "--to", "onnx")
    assert code == 2
    assert "G.onnx is there already" in printed.err
    assert (tmp_path / "G.onnx").read_text() == "precious"


@pytest.mark.parametrize(
    "asked", [["--to", "onnx", "--per-class", 1], ["--to", "pdf"], []], ids=str
)
def test_one_thing_is_exported(run_quietly, saved_generator, capsys, asked):
    saved_generator("run", PETS)
    with pytest.raises(SystemExit) as caught:
        run_quietly("export", "run", "out", *asked)
    assert caught.value.code == 2
    assert "--to" in capsys.readouterr().err


def test_a_generator_in_another_program(tmp_path, run_quietly, saved_generator):
    runtime = pytest.importorskip("onnxruntime")
    G = saved_generator("run", PETS)
    code, printed = run_quietly("export", "run", "G.onnx", "--to", "onnx")
    assert (code, printed.err) == (0, "")
    z = np.random.default_rng(0).standard_normal((2, 4)).astype(np.float32)
    given = {"z": z, "label": np.array([2, 0])}
    (images,) = runtime.InferenceSession("G.onnx").run(None, given)
    own = G.generate(["owl", "cat"], z=torch.from_numpy(z)).numpy()
    assert np.abs(images - own).max() < 1e-5
