"""Rows there and back, labels of several columns, and condgan's own checks."""

import json
import statistics

import pytest
import torch
from condgan_tabular import Choice, Columns, Number, condition_of, label_of

import condgan
from condgan.cli import main
from condgan.errors import ConfigError, DataError, LabelError, MissingFileError
from condgan.plugins import owner
from condgan.testing import check_architecture, check_dataset, check_encoder, check_plugin

PETS = Columns([Number("age", 0, 80), Choice("colour", ("black", "red", "white"))])


@pytest.fixture
def pets(tmp_path):
    path = tmp_path / "pets.csv"
    path.write_text("kind,age,colour\ncat,2,red\ndog,10.5,black\ncat,4,\ncat,0,red\n")
    return path


def read(path, label="kind"):
    with pytest.warns(UserWarning, match=r"1 of the 4 rows of pets are left out"):
        return condgan.load_data("csv-rows", path=path, label=label)


def test_the_plugin_is_found_and_fits_in(pets):
    for kind, name in (("data set", "penguins"), ("label encoder", "mixed"),
                       ("architecture", "rows")):  # fmt: skip
        assert owner(kind, name) == "condgan-tabular"
    check_plugin("condgan-tabular")
    check_architecture("rows", image_shape=(1, 1, 10))
    check_encoder("mixed", condition_of(PETS))
    with pytest.warns(UserWarning, match="left out"):
        check_dataset(lambda: condgan.load_data("csv-rows", path=pets, label="kind"))


def test_cells_become_numbers_and_cells_again():
    rows = [{"age": 20, "colour": "white"}, {"age": 80, "colour": "black"}]
    images = PETS.encode(rows)
    assert images.tolist() == [[[[-0.5, -1, -1, 1]]], [[[1, 1, -1, -1]]]]
    assert PETS.decode(images) == rows
    assert PETS.decode(torch.tensor([[0.004, -0.2, -0.1, -0.3]])) == [{"age": 40, "colour": "red"}]
    assert Columns.from_config(json.loads(json.dumps(PETS.config()))) == PETS


def test_every_penguin_survives_the_way_there_and_back():
    data = condgan.load_data("penguins")
    again = data.columns.encode(data.columns.decode(data.images))
    assert torch.allclose(again, data.images, atol=1e-5)
    assert data.columns.widths == [3, 1, 1, 1, 1, 2, 1]


def test_a_csv_is_read_with_its_label(pets):
    data = read(pets)
    assert data.name == "pets"
    assert data.counts() == {"cat": 2, "dog": 1}
    assert data.columns == Columns([Number("age", 0, 10.5, 1), Choice("colour", ("black", "red"))])
    part, _ = data.split(0.5)
    assert part.columns == data.columns


@pytest.mark.parametrize(
    ("label", "words"),
    [("kinds", r"no column 'kinds'; did you mean 'kind'\? It has 'kind', 'age', 'colour'"),
     (["kind", "age", "colour"], "no column but its labels")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:1 of the 4 rows")
def test_a_column_that_is_none(pets, label, words):
    with pytest.raises(DataError, match=words):
        condgan.load_data("csv-rows", path=pets, label=label)


def test_a_file_that_is_none_or_is_empty(tmp_path):
    with pytest.raises(MissingFileError, match="there is no file"):
        condgan.load_data("csv-rows", path=tmp_path / "none.csv", label="kind")
    (tmp_path / "holes.csv").write_text("kind,age\ncat,NA\n")
    with pytest.raises(DataError, match="has 1 rows, and none in which nothing is missing"):
        condgan.load_data("csv-rows", path=tmp_path / "holes.csv", label="kind")


def test_labels_of_several_columns(tmp_path, pets):
    data = read(pets, ["age", "colour"])
    assert data.labels.tolist() == [[2, 1], [10.5, 0], [0, 1]]
    assert data.classes.names == ("age", "colour: black | red")
    sizes = {"architecture": "rows", "encoder": "mixed"}
    G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0, **sizes)
    wanted = torch.tensor([label_of(G.classes, {"age": 5.25, "colour": "red"})])
    assert G.encoder(wanted).tolist() == [[0, 0, 1]]
    G.save_pretrained(tmp_path / "saved")
    again = condgan.ConditionalGenerator.from_pretrained(tmp_path / "saved")
    assert again.generate(wanted, seed=0).equal(G.generate(wanted, seed=0))
    with pytest.raises(LabelError, match="say what 'colour' is"):
        label_of(G.classes, {"age": 5})
    with pytest.raises(DataError, match=r"has no 'pink'.*Known: 'black', 'red'"):
        label_of(G.classes, {"age": 5, "colour": "pink"})


def test_the_words_of_a_column_are_a_choice():
    shape = (1, 1, 4)
    G = condgan.ConditionalGenerator(2, shape, architecture="rows", blocks=PETS.widths, seed=0)
    words = G.generate([0, 1], n=5)[..., 1:]
    assert torch.allclose((words + 1).sum(dim=-1), torch.tensor(2.0), atol=1e-5)
    with pytest.raises(ConfigError, match=r"blocks add up to the 4 numbers"):
        condgan.ConditionalGenerator(2, shape, architecture="rows", blocks=[1, 2])


def test_it_learns_what_tells_the_species_apart():
    data = condgan.load_data("penguins")
    sizes = {"architecture": "rows", "blocks": data.columns.widths}
    G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0, **sizes)
    D = condgan.ConditionalDiscriminator(
        data.classes, data.image_shape, architecture="rows", seed=1
    )
    condgan.Trainer(G, D, data.loader(32), seed=0, device="cpu", progress=False).fit(60)
    drawn = {
        species: data.columns.decode(G.generate(species, n=100, seed=0)) for species in data.classes
    }
    flippers = {
        species: statistics.mean(row["flipper_length_mm"] for row in rows)
        for species, rows in drawn.items()
    }
    # Of the real ones 190, 196 and 217 mm; and only Gentoos live on Biscoe alone.
    assert flippers["Adelie"] < flippers["Gentoo"] - 15
    assert flippers["Chinstrap"] < flippers["Gentoo"] - 10
    on_biscoe = [row["island"] == "Biscoe" for row in drawn["Gentoo"]]
    assert sum(on_biscoe) > 80


def test_it_trains_on_the_command_line(tmp_path):
    arguments = ["train", "penguins", "--architecture", "rows", "--epochs", "1", "--device", "cpu"]
    assert main([*arguments, "--out", str(tmp_path / "run")]) == 0
    G = condgan.ConditionalGenerator.from_pretrained(tmp_path / "run")
    assert G.generate("Gentoo", n=2).shape == (2, 1, 1, 10)
