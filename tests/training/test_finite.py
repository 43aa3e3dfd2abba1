"""What is not finite: never followed by a weight, told by step and player, left out if asked."""

import contextlib
import math

import pytest
import torch
from torch import nn

import condgan
from condgan import Adversarial, Article, Callback, Checkpoint, LossHistory
from condgan.errors import ConfigError, NonFiniteError
from condgan.training import checkpoints
from condgan.training.algorithms import adversarial
from condgan.training.finite import Guard, found_inf

STEP = 6
"""The step that is lost: the second of the second epoch, of four steps each."""


def lost_loss(turn):
    """A term that is no number at that step."""
    return turn.fake_logits.sum() * (math.nan if turn.step == STEP - 1 else 0.0)


def lost_gradient(turn):
    """A term that is 0 always, but whose gradient is none at that step: that of the root of 0."""
    zero = turn.fake_logits.sum() * 0
    return zero.abs().sqrt() if turn.step == STEP - 1 else zero


def lost(player, term):
    return Adversarial(**{f"{player}_terms": (term,)})


@pytest.fixture
def weights_by_step(fingerprint):
    """A callback that notes the weights at each event of a step."""

    class Note(Callback):
        def __init__(self):
            self.before, self.after = {}, {}

        def on_batch_start(self, state):
            self.before[state.step + 1] = fingerprint(state.G), fingerprint(state.D)

        def on_batch_end(self, state):
            self.after[state.step] = fingerprint(state.G), fingerprint(state.D)

    return Note


@pytest.mark.parametrize("term", [lost_loss, lost_gradient])
@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_lost_step_ends_training_names_itself_and_moves_no_weight(
    make_trainer, library_loader, weights_by_step, fingerprint, player, term
):
    seen = weights_by_step()
    algorithm = lost(player, term)
    trainer = make_trainer(library_loader(), algorithm=algorithm, callbacks=[seen])
    with pytest.raises(NonFiniteError, match="stopped at step 6, in epoch 2: ") as caught:
        trainer.fit(3)
    G, D = trainer.raw_weights, fingerprint(trainer.D)
    name = "GD"[player == "discriminator"]
    said = {
        lost_loss: f"{name}'s loss is nan (lost_loss is nan)",
        lost_gradient: f"{name}'s gradient of backbone.layers.0.weight (and of 5 others) is not",
    }
    assert said[term] in str(caught.value)
    assert "Every weight is finite. Lower the learning rate of that player" in str(caught.value)
    before, after = seen.before[STEP], seen.after[STEP - 1]
    assert before == after
    assert (before[1] == D) == (player == "discriminator")  # D had moved before G was lost
    assert all(value.isfinite().all() for value in (*G, *trainer.D.parameters()))
    assert list(seen.after) == [1, 2, 3, 4, 5]
    assert not trainer.history.steps or trainer.history.steps[-1]["step"] < STEP
    assert trainer.G.generate(0).isfinite().all()


def test_the_tutorials_steps_are_named_too(make_trainer, library_loader):
    class Blind(nn.Module):
        def __init__(self, D):
            super().__init__()
            self.D, self.calls = D, 0

        def forward(self, images, labels):
            self.calls += 1
            return self.D(images, labels) * (math.nan if self.calls == 5 else 1.0)

    _, D = make_trainer(library_loader()).G, make_trainer(library_loader()).D
    trainer = make_trainer(library_loader(), D=Blind(D), algorithm=Article())
    with pytest.raises(NonFiniteError, match="at step 2, in epoch 1: D's loss is nan"):
        trainer.fit()


@pytest.mark.parametrize("algorithm", ["quick", "article", "wgan-gp"])
def test_the_look_changes_no_bit(
    make_trainer, library_loader, fingerprint, rows, monkeypatch, algorithm
):
    looked = make_trainer(library_loader(), algorithm=algorithm).fit(2)
    monkeypatch.setattr(Guard, "_before_a_move_of", lambda *_: lambda *_: None)
    blind = make_trainer(library_loader(), algorithm=algorithm).fit(2)
    assert fingerprint(looked.G, looked.D) == fingerprint(blind.G, blind.D)
    assert rows(looked) == rows(blind)


@pytest.mark.parametrize("term", [lost_loss, lost_gradient])
@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_asked_for_it_is_left_out_counted_and_told(
    make_trainer, library_loader, weights_by_step, player, term
):
    seen = weights_by_step()
    trainer = make_trainer(
        library_loader(),
        algorithm=lost(player, term),
        callbacks=[seen, LossHistory(every=1)],
        on_nonfinite="skip",
    )
    with pytest.warns(UserWarning, match=r"left out, .* finite: 1, the first of them step 6: [GD]"):
        trainer.fit(3)
    assert [row.get("skipped_steps") for row in trainer.history.epochs] == [None, 1, None]
    assert list(seen.after) == [n for n in range(1, 13) if n != STEP]
    assert [row["step"] for row in trainer.history.steps] == list(seen.after)
    assert (trainer.state.step, trainer.history["images"]) == (12, [16, 32, 48])
    assert all(math.isfinite(v) for row in trainer.history.epochs for v in row.values())
    if player == "discriminator":
        assert seen.before[STEP] == seen.before[STEP + 1]


def test_the_run_without_the_step_is_saved_and_goes_on(
    make_trainer, library_loader, fingerprint, rows, tmp_path
):
    """As if the step had been left out in the first place, bit for bit."""

    def trainer(folder, **more):
        save = Checkpoint(tmp_path / folder, keep=1)
        arguments = {"algorithm": lost("generator", lost_gradient), "callbacks": [save], **more}
        return make_trainer(library_loader(18, 4, shuffle=True), **arguments)

    with pytest.warns(UserWarning, match="steps left out"):
        straight = trainer("a", on_nonfinite="skip").fit(4)
    with pytest.raises(NonFiniteError) as caught:
        trainer("b").fit(4)
    kept = sorted(path.name[:13] for path in (tmp_path / "b").iterdir())
    assert kept == ["step-00000005", "step-00000006"]  # the earlier one is not deleted for it
    assert "without that step: " in caught.value.__notes__[0]
    saved = checkpoints.read(tmp_path / "b")
    assert all(v.isfinite().all() for k in "GD" for v in saved[k].values())
    resumed = trainer("b").resume("latest").fit()
    assert fingerprint(resumed.G, resumed.D) == fingerprint(straight.G, straight.D)
    assert rows(resumed) == rows(straight)
    assert resumed.history.steps == straight.history.steps


def test_running_statistics_are_not_lost_either(torch_loader, make_trainer, monkeypatch, tiny):
    G, D = condgan.preset("quick").networks(3, (1, 16, 16), seed=0, architecture="dcgan", width=4)
    images, labels = tiny(16)
    images = nn.functional.interpolate(images, 16)
    loader = list(zip(images.split(4), labels.split(4), strict=True))
    usual = adversarial.draw_noise
    monkeypatch.setattr(
        adversarial,
        "draw_noise",
        lambda state, n: usual(state, n) * (math.inf if state.step == STEP - 1 else 1.0),
    )
    kept = []

    class Keep(Callback):
        def on_batch_end(self, state):
            kept.append([b.clone() for n in (state.G, state.D) for b in n.buffers()])

    trainer = make_trainer(loader, G=G, D=D, callbacks=[Keep()])
    with pytest.raises(NonFiniteError, match="D's loss is nan"):
        trainer.fit(2)
    now = [*trainer.raw_weights[len(list(G.parameters())) :], *D.buffers()]
    assert any(b.ndim for b in now)
    # All but counters of passes, which say how many were made.
    pairs = [(a, b) for a, b in zip(kept[STEP - 2], now, strict=True) if a.ndim]
    assert all(torch.equal(a, b) for a, b in pairs)
    assert trainer.G.generate(0).isfinite().all()


class Plain:
    """An algorithm of somebody's own, which looks at nothing."""

    def __init__(self, loss):
        self.loss = loss

    def optimizers(self, G, D):
        return {"G": torch.optim.SGD(G.parameters(), lr=0.1, momentum=0.9)}

    def step(self, state, batch):
        z = torch.zeros(len(batch.labels), state.G.latent_dim)
        loss = self.loss(state.step, state.G(z, batch.labels))
        state.optimizers["G"].zero_grad()
        loss.backward()
        state.optimizers["G"].step()
        return {"loss": loss}


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        (lambda step, x: (x * (step < 5)).square().sum().sqrt(), "G's gradient of backbone"),
        (lambda step, x: x.square().mean() + (math.inf if step == 5 else 0), "loss is inf"),
    ],
)
def test_an_algorithm_of_ones_own_is_watched_as_well(make_trainer, library_loader, loss, why):
    trainer = make_trainer(library_loader(), algorithm=Plain(loss))
    with pytest.raises(NonFiniteError, match=f"stopped at step 6, in epoch 2: {why}"):
        trainer.fit(2)
    assert all(p.isfinite().all() for p in trainer.G.parameters())


def test_where_no_step_is_one_training_ends_though_it_was_to_skip(
    make_trainer, library_loader, monkeypatch
):
    monkeypatch.setattr(Guard, "IN_A_ROW", 5)
    trainer = make_trainer(
        library_loader(),
        algorithm=Plain(lambda step, x: x.sum() * (1.0 if step in (1, 3) else math.nan)),
        on_nonfinite="skip",
    )
    with pytest.raises(NonFiniteError, match=r"at step 9, .* 5 times in a row\. Every weight is"):
        trainer.fit(9)


def test_a_weight_that_was_lost_before_is_told_and_never_saved(
    make_trainer, library_loader, tmp_path
):
    def poison(state):
        if state.epoch == 2:
            with torch.no_grad():
                state.D.backbone.layers[0].bias[1] = math.nan

    save = Checkpoint(tmp_path)
    trainer = make_trainer(library_loader(), callbacks=[poison, save])
    with pytest.raises(NonFiniteError, match=r"D's backbone.layers.0.bias is not finite at step 8"):
        trainer.fit(3)
    assert [path.name[:13] for path in tmp_path.iterdir()] == ["step-00000004"]
    trainer = make_trainer(library_loader(), callbacks=[save])
    trainer.resume("latest")
    with torch.no_grad():
        trainer.D.backbone.layers[0].bias[1] = math.nan
    with pytest.raises(NonFiniteError, match=r"backbone.layers.0.bias was not finite before"):
        trainer.fit()
    assert [path.name[:13] for path in tmp_path.iterdir()] == ["step-00000004"]


@pytest.mark.parametrize("given", ["ignore", None, True])
def test_what_is_no_choice(make_trainer, library_loader, given):
    with pytest.raises(ConfigError, match=r"on_nonfinite must be one of 'raise', 'skip'; got"):
        make_trainer(library_loader(), on_nonfinite=given)


# As on accelerators, where nothing is read at once ----------------------------------------------


@pytest.fixture
def later(make_trainer, monkeypatch):
    """Makes a trainer that reads no value in a step, as on an accelerator."""
    monkeypatch.setattr(adversarial, "finite", lambda player, loss, parts: loss)

    def make(*given, **more):
        trainer = make_trainer(*given, **more)
        trainer.guard.at_once = False
        return trainer

    return make


@pytest.mark.parametrize("term", [lost_loss, lost_gradient])
@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_what_is_read_later_was_not_followed_either(
    later, library_loader, weights_by_step, player, term
):
    seen = weights_by_step()
    trainer = later(library_loader(), algorithm=lost(player, term), callbacks=[seen])
    name = "GD"[player == "discriminator"]
    with pytest.raises(NonFiniteError, match=f"step 6, in epoch 2: a gradient of {name} is not f"):
        trainer.fit(3)
    assert trainer.state.step == 8  # it was read when the epoch had ended
    who = player == "discriminator"
    assert seen.before[STEP][who] == seen.after[STEP][who]
    assert seen.before[STEP][not who] != seen.after[STEP][not who]
    assert seen.after[STEP + 1][who] != seen.after[STEP][who]
    assert all(value.isfinite().all() for value in (*trainer.raw_weights, *trainer.D.parameters()))
    assert not any("found_inf" in vars(o) for o in trainer.state.optimizers.values())


@pytest.mark.parametrize(("every", "step"), [(1, 6), (3, 7), (5, 8)])
def test_it_is_read_every_so_often_and_when_the_epoch_ends(later, library_loader, every, step):
    trainer = later(library_loader(), algorithm=lost("discriminator", lost_loss))
    trainer.guard.EVERY = every
    with pytest.raises(NonFiniteError, match="stopped at step 6, in epoch 2"):
        trainer.fit(3)
    assert trainer.state.step == step


def test_it_is_read_before_anything_is_saved(later, library_loader, tmp_path):
    save = Checkpoint(tmp_path, every=7, unit="steps")
    trainer = later(library_loader(), algorithm=lost("discriminator", lost_loss), callbacks=[save])
    with pytest.raises(NonFiniteError, match="stopped at step 6, in epoch 2"):
        trainer.fit(3)
    assert checkpoints.read(tmp_path)["counters"]["epoch_skipped"] == 1
    assert checkpoints.read(tmp_path)["counters"]["step"] == 7


def test_later_too_it_is_counted_and_the_run_goes_on(later, library_loader):
    trainer = later(
        library_loader(), algorithm=lost("discriminator", lost_loss), on_nonfinite="skip"
    )
    with pytest.warns(UserWarning, match="finite: 1, the first of them step 6: a grad"):
        trainer.fit(3)
    assert trainer.history["skipped_steps"] == [1]
    assert all(math.isfinite(v) for row in trainer.history.epochs for v in row.values())


def test_an_interrupt_before_it_is_read_saves_the_run_without_the_step(
    later, library_loader, tmp_path
):
    class Interrupt(Callback):
        def on_batch_end(self, state):
            if state.step == 7:
                raise KeyboardInterrupt

    callbacks = [Checkpoint(tmp_path, every=9), Interrupt()]
    trainer = later(
        library_loader(), algorithm=lost("discriminator", lost_loss), callbacks=callbacks
    )
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(3)
    counters = checkpoints.read(tmp_path)["counters"]
    assert (counters["step"], counters["epoch_skipped"]) == (7, 1)


def test_an_optimiser_that_is_not_fused_waits(later, library_loader):
    trainer = later(library_loader(), algorithm=lost("discriminator", lost_gradient))
    D = trainer.state.D
    trainer.state.optimizers["D"] = torch.optim.SGD(D.parameters(), lr=0.1)
    with pytest.raises(NonFiniteError, match="step 6, in epoch 2: D's gradient of backbone"):
        trainer.fit(3)
    assert all(p.isfinite().all() for p in D.parameters())


# The pieces -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.complex64])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_value_that_is_not_finite_is_found_and_the_rest_is_left_as_it_was(dtype, value):
    def found(*gradients):
        return found_inf(list(gradients), torch.tensor(0.0), torch.tensor(1.0)).item()

    good = torch.tensor([1e-42, -0.0, 3e38]).to(dtype)
    kept = good.clone()
    bad = torch.tensor([[1.0, value], [0.0, 2.0]]).to(dtype)
    assert found(good) == 0
    assert found(bad) == found(good, bad) == found(bad.t(), good) == 1
    assert torch.equal(good, kept)


@pytest.mark.parametrize("value", [2.0, math.nan])
def test_a_sparse_gradient_is_looked_at_too(value):
    table = nn.Embedding(3, 2, sparse=True)
    (table(torch.tensor([1])) * value).sum().backward()
    gradients = [torch.ones(2), table.weight.grad]
    found = found_inf(gradients, torch.tensor(0.0), torch.tensor(1.0))
    assert found.item() == math.isnan(value)


def test_no_hook_stays_behind(make_trainer, library_loader):
    trainer = make_trainer(library_loader(), algorithm=lost("generator", lost_loss))
    with contextlib.suppress(NonFiniteError):
        trainer.fit(3)
    assert not any(o._optimizer_step_pre_hooks for o in trainer.state.optimizers.values())
