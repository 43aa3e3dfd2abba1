import warnings

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile

from condgan import errors
from condgan.conditions import Attributes
from condgan.data.readers.folder import read_folder


@pytest.fixture
def save(tmp_path):
    def save(name, image=None, **options):
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = 100 if image is None else image
        image = image if isinstance(image, Image.Image) else Image.new("L", (4, 4), image)
        image.save(path, **options)
        return path

    return save


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


def test_whole_numbers_are_labels_in_their_order(folder, save):
    for k in range(11):
        save(f"{k}/x.png", k)
    data = read_folder(folder)
    assert data.classes.labels == tuple(range(11))
    assert all(data.of(k)[0].eq(k / 127.5 - 1).all() for k in range(11))
    assert data.name == "set"


def test_other_names_stay_text_in_natural_order(folder, save):
    for name in ("10", "9", "07"):
        save(f"{name}/x.png")
    assert read_folder(folder).classes.labels == ("07", "9", "10")


def test_files_come_in_natural_order(folder, save):
    for k in (10, 9, 1):
        save(f"a/{k}.png", k)
    assert read_folder(folder).images[:, 0, 0, 0].tolist() == [1, 9, 10]


def test_every_ending_counts_once(folder, save):
    for name in ("1.JPG", "2.jpeg", "3.webp", "4.png", "5.GIF"):
        save(f"a/{name}")
    assert len(read_folder(folder)) == 5


def test_the_content_decides_not_the_ending(folder, save):
    save("a/1.png", format="jpeg")
    assert len(read_folder(folder)) == 1


def test_clutter_is_ignored_or_counted(folder, save):
    save("a/1.png")
    save(".ipynb_checkpoints/1.png")
    save("a/.hidden.png")
    (folder / ".DS_Store").write_bytes(b"x")
    assert read_folder(folder).counts() == {"a": 1}
    (folder / "a" / "Thumbs.db").write_bytes(b"x")
    (folder / "a" / "notes.txt").write_text("x")
    (folder / "a" / "README").write_text("x")
    (folder / "list.csv").write_text("x")
    save("a/more/1.png")
    with pytest.warns(UserWarning, match="skipped 5 entries") as caught:
        assert len(read_folder(folder)) == 1
    assert len(caught) == 1
    text = str(caught[0].message)
    assert all(word in text for word in ("1 .txt", "1 .db", "1 files beside", "1 folders within"))


def test_the_manifest_of_an_export_names_the_classes(folder, save):
    for name in ("a_b-1", "1", "c"):
        save(f"{name}/1.png")
    rows = "file,label,seed,weights\na_b-1/1.png,a:b,0,ff\n1/1.png,1,1,ff\n"
    (folder / "manifest.csv").write_text(rows, encoding="utf-8")
    assert read_folder(folder).classes.labels == ("1", "a:b", "c")
    assert read_folder(folder, classes=["c", "a:b", 1]).labels.tolist() == [2, 1, 0]


def test_classes_that_a_manifest_names_are_meant(folder, save):
    for name in ("a", "b", "c"):
        save(f"{name}/1.png")
    rows = "file,label,seed,weights\na/1.png,?,0,ff\nb/1.png,Cat,1,ff\nc/1.png,cat,1,ff\n"
    (folder / "manifest.csv").write_text(rows, encoding="utf-8")
    assert read_folder(folder).classes.labels == ("?", "Cat", "cat")


def test_another_manifest_is_a_file_like_any(folder, save):
    save("a/1.png")
    (folder / "manifest.csv").write_text("file,label\na/1.png,b\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="1 files beside the class folders"):
        assert read_folder(folder).classes.labels == ("a",)


def test_an_empty_class_keeps_its_place(folder, save):
    save("a/1.png")
    save("c/1.png")
    (folder / "b").mkdir()
    with pytest.warns(UserWarning, match="'b'") as caught:
        data = read_folder(folder)
    assert len(caught) == 1
    assert data.counts() == {"a": 1, "b": 0, "c": 1}
    assert data.labels.tolist() == [0, 2]


def test_given_classes_are_matched_by_their_text(folder, save):
    save("1/x.png")
    save("3/x.png")
    with pytest.warns(UserWarning, match="classes: 2"):
        data = read_folder(folder, classes=[3, 2, 1])
    assert data.labels.tolist() == [2, 0]
    assert read_folder(folder, classes=["1", "3"]).classes.labels == ("1", "3")
    with pytest.raises(errors.LabelError, match="'3'"):
        read_folder(folder, classes=["1", "2"])
    with pytest.raises(errors.ConfigError, match="Attributes"):
        read_folder(folder, classes=Attributes(2))


def test_16_bits_keep_their_depth_also_beside_8_bits(folder, save):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    save("a/1.png", Image.fromarray(ramp))
    save("a/2.png", Image.new("L", (16, 16), 255))
    data = read_folder(folder)
    assert data.images.dtype == torch.float32
    assert len(data.images[0].unique()) == 256
    assert (data.images[0].min(), data.images[0].max()) == (-1, 1)
    assert data.images[1].min() == 1


def test_colour_among_gray_makes_all_coloured_unless_channels_says_otherwise(folder, save):
    save("a/1.png", 9)
    assert read_folder(folder).image_shape == (1, 4, 4)
    save("a/2.png", Image.new("RGB", (4, 4), "red"))
    assert read_folder(folder).images[:, :, 0, 0].tolist() == [[9, 9, 9], [255, 0, 0]]
    assert read_folder(folder, channels=1).images[:, :, 0, 0].tolist() == [[9], [76]]
    assert read_folder(folder, channels=4).image_shape == (4, 4, 4)


def test_cmyk_and_hidden_colours(folder, save):
    save("a/1.jpg", Image.new("CMYK", (4, 4), (0, 0, 0, 0)))
    save("a/2.png", Image.new("RGBA", (4, 4), (255, 0, 0, 0)))
    assert read_folder(folder).images.unique().tolist() == [255]
    assert read_folder(folder, background="black").images[1].unique().tolist() == [0]


def test_orientation(folder, save):
    exif = Image.Exif()
    exif[0x0112] = 6
    save("a/1.jpg", Image.new("L", (6, 4)), exif=exif)
    assert read_folder(folder).image_shape == (1, 6, 4)
    assert read_folder(folder, orient=False).image_shape == (1, 4, 6)


def test_sizes_must_agree_or_be_chosen(folder, save):
    one, two = save("a/1.png", Image.new("L", (28, 28))), save("a/2.png", Image.new("L", (30, 20)))
    with pytest.raises(errors.DataError) as caught:
        read_folder(folder)
    for word in (str(one), str(two), "28 x 28", "20 x 30", "image_size"):
        assert word in str(caught.value)
    assert read_folder(folder, image_size=28).image_shape == (1, 28, 28)
    assert read_folder(folder, image_size=(8, 6)).image_shape == (1, 8, 6)


def test_dark_pictures_are_bytes_by_their_format(folder, save):
    save("a/1.png", 3)
    assert read_folder(folder).images.unique().tolist() == [3]


def test_damaged_files_are_named_or_left_out(folder, save):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    bad = save("a/1.jpg", Image.fromarray(noise))
    bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    with pytest.raises(errors.FileFormatError, match=r"1\.jpg \(JPEG image, \d+ bytes\)"):
        read_folder(folder)
    with (
        pytest.warns(UserWarning, match="cannot be decoded"),
        pytest.raises(errors.DataError, match="none of the 1"),
    ):
        read_folder(folder, on_bad="skip")
    save("a/2.jpg")
    with pytest.warns(UserWarning, match=r"skipped 1 files.*a.1\.jpg"):
        assert len(read_folder(folder, on_bad="skip")) == 1
    assert before == ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"<html>404</html>", "HTML page"),
        (b"", "empty file"),
        (b"\x89PNG\r\n\x1a\nrubbish", "PNG image"),
        (b"\x01\x02", "unknown"),
    ],
)
def test_files_that_are_no_images(folder, save, content, words):
    save("a/1.png").write_bytes(content)
    with pytest.raises(errors.FileFormatError, match=words) as caught:
        read_folder(folder)
    assert str(folder / "a" / "1.png") in str(caught.value)


def test_images_that_are_kept_decoded(folder, save, tmp_path):
    for k in range(3):
        save(f"{'ab'[k % 2]}/{k}.png", 10 * k)
    save("b/4.png").write_bytes(b"rubbish")
    options = {"image_size": 2, "channels": 3, "on_bad": "skip"}
    found = []
    for cache in (False, tmp_path / "kept", tmp_path / "kept"):
        with pytest.warns(UserWarning, match="skipped 1 files"):
            found.append(read_folder(folder, cache=cache, **options))
    plain, *kept = found
    for data in kept:
        assert torch.equal(data.images, plain.images)
        assert torch.equal(data.labels, plain.labels)
        assert (data.classes, data.name) == (plain.classes, plain.name)
        assert str(tmp_path) not in data.name
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_folders_without_images(folder, tmp_path):
    with pytest.raises(errors.DataError, match="no folders"):
        read_folder(folder)
    (folder / "train").mkdir()
    with pytest.raises(errors.DataError, match=r"no image in the 1 folders.*'train'"):
        read_folder(folder)
    (folder / "train" / "cat").mkdir()
    with pytest.raises(errors.DataError, match="parents"):
        read_folder(folder)
    with pytest.raises(errors.MissingFileError, match="nowhere"):
        read_folder(tmp_path / "nowhere")
    (folder / "train" / "cat").rmdir()
    Image.new("L", (4, 4)).save(folder / "train" / "1.png")
    with pytest.raises(errors.ConfigError, match="'ignore'"):
        read_folder(folder, on_bad="ignore")
    with pytest.raises(errors.ConfigError, match="workers"):
        read_folder(folder, workers=-1)


def test_images_that_lie_too_deep_are_counted(folder, save):
    for name in ("cat/1.png", "cat/raw/2.png", "cat/raw/old/3.PNG"):
        save(name)
    (folder / "cat" / "raw" / "notes.txt").write_text("x")
    said = r"skipped 1 entries .* 1 folders within class folders, 2 images in these"
    with pytest.warns(UserWarning, match=said):
        assert len(read_folder(folder)) == 1


@pytest.mark.parametrize(("white", "dim"), [(4095, True), (16384, False), (65535, False)])
def test_scans_of_fewer_bits_than_they_are_held_in_are_told(folder, white, dim):
    (folder / "scan").mkdir()
    deep = np.full((4, 4), white, np.uint16)
    Image.fromarray(deep).save(folder / "scan" / "1.png")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = read_folder(folder)
    assert data.images.max().item() == pytest.approx(white / 65535 * 2 - 1)
    assert [f"up to {white} of 65535" in str(told.message) for told in caught] == [True] * dim


def test_a_folder_of_images_without_a_label(folder, save):
    for name in ("cat/1.png", "unknown/1.png", "unknown/2.png"):
        save(name)
    with pytest.warns(UserWarning, match="2 images have the label 'unknown'"):
        assert read_folder(folder).counts() == {"cat": 1, "unknown": 2}
    with pytest.raises(errors.LabelError, match=r"2 of 3 images have no label: unknown/1\.png"):
        read_folder(folder, unlabelled="unknown")
    with pytest.warns(UserWarning, match="2 of 3"):
        data = read_folder(folder, unlabelled="unknown", on_unlabelled="skip")
    assert data.counts() == {"cat": 1}
    with (
        pytest.warns(UserWarning, match="3 of 3"),
        pytest.raises(errors.DataError, match="none of"),
    ):
        read_folder(folder, unlabelled=("unknown", "cat"), on_unlabelled="skip")


def test_folders_by_names_with_accents_of_either_form(folder, save):
    save("cafe\u0301/1.png")
    save("tea/1.png")
    assert read_folder(folder).counts() == {"caf\u00e9": 1, "tea": 1}
    assert read_folder(folder, classes=["tea", "caf\u00e9"]).labels.tolist() == [1, 0]


def test_folders_that_differ_only_by_case(folder, save):
    save("cat/1.png")
    save("Cat/2.png")
    if len(list(folder.iterdir())) == 1:
        pytest.skip("this system tells no cases apart")
    with pytest.warns(UserWarning, match="differ only by case"):
        assert len(read_folder(folder).classes) == 2


def test_splits_are_pointed_out(folder, save):
    save("train/cat/1.png")
    with pytest.raises(errors.DataError, match='as split="train" does'):
        read_folder(folder)


def test_a_name_of_spaces_is_a_name(folder, save):
    save("  /1.png")
    save("cat/1.png")
    assert read_folder(folder).counts() == {"  ": 1, "cat": 1}


@pytest.mark.parametrize(("name", "words"), [("1.heic", "1 .heic"), ("1", "1 files without")])
def test_what_is_there_instead_of_images_is_said(folder, name, words):
    (folder / "cat").mkdir(parents=True)
    (folder / "cat" / name).write_bytes(b"x")
    with pytest.raises(errors.DataError, match=rf"What there is: {words}.*end in \.png"):
        read_folder(folder)
