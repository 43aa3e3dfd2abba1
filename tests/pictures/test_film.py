"""Films play, and show what a run drew in the order in which it drew it."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from condgan.errors import ConfigError, MissingFileError
from condgan.images import CAPTION
from condgan.pictures import Film, training_film
from condgan.pictures.film import MOST


def gray(value, size=(60, 8)):
    return Image.new("L", size, value)


@pytest.fixture
def film():
    return Film((gray(0), gray(100), gray(200)), milliseconds=50, hold=4)


def played(file):
    """The first pixel, and the milliseconds, of each frame."""
    with Image.open(file) as opened:
        for index in range(opened.n_frames):
            opened.seek(index)
            yield opened.convert("L").getpixel((0, 0)), opened.info["duration"]


def test_it_is_saved_with_its_times_and_loops(film, tmp_path):
    target = film.save(tmp_path / "new" / "x.gif")
    assert target == tmp_path / "new" / "x.gif"
    grays, times = zip(*played(target), strict=True)
    assert grays == pytest.approx([0, 100, 200], abs=2)
    assert times == (50, 50, 200)
    with Image.open(target) as opened:
        assert opened.info["loop"] == 0


def test_another_ending_is_refused(film, tmp_path):
    with pytest.raises(ConfigError, match=r"\.gif or \.webp"):
        film.save(tmp_path / "x.png")


def test_a_notebook_plays_it(film):
    shown = film._repr_html_()
    (source,) = re.findall(r'src="data:image/webp;base64,([^"]+)"', shown)
    with Image.open(io.BytesIO(base64.b64decode(source))) as opened:
        assert opened.format == "WEBP"
        assert opened.n_frames == 3
    assert 'alt="Film(3 frames, 0.3 s)"' in shown


@pytest.fixture
def snapshots(tmp_path):
    """Writes snapshots under some names, each a little lighter than the one before."""

    def write(*names, folder=tmp_path / "run" / "snapshots", size=(60, 8)):
        folder.mkdir(parents=True, exist_ok=True)
        for index, name in enumerate(names):
            gray(2 * index, size).save(folder / f"{name}.png")
        return tmp_path / "run"

    return write


def order(film):
    return [frame.getpixel((0, CAPTION)) // 2 for frame in film.frames]


def test_a_run_is_shown_epoch_by_epoch(snapshots):
    run = snapshots("epoch-9998", "epoch-9999", "epoch-10000", "step-0000001", "sheet")
    film = training_film(run, milliseconds=70)
    assert order(film) == [0, 1, 2]
    assert (film.milliseconds, film.hold) == (70, 10)
    assert film.frames[0].size == (60, 8 + CAPTION)
    captions = [np.asarray(frame)[:CAPTION] for frame in film.frames]
    assert not np.array_equal(captions[0], captions[1])


def test_the_folder_of_the_callback_serves_too(snapshots):
    run = snapshots("step-0000010", "step-0000020")
    assert order(training_film(run / "snapshots")) == [0, 1]


def test_of_very_many_some_are_left_out_evenly(snapshots):
    run = snapshots(*(f"epoch-{i:04d}" for i in range(120)))
    shown = order(training_film(run))
    assert len(shown) == MOST
    assert (shown[0], shown[-1]) == (0, 119)
    assert set(np.diff(shown)) <= {1, 2, 3}


def test_where_there_is_nothing_to_show(snapshots, tmp_path):
    with pytest.raises(MissingFileError, match=r"nowhere is no folder; name a run"):
        training_film(tmp_path / "nowhere")
    run = snapshots("sheet")
    with pytest.raises(MissingFileError, match=r"no snapshot in .*snapshots; train with"):
        training_film(run)


def test_snapshots_of_several_sizes_make_no_film(snapshots, tmp_path):
    run = snapshots("epoch-0001")
    snapshots("epoch-0002", size=(70, 8))
    with pytest.raises(ConfigError, match="frames of one size"):
        training_film(run).save(tmp_path / "x.gif")
