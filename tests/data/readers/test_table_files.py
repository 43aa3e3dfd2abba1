import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from condgan import errors
from condgan.data.readers.sniff import sniff
from condgan.data.readers.table_files import declares_labels, lists_files, read_table

ROWS = [["a.png", "cat"], ["b.png", "dog"]]
COLUMNS = {"file": ["a.png", "b.png"], "label": ["cat", "dog"]}


@pytest.fixture
def saved(tmp_path):
    def save(text, name="table"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return save


def read(path):
    return {name: list(cells) for name, cells in read_table(path).columns.items()}


@pytest.mark.parametrize(
    "text",
    [
        "file,label\na.png,cat\nb.png,dog\n",
        "\ufefffile;label\r\na.png;cat\r\n\r\nb.png;dog",
        "file\tlabel\na.png\t cat \nb.png\tdog\n",
        '"file","label"\n"a.png","cat"\n"b.png","dog"\n',
        ",file,label\n0,a.png,cat\n1,b.png,dog\n",
        "a.png,cat\nb.png,dog\n",
        "a.png cat\nb.png   dog\n",
        gzip.compress(b"file,label\na.png,cat\nb.png,dog\n"),
    ],
)
def test_forms_of_csv(saved, text):
    assert read(saved(text)) == COLUMNS
    assert lists_files(saved(text))


@pytest.mark.parametrize(
    "content",
    [
        {"a.png": "cat", "b.png": "dog"},
        {"labels": ROWS},
        {"labels": dict(ROWS)},
        [{"file": "a.png", "label": "cat"}, {"file": "b.png", "label": "dog"}],
        ROWS,
        COLUMNS,
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_forms_of_json(saved, content, indent):
    path = saved(json.dumps(content, indent=indent))
    assert read(path) == COLUMNS
    assert lists_files(path)
    assert declares_labels(path) is (isinstance(content, dict) and "labels" in content)


def test_an_object_a_line(saved):
    path = saved('{"file": "a.png", "label": "cat"}\n\n{"file": "b.png", "label": "dog"}\n')
    assert read(path) == COLUMNS


def test_entries_may_lack_what_others_have(saved):
    path = saved('[{"file": "a.png"}, {"file": "b.png", "label": 1}]')
    assert read(path)["label"] == [None, 1]


def test_columns_without_names_and_names_of_rows(saved):
    table = read_table(saved("\nx,a.png,1\n\ny,b.png,2\n"))
    assert list(table.columns) == ["column 1", "file", "column 3"]
    assert [table.place(0), table.place(1)] == ["line 2", "line 4"]
    assert read_table(saved('{"a.png": 1}')).place(0) == "entry 0"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,label\na.png\n", ["line 2", "1 cells", "2"]),
        ("file,label\n", ["no rows"]),
        ("file,label,label\na,b,c\n", ["two columns", "'label'"]),
        ("file\na.png\n", ["column of files and one of labels"]),
        ('file,label\n"a.png,cat\n', ["end"]),
        (b"file,label\n\xe4.png,cat\n", ["UTF-8"]),
        ("\n\n", ["only blank lines"]),
        ('{"labels": null}', ["labels", "null", "no labels"]),
        ('{"labels": [["a.png"]]}', ["entry 0", "['a.png']"]),
        ('{"labels": [["a.png", {"x": 1}]]}', ["'a.png'", "{'x': 1}"]),
        ('{"a.png": {"x": 1}}', ["'a.png'"]),
        ('{"file": ["a.png"], "label": [1, 2]}', ["differ in length"]),
        ('{"a.png": 1, "a.png": 2}', ["'a.png' comes twice"]),
        ('{"a.png": 1,', ["no sound JSON"]),
        ("[]", ["no entries"]),
        ("{}", ["no entries"]),
        ("[" * 100_000, ["nested too deeply"]),
        ("<html></html>", ["HTML page"]),
        ("file" + ",x" * 10_000 + "\na.png" + ",1" * 10_000, ["10001 columns"]),
        (json.dumps([{str(k): k for k in range(10_001)}]), ["10001 columns"]),
        (b"\x89PNG\r\n\x1a\n", ["PNG image"]),
        (gzip.compress(b"file,label\n" * 500)[:-12], ["table"]),
    ],
)
def test_what_is_no_table_is_refused(saved, text, words):
    with pytest.raises(errors.FileFormatError) as caught:
        read_table(saved(text))
    assert all(word in str(caught.value) for word in [*words, "table"]), caught.value


@pytest.mark.parametrize(
    "text",
    [
        "label,pixel0,pixel1\n3,0,255\n",
        "id,label,pixel0\n1,3,0\n",
        "3,0,255\n4,255,0\n",
        "Images of cats, by the cat.\n\nThey purr.\n",
        "Image\n=====\n",
        "file,label\n",
        "",
        '{"cat": 0, "dog": 1}',
        "%PDF-1.4",
        "# My photos\nsee a.png now\n",
        gzip.compress(b"file,label\na.png,1\n" * 9)[:20],
    ],
)
def test_what_lists_no_files(saved, text):
    assert not lists_files(saved(text))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=9)


@given(st.lists(st.tuples(CELLS.filter(str.strip), CELLS), min_size=1, max_size=5))
def test_any_table_comes_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "table"
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("file", "label"), *rows])
    path.write_bytes(out.getvalue().encode())
    if sniff(path).kind == "unknown":  # what holds control characters is no text
        with pytest.raises(errors.FileFormatError, match="no kind known"):
            read(path)
    else:
        columns = read(path)
        assert list(zip(*columns.values(), strict=True)) == [
            (a.strip(), b.strip()) for a, b in rows
        ]


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_excel_says_what_stands_between_cells(saved, mark):
    text = f"sep={mark}\r\nfile{mark}label\r\na.png{mark}cat\r\nb.png{mark}dog\r\n"
    assert read(saved(text)) == COLUMNS
    assert lists_files(saved(text))
    assert read_table(saved(text)).place(1) == "line 4"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"images": [{"file_name": "a.png"}], "annotations": [], "categories": []}, "COCO"),
        ({"cat": ["a.png"], "dog": ["b.png"]}, "list of files for each label, such as 'cat'"),
    ],
)
def test_json_that_is_no_label_of_each_file(saved, content, words):
    with pytest.raises(errors.FileFormatError, match=words) as error:
        read_table(saved(json.dumps(content)))
    assert '{"img.png": label}' in str(error.value)


def test_a_list_of_names_for_each_file_is_one(saved):
    assert read(saved('{"a.png": ["hat"], "b.png": []}'))["label"] == [["hat"], []]
