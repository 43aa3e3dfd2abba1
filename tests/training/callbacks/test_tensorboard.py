"""What TensorBoard finds in its folder."""

import math
import sys

import pytest

from condgan import Callback, Checkpoint, LossHistory, TensorBoard
from condgan.errors import MissingExtraError, WriteError

pytest.importorskip("tensorboard", reason='needs pip install "condgan[tensorboard]"')


def read(folder):
    """The events of a run, as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0})
    return found.Reload()


def scalars(found, name):
    return {event.step: event.value for event in found.Scalars(name)}


def test_scalars_pictures_and_settings(make_trainer, torch_loader, tmp_path):
    board = TensorBoard(tmp_path, settings={"batch_size": 4}, every=2, n=2)

    def record(state):
        state.history.record(spread=0.5)

    callbacks = [LossHistory(every=1), record, board]
    trainer = make_trainer(torch_loader(8, 4), callbacks=callbacks).fit(3)
    (folder,) = tmp_path.iterdir()
    assert folder.name == trainer.state.run
    found = read(folder)
    losses = scalars(found, "step/d_loss")
    assert list(losses) == [1, 2, 3, 4, 5, 6]
    for row in trainer.history.steps:
        assert math.isclose(losses[row["step"]], row["d_loss"], rel_tol=1e-6)
    assert scalars(found, "epoch/spread") == {2: 0.5, 4: 0.5, 6: 0.5}
    assert [event.step for event in found.Images("images")] == [4, 6]
    picture = found.Images("images")[0]
    assert (picture.height, picture.width > 2 * 58) == (2 + 3 * 58, True)
    assert scalars(found, "final/spread") == {6: 0.5}
    assert scalars(found, "final/epoch") == {6: 3.0}
    assert settings_in(found) == {
        "batch_size": 4.0, "latent_dim": 5.0, "seed": 0.0, "device": "cpu", "architecture": "mlp",
        "images": "1 x 8 x 8", "conditions": "3 classes",
    }  # fmt: skip


def settings_in(found):
    """The settings that TensorBoard compares runs by, those aside that are sizes and rates."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    content = found.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    told = HParamsPluginData.FromString(content).session_start_info.hparams
    values = {name: getattr(value, value.WhichOneof("kind")) for name, value in told.items()}
    return {n: v for n, v in values.items() if not n.endswith(("_parameters", "_lr", "half_life"))}


def test_a_resumed_run_goes_on_and_hides_what_came_after_its_checkpoint(
    make_trainer, torch_loader, tmp_path
):
    class Die(Callback):
        """An end without a chance to save."""

        stage = "save"

        def on_epoch_end(self, state):
            if state.epoch == 3:
                raise RuntimeError("power cut")

    def trainer(*more):
        save = Checkpoint(tmp_path / "ckpt", every=2)
        board = TensorBoard(tmp_path / "board", n=1)
        callbacks = [LossHistory(every=1), save, board, *more]
        return make_trainer(torch_loader(8, 4), callbacks=callbacks)

    with pytest.raises(RuntimeError, match="power cut"):
        trainer(Die()).fit(4)
    first = trainer().resume("latest")
    first.history.record(resumed=1.0)
    first.fit()
    (folder,) = (tmp_path / "board").iterdir()
    found = read(folder)
    steps = [event.step for event in found.Scalars("step/d_loss")]
    assert steps == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [event.step for event in found.Scalars("epoch/d_loss")] == [2, 4, 6, 8]
    assert scalars(found, "epoch/resumed") == {6: 1.0}


def test_each_run_has_a_folder(make_trainer, torch_loader, tmp_path):
    board = TensorBoard(tmp_path, n=1)
    runs = {make_trainer(torch_loader(8, 4), callbacks=[board]).fit(1).state.run for _ in "ab"}
    assert {path.name for path in tmp_path.iterdir()} == runs
    assert len(runs) == 2


def test_without_the_extra_it_says_how_to_get_it(make_trainer, torch_loader, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    trainer = make_trainer(torch_loader(8, 4), callbacks=[TensorBoard(tmp_path)])
    with pytest.raises(MissingExtraError, match=r'pip install "condgan\[tensorboard\]"'):
        trainer.fit(1)
    assert trainer.state.step == 0
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder(make_trainer, torch_loader, tmp_path):
    (tmp_path / "file").write_text("in the way")
    trainer = make_trainer(torch_loader(8, 4), callbacks=[TensorBoard(tmp_path / "file")])
    with pytest.raises(WriteError, match="file"):
        trainer.fit(1)
    assert trainer.state.step == 0
