import io
import json
import sys

import numpy as np
import pytest
from PIL import Image

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.readers.frame import read_frame

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
VALUES = [100, 150, 200]


def encoded(value, size=(4, 4)):
    file = io.BytesIO()
    Image.new("L", size, value).save(file, "PNG")
    return file.getvalue()


ARRAYS = [np.full((4, 4), value, np.uint8) for value in VALUES]
BYTES = [encoded(value) for value in VALUES]
IMAGES = {
    "image": ARRAYS,
    "pixels": [array.tolist() for array in ARRAYS],
    "img": [array.reshape(-1) for array in ARRAYS],
    "bytes": BYTES,
    "Image": [{"bytes": content, "path": None} for content in BYTES],
    "path": ["0.png", "1.png", "2.png"],
}


@pytest.fixture
def folder(tmp_path):
    for k, content in enumerate(BYTES):
        (tmp_path / f"{k}.png").write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("saved", [False, True])
def test_columns_of_images(folder, name, saved):
    frame = pd.DataFrame({name: IMAGES[name], "label": ["cat", "dog", "cat"], "id": [7, 8, 9]})
    if saved:
        frame[name] = [x.tolist() if isinstance(x, np.ndarray) else x for x in frame[name]]
        frame.to_parquet(folder / "pets.parquet")
        data = read_frame(folder / "pets.parquet")
    else:
        data = read_frame(frame, root=folder)
    assert data.image_shape == (1, 4, 4)
    assert data.images[:, 0, 0, 0].tolist() == VALUES
    assert data.counts() == {"cat": 2, "dog": 1}
    assert data.name == ("pets" if saved else "data")


def test_columns_of_pixels():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 12) * 10
    frame = pd.DataFrame(pixels, columns=[f"pixel{k}" for k in range(12)])
    frame.insert(0, "label", [3, 7])
    data = read_frame(frame, image_shape=(3, 2, 2))
    assert data.images.reshape(2, 12).tolist() == pixels.tolist()
    assert data.classes == Classes([3, 7])
    with pytest.raises(errors.DataError, match="12 pixels a row"):
        read_frame(frame)
    frame["cat"], frame["dog"] = [0, 1], [1, 0]
    data = read_frame(
        frame.drop(columns="label"), image_shape=(3, 2, 2), label_columns=["cat", "dog"]
    )
    assert data.counts() == {"cat": 1, "dog": 1}


@pytest.mark.parametrize(
    ("columns", "options", "condition"),
    [
        ({"label": pd.Categorical(["b", "a", "b"])}, {}, Classes(["a", "b"])),
        ({"label": pd.array([1, 2, 1], dtype="Int64")}, {}, Classes([1, 2])),
        ({"label": ["a|b", "a", "b"]}, {}, Attributes(["a", "b"])),
        ({"label": [["a", "b"], [], ["b"]]}, {}, Attributes(["a", "b"])),
        ({"hat": [True, False, True], "smile": [1, 1, 0]}, {}, Attributes(["hat", "smile"])),
        ({"angle": [0.5, 1, 2]}, {}, Quantities(["angle"], ranges=[(0.5, 2)])),
        ({"label": [1, 2, 1], "age": [3, 4, 5]}, {"label_column": "age"}, Classes([3, 4, 5])),
        ({"x": [1, 2, 1], "age": [3, 4, 5]}, {"classes": Quantities(["age"])}, Quantities(["age"])),
    ],
)
def test_what_labels_mean(columns, options, condition):
    assert read_frame(pd.DataFrame({"image": ARRAYS, **columns}), **options).classes == condition


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_missing_labels(missing):
    frame = pd.DataFrame({"image": ARRAYS, "label": ["a", missing, "b"]})
    with pytest.raises(errors.LabelError, match=r"1 of 3 images have no label: row 1"):
        read_frame(frame)


def test_images_that_are_missing_or_broken(folder):
    frame = pd.DataFrame({"path": ["0.png", "9.png", "2.png"], "label": ["a", "b", "c"]})
    with pytest.raises(errors.MissingFileError, match=r"9\.png"):
        read_frame(frame, root=folder)
    empty = pytest.warns(UserWarning, match="no image of 1 of 3 classes: 'b'")
    with pytest.warns(UserWarning, match=r"9\.png"), empty:
        data = read_frame(frame, root=folder, on_missing="skip")
    assert data.counts() == {"a": 1, "b": 0, "c": 1}
    frame = pd.DataFrame({"bytes": [BYTES[0], b"?", BYTES[2]], "label": ["a", "b", "c"]})
    with pytest.raises(errors.FileFormatError, match="row 1"):
        read_frame(frame)
    with pytest.warns(UserWarning, match="skipped 1 images"), empty:
        assert read_frame(frame, on_bad="skip").counts() == {"a": 1, "b": 0, "c": 1}


def test_pictures_are_decoded_as_asked():
    frame = pd.DataFrame({"bytes": [encoded(9, (8, 6)), encoded(9)], "label": [0, 1]})
    assert read_frame(frame, image_size=2, channels=3, name="x").image_shape == (3, 2, 2)
    with pytest.raises(errors.DataError, match="differ in size"):
        read_frame(frame)


def test_names_of_classes_in_a_parquet_file(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = {"label": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}}
    table = pa.Table.from_pandas(pd.DataFrame({"image": BYTES, "label": [1, 0, 1]}))
    table = table.replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.warns(UserWarning, match="no image of 1 of 3 classes: 'owl'"):
        assert read_frame(tmp_path / "x.parquet").counts() == {"cat": 1, "dog": 2, "owl": 0}


@pytest.mark.parametrize(
    ("frame", "options", "error", "words"),
    [
        ({"image": ARRAYS, "label": [0] * 3}, {"image_column": "img"}, errors.ConfigError, "'img'"),
        ({"face": BYTES, "label": [0] * 3}, {}, errors.ConfigError, "'face'.*image_column"),
        ({"image": ARRAYS}, {}, errors.ConfigError, "label_column"),
        ({"image": [], "label": []}, {}, errors.DataError, "no rows"),
        ({"p0": [0, 1], "p1": [1, 1]}, {}, errors.ConfigError, "image_column"),
        ({"image": [None] * 3, "label": [0] * 3}, {}, errors.DataError, "no image in row 0"),
        ({"p0": [1, None], "label": [0, 1]}, {}, errors.DataError, "finite"),
        ({"image": ["0.png"] * 3, "label": [0, 0, 1]}, {}, errors.LabelError, "0.png' .row 0 and"),
    ],
)
def test_what_is_refused(frame, options, error, words):
    with pytest.raises(error, match=words):
        read_frame(pd.DataFrame(frame), **options)


def test_columns_of_one_name():
    frame = pd.DataFrame([[1, 2]], columns=["label", "label"])
    with pytest.raises(errors.DataError, match="two columns are called 'label'"):
        read_frame(frame)


def test_files_that_are_no_parquet(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1" + bytes(50))
    with pytest.raises(errors.FileFormatError, match=r"54 bytes.*cannot be read.*Fetch"):
        read_frame(path)
    path.write_text("x,y\n")
    with pytest.raises(errors.FileFormatError, match="text file"):
        read_frame(path)


def test_without_pandas_it_is_said_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(errors.MissingExtraError, match=r"pandas.*condgan\[parquet\]"):
        read_frame(tmp_path / "x.parquet")


def test_rows_without_a_label_are_not_even_decoded(folder):
    paths = [str(folder / f"{k}.png") for k in range(2)]
    frame = pd.DataFrame({"photo": [*paths, "torn.png"], "kind": ["a", "b", pd.NA]})
    with pytest.warns(UserWarning, match="the data frame: 1 of 3 .*row 2"):
        data = read_frame(frame, label_column="kind", on_unlabelled="skip")
    assert data.counts() == {"a": 1, "b": 1}


def test_paths_take_the_options_of_folders(folder, tmp_path):
    frame = pd.DataFrame({"path": ["0.png", "1.png", "0.png"], "label": ["a", "b", "a"]})
    with pytest.warns(UserWarning, match="1 rows name a file again"):
        data = read_frame(frame, root=folder, cache=str(tmp_path / "kept"))
    assert data.counts() == {"a": 1, "b": 1}
    assert len(list((tmp_path / "kept").glob("*.npy"))) == 1
    arrays = pd.DataFrame({"image": ARRAYS, "label": [0, 1, 0]})
    with pytest.raises(errors.ConfigError, match="cache is for paths"):
        read_frame(arrays, cache=True)


def test_a_column_that_numbers_the_rows():
    pixels = {f"p{k}": [k, 200 + k] for k in range(4)}
    frame = pd.DataFrame({"Unnamed: 0": [0, 1], "label": ["a", "b"], **pixels})
    with pytest.warns(UserWarning, match="'Unnamed: 0' numbers the rows"):
        assert read_frame(frame).image_shape == (1, 2, 2)
