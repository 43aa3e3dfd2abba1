"""A run that goes on from a file is the run that never stopped."""

import copy
import dataclasses
import multiprocessing
import os
import signal

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

import condgan
from condgan import (
    AdaptAugment,
    Augmented,
    Callback,
    Checkpoint,
    Classes,
    ConditionalDiscriminator,
    ConditionalGenerator,
    EarlyStopping,
    ImageSnapshots,
    LabelledImages,
    Trainer,
    Transition,
)
from condgan.errors import ConfigError, DataError, MissingFileError
from condgan.plugins.registry import known
from condgan.training import checkpoints, streams

PRESETS = sorted(known("algorithm"))
SHAPE = (1, 16, 16)


class Die(Callback):
    """Ends the run hard after a step, between what a checkpoint was written and the next."""

    stage = "save"

    def __init__(self, step):
        self.step = step

    def on_batch_end(self, state):
        if state.step == self.step:
            raise RuntimeError("power cut")


class Signal(Callback):
    """Sends a signal in the middle of a step."""

    def __init__(self, step, number=signal.SIGINT):
        self.step, self.number = step, number

    def on_batch_start(self, state):
        if state.step + 1 == self.step:
            os.kill(os.getpid(), self.number)


def images(n=20):
    stream = torch.Generator().manual_seed(0)
    return torch.rand(n, *SHAPE, generator=stream) * 2 - 1, torch.arange(n) % 3


def in_memory():
    return LabelledImages(*images(), Classes(3)).loader(4)


def balanced():
    return LabelledImages(*images(), Classes(3)).loader(4, balanced=True)


def own_generator():
    stream = torch.Generator().manual_seed(5)
    return LabelledImages(*images(), Classes(3)).loader(4, generator=stream)


def of_torch():
    return DataLoader(TensorDataset(*images()), batch_size=4, shuffle=True)


def of_torch_with_a_generator():
    stream = torch.Generator().manual_seed(5)
    return DataLoader(TensorDataset(*images()), batch_size=4, shuffle=True, generator=stream)


def in_batches():
    stream = torch.Generator().manual_seed(5)
    whole = TensorDataset(*images())
    order = BatchSampler(RandomSampler(whole, generator=stream), 4, drop_last=False)
    return DataLoader(whole, batch_sampler=order)


class ByNumpy(torch.utils.data.Dataset):
    """Each image with noise of numpy's stream."""

    def __len__(self):
        return 20

    def __getitem__(self, index):
        noise = torch.from_numpy(np.random.randn(*SHAPE)).float()  # noqa: NPY002
        return (images()[0][index] + 0.1 * noise).clamp(-1, 1), index % 3


def by_numpy():
    return DataLoader(ByNumpy(), batch_size=4, shuffle=True)


class Noisy(torch.utils.data.Dataset):
    """Each image with noise of torch's stream, as a random transform draws it."""

    def __len__(self):
        return 20

    def __getitem__(self, index):
        image, label = images()[0][index], index % 3
        return (image + 0.1 * torch.randn(SHAPE)).clamp(-1, 1), label


def in_workers():
    return DataLoader(Noisy(), batch_size=4, shuffle=True, num_workers=2)


def transformed():
    return DataLoader(Noisy(), batch_size=4, shuffle=True)


class Unsized:
    def __iter__(self):
        return iter(DataLoader(TensorDataset(*images()), batch_size=4, shuffle=True))


def run(folder, preset="quick", *more, loader=in_memory, wrap=lambda D: D, **arguments):
    """A trainer of small networks that saves after each epoch."""
    arguments = {"seed": 0, "progress": False, "device": "cpu", **arguments}
    G, D = condgan.preset(preset).networks(3, SHAPE, seed=0, width=4)
    callbacks = [Checkpoint(folder), *more]
    return Trainer(G, wrap(D), loader(), algorithm=preset, callbacks=callbacks, **arguments)


def rows(trainer):
    """The history but for the time that epochs took."""
    return [
        {name: value for name, value in row.items() if name != "seconds"}
        for row in trainer.history.epochs
    ]


@pytest.fixture
def same(fingerprint):
    """Whether two finished runs are one and the same, bit for bit."""

    def compare(one, other):
        assert fingerprint(one.G, one.D) == fingerprint(other.G, other.D)
        if one.state.average is not None:
            assert fingerprint(one.state.average.module) == fingerprint(other.state.average.module)
            for first, second in zip(one.raw_weights, other.raw_weights, strict=True):
                assert torch.equal(first, second)
        assert rows(one) == rows(other)
        assert one.history.steps == other.history.steps
        assert (one.state.step, one.state.images) == (other.state.step, other.state.images)
        for name in one.state.optimizers:
            pairs = (run.state.optimizers[name].state_dict() for run in (one, other))
            first, second = ([v for s in d["state"].values() for v in s.values()] for d in pairs)
            assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
        assert torch.equal(one.state.random.get_state(), other.state.random.get_state())

    return compare


@pytest.mark.parametrize("preset", PRESETS)
def test_d52_killed_after_an_epoch_and_resumed_is_never_stopped(tmp_path, same, preset):
    straight = run(tmp_path / "a", preset).fit(4)
    with pytest.raises(RuntimeError, match="power cut"):
        run(tmp_path / "b", preset, Die(12)).fit(4)  # five steps an epoch
    resumed = run(tmp_path / "b", preset).resume("latest")
    assert (resumed.state.epoch, resumed.state.step) == (2, 10)
    same(straight, resumed.fit())


@pytest.mark.parametrize("preset", PRESETS)
def test_d52_interrupted_within_an_epoch_and_resumed_is_never_stopped(tmp_path, same, preset):
    straight = run(tmp_path / "a", preset).fit(3)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", preset, Signal(8)).fit(3)
    resumed = run(tmp_path / "b", preset).resume(tmp_path / "b")
    assert (resumed.state.step, resumed.state.epoch_is_open) == (8, True)
    same(straight, resumed.fit())


@pytest.mark.parametrize("preset", ["quick", "article", "sngan"])
def test_d52_two_and_two_epochs_are_four(tmp_path, same, preset):
    straight = run(tmp_path / "a", preset).fit(4)
    run(tmp_path / "b", preset).fit(2)
    same(straight, run(tmp_path / "b", preset).resume("latest").fit(2))


def in_living_workers():
    whole = TensorDataset(*images())
    return DataLoader(whole, batch_size=4, shuffle=True, num_workers=1, persistent_workers=True)


LOADERS = [
    *(balanced, own_generator, of_torch, of_torch_with_a_generator, in_batches, transformed),
    *(by_numpy, in_workers, Unsized),
]


@pytest.mark.parametrize("loader", LOADERS)
def test_d52_two_and_one_epochs_are_three_with_every_loader(tmp_path, same, loader):
    np.random.seed(3)  # noqa: NPY002, what a transform may draw from
    straight = run(tmp_path / "a", loader=loader).fit(3)
    np.random.seed(3)  # noqa: NPY002
    run(tmp_path / "b", loader=loader).fit(2)
    np.random.seed(8)  # noqa: NPY002, another process
    same(straight, run(tmp_path / "b", loader=loader).resume("latest").fit(1))


@pytest.mark.filterwarnings("ignore:workers that outlive epochs")
def test_d52_workers_that_outlive_epochs_go_on_in_the_same_order(tmp_path, same):
    """As long as they draw nothing themselves; and it is the order that other workers serve."""

    def others():
        return DataLoader(TensorDataset(*images()), batch_size=4, shuffle=True, num_workers=1)

    straight = run(tmp_path / "a", loader=in_living_workers).fit(3)
    same(straight, run(tmp_path / "c", loader=others).fit(3))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", "quick", Signal(8), loader=in_living_workers).fit(3)
    with pytest.raises(RuntimeError, match="power cut"):
        run(tmp_path / "b", "quick", Die(12), loader=in_living_workers).resume("latest").fit()
    same(straight, run(tmp_path / "b", loader=in_living_workers).resume("latest").fit())


@pytest.mark.parametrize("loader", LOADERS)
def test_d52_every_loader_goes_on_where_it_was(tmp_path, same, loader):
    np.random.seed(3)  # noqa: NPY002
    straight = run(tmp_path / "a", loader=loader).fit(3)
    np.random.seed(3)  # noqa: NPY002
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", "quick", Signal(8), loader=loader).fit(3)
    assert not multiprocessing.active_children()
    np.random.seed(8)  # noqa: NPY002
    same(straight, run(tmp_path / "b", loader=loader).resume("latest").fit())


def test_d52_with_every_callback_that_has_a_memory(tmp_path, same):
    def trainer(name, *more):
        folder = tmp_path / name
        return run(
            folder,
            "quality",
            ImageSnapshots(folder / "pictures", every=2, unit="steps", n=2),
            AdaptAugment(every=2),
            Transition(),
            *more,
            wrap=lambda D: Augmented(D, p=0.3),
        )

    straight = trainer("a").fit(4)
    with pytest.raises(KeyboardInterrupt):
        trainer("b", Signal(13)).fit(4)
    resumed = trainer("b").resume("latest").fit()
    same(straight, resumed)
    for picture in (tmp_path / "a" / "pictures").iterdir():
        assert picture.read_bytes() == (tmp_path / "b" / "pictures" / picture.name).read_bytes()


def test_interrupted_again_and_again(tmp_path, same):
    straight = run(tmp_path / "a", "r3gan").fit(3)
    for step in (2, 3, 7, 11, 14):
        trainer = run(tmp_path / "b", "r3gan", Signal(step))
        trainer = trainer if step == 2 else trainer.resume("latest")
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(3) if step == 2 else trainer.fit()
    same(straight, run(tmp_path / "b", "r3gan").resume("latest").fit())


def test_d51_all_that_a_run_is_comes_back(tmp_path, fingerprint):
    trainer = run(tmp_path, "ac-gan").fit(1)
    other = run(tmp_path / "elsewhere", "ac-gan", seed=7).resume(tmp_path)
    assert fingerprint(other.G, other.D) == fingerprint(trainer.G, trainer.D)
    assert other.state.seed == 0
    one, two = trainer.state.capture(), other.state.capture()
    assert one["counters"] == two["counters"]
    assert one["average"]["images"] == two["average"]["images"] == 20
    assert torch.equal(one["streams"]["torch"], two["streams"]["torch"])
    assert torch.equal(one["streams"]["run"], two["streams"]["run"])
    assert one["history"]["epochs"] == two["history"]["epochs"]
    assert trainer.history.steps == other.history.steps
    assert one["generator"]["classes"] == {"kind": "classes", "labels": [0, 1, 2]}


def test_d53_every_epoch_is_trained_once(tmp_path):
    run(tmp_path).fit(2)
    resumed = run(tmp_path).resume("latest").fit(2)
    assert resumed.history["epoch"] == [1, 2, 3, 4]
    assert resumed.state.step == 20
    steps = {float(s["step"]) for s in resumed.state.optimizers["D"].state_dict()["state"].values()}
    assert steps == {20.0}


def test_a_run_that_is_done_has_nothing_left(tmp_path, fingerprint):
    trainer = run(tmp_path).fit(2)
    resumed = run(tmp_path).resume("latest").fit()
    assert resumed.state.step == 10
    assert fingerprint(resumed.G, resumed.D) == fingerprint(trainer.G, trainer.D)
    assert resumed.fit().state.step == 15  # and then one more, as ever


def test_a_checkpoint_of_a_second_fit_resumes_in_a_new_trainer(tmp_path, same):
    straight = run(tmp_path / "a").fit(1).fit(2)
    run(tmp_path / "b").fit(1).fit(1)
    same(straight, run(tmp_path / "b").resume("latest").fit(1))


@pytest.mark.parametrize("at", [2, 4])
def test_d63_patience_goes_on_where_it_was(tmp_path, at):
    class Score(Callback):
        stage = "record"

        def on_epoch_end(self, state):
            state.history.record(score=[1.0, 3.0, 2.0, 2.0, 2.0, 9.0][state.epoch - 1])

    def trainer(name, *more):
        stop = EarlyStopping("score", mode="max", patience=3)
        return run(tmp_path / name, "quick", Score(), stop, *more), stop

    straight, one = trainer("a")
    straight.fit(6)
    killed, _ = trainer("b", Die(5 * at + 2))
    with pytest.raises(RuntimeError, match="power cut"):
        killed.fit(6)
    resumed, other = trainer("b")
    resumed.resume("latest").fit()
    assert resumed.state.epoch == straight.state.epoch == 5
    assert resumed.state.stop_reason == straight.state.stop_reason
    assert (one.best, one.best_epoch) == (other.best, other.best_epoch) == (3.0, 2)
    assert torch.equal(resumed.G.generate(seed=0), straight.G.generate(seed=0))
    again, _ = trainer("b")
    assert again.resume("latest").fit().state.epoch == 5  # it had been stopped


@pytest.mark.parametrize("first", [True, False])
def test_d64_a_checkpoint_is_written_last_whatever_the_order(tmp_path, first):
    class Score(Callback):
        def on_epoch_end(self, state):
            state.history.record(score=float(-state.epoch))

    stop = EarlyStopping("score", mode="max", patience=9)
    save = Checkpoint(tmp_path)
    order = [save, stop, Score()] if first else [stop, Score(), save]
    G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=4)
    Trainer(G, D, in_memory(), callbacks=order, seed=0, progress=False).fit(2)
    saved = condgan.training.checkpoints.read(tmp_path)
    assert saved["callbacks"]["EarlyStopping(score, max)"]["waited"] == 1
    assert saved["history"]["epochs"][-1]["score"] == -2.0


def test_d65_two_of_one_kind_keep_apart(tmp_path):
    def pair():
        return EarlyStopping("images", mode="max"), EarlyStopping("step", patience=9)

    one, two = pair()
    run(tmp_path, "quick", one, two).fit(3)
    other, another = pair()
    run(tmp_path, "quick", other, another).resume("latest")
    assert (other.best, other.waited) == (one.best, one.waited) == (60.0, 0)
    assert (another.best, another.waited) == (two.best, two.waited) == (5.0, 2)


def test_d56_everything_that_is_written_is_data(tmp_path):
    run(tmp_path, "quality", EarlyStopping("images", mode="max")).fit(2)
    for file in tmp_path.iterdir():
        torch.load(file, weights_only=True)


def test_d57_what_compile_wraps_round_is_not_saved(tmp_path, fingerprint):
    def trainer(wrapped):
        G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=4)
        if wrapped:
            G = torch.compile(G, backend="eager")
        save = Checkpoint(tmp_path)
        return Trainer(G, D, in_memory(), callbacks=[save], seed=0, progress=False, device="cpu")

    wrapped = trainer(True).fit(1)
    saved = condgan.training.checkpoints.read(tmp_path)
    assert not [name for name in saved["G"] if "_orig_mod" in name]
    plain = trainer(False).resume("latest")
    assert fingerprint(plain.G) == fingerprint(wrapped.G._orig_mod)
    again = trainer(True).resume("latest")
    assert fingerprint(again.G._orig_mod) == fingerprint(plain.G)


def test_d59_other_classes_are_told_by_number_and_name(tmp_path, fingerprint):
    run(tmp_path).fit(1)
    G = ConditionalGenerator(["a", "b"], SHAPE, width=4, seed=0)
    D = ConditionalDiscriminator(["a", "b"], SHAPE, width=4, seed=1)
    data = LabelledImages(images()[0], torch.arange(20) % 2, Classes(["a", "b"]))
    trainer = Trainer(G, D, data.loader(4), seed=0, progress=False)
    before = fingerprint(G, D)
    with pytest.raises(ConfigError, match=r"trained on 3 classes and this one has 2: Classes\(3\)"):
        trainer.resume(tmp_path)
    assert fingerprint(G, D) == before
    assert trainer.state.step == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width": 8}, r"has options=\{'width': 4\}, this one \{'width': 8\}"),
        ({"latent_dim": 7}, "has latent_dim=100, this one 7"),
        ({"encoder": "embedding"}, "has encoder='onehot', this one 'embedding'"),
        ({"architecture": "mlp"}, "has architecture='dcgan', this one 'mlp'"),
    ],
)
def test_other_networks_are_refused_before_anything_changes(tmp_path, fingerprint, options, words):
    run(tmp_path).fit(1)
    G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, **{"width": 4, **options})
    trainer = Trainer(G, D, in_memory(), seed=0, progress=False)
    before = fingerprint(G, D)
    with pytest.raises(ConfigError, match=words):
        trainer.resume(tmp_path)
    assert fingerprint(G, D) == before


def test_networks_of_your_own_are_told_apart_by_their_weights(tmp_path):
    class Judge(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.layer = nn.Linear(256, width)

        def forward(self, given, labels):
            return self.layer(given.flatten(1)).sum(1)

    def trainer(width):
        G = ConditionalGenerator(3, SHAPE, width=4, seed=0)
        save = [Checkpoint(tmp_path)]
        return Trainer(G, Judge(width), in_memory(), callbacks=save, seed=0, progress=False)

    trainer(2).fit(1)
    assert trainer(2).resume("latest").state.epoch == 1
    with pytest.raises(ConfigError, match=r"layer.bias is \(2,\) there and \(3,\) here \(2 such"):
        trainer(3).resume("latest")


def test_other_frozen_weights_are_refused_before_anything_changes(tmp_path, fingerprint):
    run(tmp_path).fit(1)
    G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=4)
    next(G.parameters()).requires_grad_(False)
    trainer = Trainer(G, D, in_memory(), seed=0, progress=False)
    before = fingerprint(G, D)
    with pytest.raises(ConfigError, match=r"optimiser of G moves \d+ parameters and this one \d+:"):
        trainer.resume(tmp_path)
    assert fingerprint(G, D) == before
    assert trainer.state.step == 0


def test_a_setting_that_only_one_version_knows_is_no_reason_to_refuse(tmp_path):
    run(tmp_path).fit(1)
    (file,) = tmp_path.iterdir()
    saved = checkpoints.read(file)
    saved["generator"]["of_later"] = 3
    del saved["generator"]["encoder"]
    checkpoints.write(saved, file)
    assert run(tmp_path).resume("latest").state.epoch == 1


def test_another_algorithm_is_told_and_sets_its_own_rates(tmp_path):
    run(tmp_path).fit(1)
    slower = copy.copy(condgan.preset("quick").algorithm)
    object.__setattr__(slower, "generator_lr", 1e-5)
    G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=4)
    save = Checkpoint(tmp_path)
    trainer = Trainer(G, D, in_memory(), algorithm=slower, callbacks=[save], progress=False)
    with pytest.warns(UserWarning, match=r"was trained by Adversarial.* and goes on by Adversar"):
        trainer.resume(tmp_path)
    assert trainer.state.optimizers["G"].param_groups[0]["lr"] == 1e-5
    assert trainer.state.optimizers["D"].param_groups[0]["lr"] == 2e-3


def test_a_callback_that_is_missing_is_told(tmp_path):
    run(tmp_path, "quick", EarlyStopping("images", mode="max")).fit(1)
    with pytest.warns(UserWarning, match=r"the state of 'EarlyStopping.*', which this"):
        run(tmp_path).resume("latest")


def test_a_loader_that_became_shorter_is_told(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "quick", Signal(9)).fit(2)

    def short():
        return LabelledImages(*images(8), Classes(3)).loader(4)

    with pytest.raises(DataError, match="trained on 4 batches, and the loader now gives only 2"):
        run(tmp_path, loader=short).resume("latest").fit()


def test_latest_needs_a_checkpoint_callback(tmp_path, make_trainer, torch_loader):
    with pytest.raises(ConfigError, match=r"it has none; give callbacks=.Checkpoint"):
        make_trainer(torch_loader()).resume()
    (tmp_path / "new").mkdir()
    with pytest.raises(MissingFileError, match="no complete checkpoint"):
        run(tmp_path / "new").resume("latest")


def test_d62_the_history_goes_on(tmp_path):
    run(tmp_path / "run").fit(2)
    resumed = run(tmp_path / "run").resume("latest").fit(2)
    as_csv, _ = resumed.history.save(tmp_path)
    header, *lines = as_csv.read_text().splitlines()
    assert header.startswith("epoch,step,images")
    assert [line.split(",")[0] for line in lines] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_d72_an_interrupt_waits_for_the_step_saves_and_goes_on(tmp_path, number):
    ended = []

    class Ends(Callback):
        def on_fit_end(self, state):
            ended.append(type(state.exception))

    trainer = run(tmp_path, "quick", Signal(3, number), Ends())
    with pytest.raises((KeyboardInterrupt, SystemExit)) as caught:
        trainer.fit(2)
    if number == signal.SIGTERM:
        assert caught.value.code == 143
    assert ended == [type(caught.value)]
    assert trainer.state.step == 3
    assert [file.name[:13] for file in tmp_path.iterdir()] == ["step-00000003"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert trainer.history.epochs == []  # the epoch did not end


def test_d72_a_second_interrupt_does_not_wait(make_trainer, torch_loader):
    class Twice(Callback):
        def on_batch_start(self, state):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    trainer = make_trainer(torch_loader(), callbacks=[Twice()])
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    assert trainer.state.step == 0


def test_a_handler_of_somebody_else_is_left_alone(make_trainer, torch_loader):
    def mine(number, frame):
        raise AssertionError

    before = signal.signal(signal.SIGTERM, mine)
    seen = []
    try:
        make_trainer(
            torch_loader(), callbacks=[lambda state: seen.append(signal.getsignal(signal.SIGTERM))]
        ).fit()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [mine]


@pytest.mark.parametrize("event", ["on_fit_start", "on_epoch_end", "on_fit_end"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_d72_no_interrupt_is_swallowed(make_trainer, torch_loader, event, number):
    class Interrupts(Callback):
        """Where nothing is left to train, or the last epoch has ended."""

    def interrupt(self, state):
        if event == "on_fit_start" or state.epoch == 2:
            os.kill(os.getpid(), number)

    setattr(Interrupts, event, interrupt)
    with pytest.raises((KeyboardInterrupt, SystemExit)) as caught:
        make_trainer(torch_loader(), callbacks=[Interrupts()]).fit(2)
    assert caught.type is (KeyboardInterrupt if number == signal.SIGINT else SystemExit)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_d72_an_interrupt_of_a_finished_run_is_raised(tmp_path):
    run(tmp_path).fit(1)

    class Interrupts(Callback):
        def on_fit_start(self, state):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "quick", Interrupts()).resume("latest").fit()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_d72_a_callback_that_raises_it_saves_as_well(tmp_path, error):
    class Raise(Callback):
        def on_batch_end(self, state):
            if state.step == 3:
                raise error

    with pytest.raises(error):
        run(tmp_path, "quick", Raise()).fit(2)
    resumed = run(tmp_path).resume("latest")
    assert (resumed.state.step, resumed.state.epoch_is_open) == (3, True)


def test_d72_a_loader_that_dies_of_the_signal_saves_as_well(tmp_path, same):
    """Workers that are spawned get Ctrl-C too, and their end is an error of the loader."""

    class Dies:
        def __init__(self, at):
            self.at = at

        def __iter__(self):
            for index, batch in enumerate(in_memory()):
                if index == self.at:
                    os.kill(os.getpid(), signal.SIGINT)
                    raise RuntimeError("a worker exited unexpectedly")
                yield batch

    straight = run(tmp_path / "a", loader=lambda: Dies(None)).fit(2)
    with pytest.raises(KeyboardInterrupt) as caught:
        run(tmp_path / "b", loader=lambda: Dies(2)).fit(2)
    assert "a worker exited" in str(caught.value.__cause__)
    same(straight, run(tmp_path / "b", loader=lambda: Dies(None)).resume("latest").fit())


def test_d72_an_epoch_that_is_interrupted_before_its_first_step(tmp_path, same):
    """And later once more: its order is that of a run that was never stopped."""

    class Dies:
        """Ends at the first batch of the second epoch, with its order drawn already."""

        def __init__(self, dies):
            self.dies, self.epoch = dies, 0

        def __iter__(self):
            self.epoch += 1
            for batch in in_memory():
                if self.dies and self.epoch == 2:
                    os.kill(os.getpid(), signal.SIGINT)
                    raise RuntimeError("a worker exited unexpectedly")
                yield batch

    class AtStart(Callback):
        def on_epoch_start(self, state):
            if state.epoch == 2:
                raise KeyboardInterrupt

    straight = run(tmp_path / "a", loader=lambda: Dies(False)).fit(3)
    for name, dies, callbacks in (("b", True, ()), ("c", False, (AtStart(),))):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / name, "quick", *callbacks, loader=lambda dies=dies: Dies(dies)).fit(3)
        second = run(tmp_path / name, "quick", Signal(8), loader=lambda: Dies(False))
        second.resume("latest")
        assert (second.state.step, second.state.epoch_is_open) == (5, True)
        with pytest.raises(KeyboardInterrupt):
            second.fit()
        same(straight, run(tmp_path / name, loader=lambda: Dies(False)).resume("latest").fit())


def test_nothing_is_saved_in_the_middle_of_a_step(tmp_path):
    class Broken(type(condgan.preset("quick").algorithm)):
        def _generator_moves(self, state, batch):
            raise KeyboardInterrupt

    G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=4)
    trainer = Trainer(G, D, in_memory(), algorithm=Broken(), callbacks=[Checkpoint(tmp_path)])
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    assert not list(tmp_path.iterdir())


def test_stopped_and_interrupted_by_the_same_step(tmp_path, same):
    class Stop(Callback):
        def on_batch_end(self, state):
            if state.step == 8:
                state.stop("enough")

    straight = run(tmp_path / "a", "quick", Stop()).fit(3)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", "quick", Stop(), Signal(8)).fit(3)
    resumed = run(tmp_path / "b", "quick", Stop()).resume("latest").fit()
    same(straight, resumed)
    assert resumed.history["epoch"] == [1, 2]


def test_d51_a_rate_that_a_callback_lowered_stays_low(tmp_path, same):
    def halve(state):
        for optimizer in state.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] /= 2

    straight = run(tmp_path / "a", "quick", halve).fit(4)
    run(tmp_path / "b", "quick", halve).fit(2)
    resumed = run(tmp_path / "b", "quick", halve).resume("latest").fit(2)
    same(straight, resumed)
    assert resumed.state.optimizers["G"].param_groups[0]["lr"] == 2e-3 / 16


def test_d51_an_algorithm_with_a_memory_keeps_it(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Counting(type(condgan.preset("quick").algorithm)):
        seen: list = dataclasses.field(default_factory=list, repr=False)

        def step(self, state, batch):
            self.seen.append(state.step)
            return super().step(state, batch)

        def state_dict(self):
            return {"seen": list(self.seen)}

        def load_state_dict(self, saved):
            self.seen[:] = saved["seen"]

    def trainer():
        G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=4)
        save = Checkpoint(tmp_path)
        return Trainer(G, D, in_memory(), algorithm=Counting(), callbacks=[save], progress=False)

    trainer().fit(1)
    assert trainer().resume("latest").fit(1).algorithm.seen == list(range(10))


def test_within_an_epoch_a_callback_is_told_of_its_rest(tmp_path):
    class Watch(Callback):
        def __init__(self):
            self.told, self.logs = [], None

        def on_epoch_start(self, state):
            self.told.append((state.epoch, state.epoch_steps))

        def on_epoch_end(self, state):
            self.logs = dict(state.logs)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "quick", Signal(10)).fit(2)  # after the last step of the second epoch
    watch = Watch()
    resumed = run(tmp_path, "quick", watch).resume("latest")
    spent = resumed.state.epoch_seconds
    resumed.fit()
    assert watch.told == [(2, 5)]
    assert {"d_loss", "g_loss"} <= watch.logs.keys()
    assert resumed.history.epochs[-1]["seconds"] >= spent > 0


def test_d65_callbacks_are_told_apart_by_what_they_watch(tmp_path):
    def images():
        return EarlyStopping("images", mode="max")

    def steps():
        return EarlyStopping("step", patience=9)

    run(tmp_path, "quick", images(), steps()).fit(2)
    only = steps()
    with pytest.warns(UserWarning, match=r"state of 'EarlyStopping\(images, max\)', which this"):
        run(tmp_path, "quick", only).resume("latest")
    assert only.best == 5.0


def test_a_callback_that_cannot_take_its_state_is_refused_before_anything_changes(
    tmp_path, fingerprint
):
    class Keeps(Callback):
        def state_dict(self):
            return {}

    run(tmp_path, "quick", Keeps()).fit(1)
    trainer = run(tmp_path, "quick", Keeps())
    before = fingerprint(trainer.G, trainer.D)
    with pytest.raises(ConfigError, match=r"Keeps, whose class has state_dict\(\) but no load_st"):
        trainer.resume("latest")
    assert fingerprint(trainer.G, trainer.D) == before
    assert trainer.state.step == 0


def test_workers_that_outlive_epochs_are_told(tmp_path):
    def persistent():
        whole = TensorDataset(*images())
        return DataLoader(whole, batch_size=4, num_workers=1, persistent_workers=True)

    run(tmp_path).fit(1)
    with pytest.warns(UserWarning, match="workers that outlive epochs"):
        run(tmp_path, loader=persistent).resume("latest")


def test_d58_on_another_kind_of_device_noise_does_not_begin_anew(tmp_path):
    trainer = run(tmp_path).fit(1)
    saved = trainer.state.capture()
    saved["streams"]["device"] = "cuda"
    for _ in range(2):
        streams.put_back_torch(saved["streams"], trainer.state)
        first = torch.randn(3, generator=trainer.state.random)
    assert not torch.equal(first, torch.randn(3, generator=torch.Generator().manual_seed(0)))
    trainer.state.step = 6
    streams.put_back_torch(saved["streams"], trainer.state)
    assert not torch.equal(first, torch.randn(3, generator=trainer.state.random))


def test_unseen_classes_are_known_after_resuming(tmp_path):
    def two_of_three():
        given, labels = images()
        return LabelledImages(given, labels.clamp(max=1), Classes(3)).loader(4)

    run(tmp_path, loader=two_of_three).fit(1)
    assert run(tmp_path, loader=two_of_three).resume("latest").G.unseen == (2,)


def test_d57_best_weights_of_a_compiled_run_serve_a_plain_one(tmp_path):
    def trainer(compiled):
        G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=4)
        G = torch.compile(G, backend="eager") if compiled else G
        callbacks = [EarlyStopping("images", mode="max"), Checkpoint(tmp_path)]
        return Trainer(G, D, in_memory(), callbacks=callbacks, seed=0, progress=False)

    trainer(True).fit(1)
    assert trainer(False).resume("latest").fit(1).state.epoch == 2
