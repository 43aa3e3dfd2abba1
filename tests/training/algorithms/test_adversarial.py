"""`Adversarial`: one move of D, then one of G."""

import dataclasses

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from condgan import (
    Adversarial,
    Augmented,
    BinaryCrossEntropy,
    Callback,
    Every,
    LossHistory,
    Ramp,
)
from condgan.errors import ConfigError, UnknownNameError
from condgan.training.algorithms import adversarial
from condgan.training.algorithms.protocol import Batch


class Watched(BinaryCrossEntropy):
    """The usual loss; at each player's loss it looks at both networks' weights and gradients."""

    def __init__(self, look):
        object.__setattr__(self, "look", look)

    def discriminator(self, turn):
        self.look("D")
        return super().discriminator(turn)

    def generator(self, turn):
        self.look("G")
        return super().generator(turn)


def weights(network):
    return [p.detach().clone() for p in network.parameters()]


def gradients(network):
    return [None if p.grad is None else p.grad.clone() for p in network.parameters()]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_each_move_changes_its_own_player_alone(networks, make_trainer, tiny):
    G, D = networks()
    seen = {}

    def look(player):
        seen[player] = (weights(G), weights(D), gradients(G), gradients(D))

    trainer = make_trainer([tiny(4)], G=G, D=D, algorithm=Adversarial(loss=Watched(look)))
    trainer.algorithm.step(trainer.state, Batch(*tiny(4)))
    before_d, before_g = seen["D"], seen["G"]  # G's loss is asked for when D has moved
    assert same(before_d[0], before_g[0])
    assert not same(before_d[1], before_g[1])
    assert all(gradient is None for gradient in before_g[2])  # D's move left nothing on G
    assert not same(before_g[0], weights(G))
    assert same(before_g[1], weights(D))
    assert same(before_g[3], gradients(D))  # and G's nothing on D
    assert all(p.requires_grad for p in D.parameters())


def test_no_gradient_is_left_on_d_by_the_turn_of_g(networks, make_trainer, tiny):
    G, D = networks()
    trainer = make_trainer([tiny(4)], G=G, D=D)
    D.zero_grad(set_to_none=True)
    parts = trainer.algorithm._parts(trainer.state, Batch(*tiny(4)))
    trainer.algorithm._generator_moves(trainer.state, parts)
    assert all(p.grad is None for p in D.parameters())
    assert all(p.grad is not None for p in G.parameters())


@pytest.mark.parametrize("fake_labels", ["real", "uniform"])
def test_d_judges_each_fake_with_the_label_g_was_given(
    networks, make_trainer, torch_loader, spy, fake_labels
):
    G, D = map(spy, networks())
    algorithm = Adversarial(fake_labels=fake_labels)
    make_trainer(torch_loader(32, batch_size=8), G=G, D=D, algorithm=algorithm).fit()
    assert len(G.calls) == len(D.calls) == 8  # two a step, real and fake in one pass of D
    for (_, asked, drawn), (judged, judged_as, _) in zip(G.calls, D.calls, strict=True):
        assert torch.equal(judged[-8:], drawn)
        assert torch.equal(judged_as[-8:], asked)
    for step in range(4):
        real = D.calls[2 * step][1][:8]
        assert real.tolist() == [(8 * step + i) % 3 for i in range(8)]
        fakes = [labels for _, labels, _ in G.calls[2 * step : 2 * step + 2]]
        if fake_labels == "real":
            assert all(torch.equal(labels, real) for labels in fakes)
    if fake_labels == "uniform":
        asked = torch.cat([labels for _, labels, _ in G.calls])
        assert torch.bincount(asked, minlength=3).min() >= 10
        assert not all(torch.equal(G.calls[i][1], D.calls[i][1][:8]) for i in (0, 2, 4, 6))


def test_both_turns_draw_new_noise(networks, make_trainer, torch_loader, spy):
    G, D = map(spy, networks())
    make_trainer(torch_loader(8, batch_size=8), G=G, D=D, algorithm=Adversarial()).fit()
    assert not torch.equal(G.calls[0][0], G.calls[1][0])


@pytest.mark.parametrize(("reuse", "drawn"), [(False, 2), (True, 1)])
def test_g_may_move_on_the_fakes_that_d_has_just_judged(
    networks, make_trainer, tiny, spy, reuse, drawn
):
    G, D = map(spy, networks())
    make_trainer([tiny(4)], G=G, D=D, algorithm=Adversarial(reuse_fakes=reuse)).fit(1)
    assert len(G.calls) == drawn
    both, again = (images for images, _, _ in D.calls)
    assert torch.equal(both[4:], again) is reuse


def test_reused_fakes_teach_g_as_new_ones_of_the_same_noise_would(
    networks, make_trainer, tiny, monkeypatch
):
    """If D does not move in between, and every draw of noise is the same, nothing differs."""
    z = torch.randn(4, networks()[0].latent_dim, generator=torch.Generator().manual_seed(3))
    monkeypatch.setattr(adversarial, "draw_noise", lambda state, n: z)
    moved = []
    for reuse in (False, True):
        G, D = networks()
        step = Adversarial(reuse_fakes=reuse, discriminator_lr=0.0)
        make_trainer([tiny(4)], G=G, D=D, algorithm=step).fit(1)
        moved.append(weights(G))
    assert same(*moved)


class Remembers:
    """A term that counts its calls, and can be saved."""

    def __init__(self):
        self.calls = 0

    def __call__(self, turn):
        self.calls += 1
        return turn.fake_logits.mean() * 0

    def state_dict(self):
        return {"calls": self.calls}

    def load_state_dict(self, saved):
        self.calls = saved["calls"]


def test_what_losses_and_terms_remember_is_saved(make_trainer, tiny):
    terms = Remembers(), Remembers(), Remembers()
    step = Adversarial(
        discriminator_terms=(terms[0], Every(2, terms[1])), generator_terms=terms[2:]
    )
    make_trainer([tiny(4)] * 4, algorithm=step).fit(1)
    saved = step.state_dict()
    assert saved == {"parts": [{"calls": 4}, {"calls": 2}, {"calls": 4}]}
    other = Adversarial(
        discriminator_terms=(Remembers(), Every(2, Remembers())), generator_terms=(Remembers(),)
    )
    other.load_state_dict(saved)
    assert other.state_dict() == saved
    assert Adversarial().state_dict() == {"parts": []}


@dataclasses.dataclass(frozen=True)
class Constant:
    value: float

    def __call__(self, turn):
        return self.value * turn.fake_logits.mean() * 0 + self.value


def test_terms_are_added_to_their_players_loss(make_trainer, tiny, rows):
    plain = make_trainer([tiny(8)], algorithm=Adversarial()).fit()
    algorithm = Adversarial(
        discriminator_terms=(Constant(3.0), Constant(4.0)), generator_terms=(Constant(10.0),)
    )
    more = make_trainer([tiny(8)], algorithm=algorithm).fit()
    (row,), (with_terms,) = rows(plain), rows(more)
    assert with_terms["d_loss"] == pytest.approx(row["d_loss"] + 7)
    assert with_terms["g_loss"] == pytest.approx(row["g_loss"] + 10)


def test_a_term_steers_the_player_it_was_given_to(make_trainer, tiny):
    def small_logits(turn):
        return 100 * turn.real_logits.square().mean()

    plain = make_trainer([tiny(8)] * 30, algorithm=Adversarial()).fit()
    steered = make_trainer(
        [tiny(8)] * 30, algorithm=Adversarial(discriminator_terms=(small_logits,))
    ).fit()
    logits = [t.D(*tiny(8)).abs().mean().item() for t in (plain, steered)]
    assert logits[1] < logits[0] / 2


class Reshaped(nn.Module):
    judges_each_alone = True

    def __init__(self, D, *shape):
        super().__init__()
        self.D, self.shape = D, shape

    def forward(self, images, labels):
        return self.D(images, labels).reshape(-1, *self.shape)


@pytest.mark.parametrize("shape", [(1,), (1, 1, 1)])
def test_the_shape_of_one_logit_an_image_does_not_matter(
    networks, make_trainer, torch_loader, fingerprint, rows, shape
):
    plain = make_trainer(torch_loader()).fit(2)
    G, D = networks()
    shaped = make_trainer(torch_loader(), G=G, D=Reshaped(D, *shape)).fit(2)
    assert fingerprint(shaped.G) == fingerprint(plain.G)
    assert fingerprint(shaped.D.D) == fingerprint(plain.D)
    assert rows(shaped) == rows(plain)


def test_several_logits_an_image_are_refused(networks, make_trainer, torch_loader, fingerprint):
    from condgan.errors import DataError

    G, D = networks()

    class Patches(nn.Module):
        def forward(self, images, labels):
            return D(images, labels)[:, None].expand(-1, 4)

    before = fingerprint(G, D)
    patches = Patches()
    patches.D = D
    with pytest.raises(DataError, match=r"one logit an image.*\(4, 4\)"):
        make_trainer(torch_loader(), G=G, D=patches).fit()
    assert fingerprint(G, D) == before


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(64)
        self.head = nn.Linear(64 + 3, 1)

    def forward(self, images, labels):
        pixels = self.norm(images.flatten(1))
        return self.head(torch.cat([pixels, torch.eye(3)[labels]], dim=1))


def test_real_and_fake_share_no_pass_through_batch_normalisation(networks, make_trainer, tiny, spy):
    G, _ = networks()
    D = spy(Normalised())
    make_trainer([tiny(8)], G=G, D=D).fit()
    assert [len(images) for images, _, _ in D.calls] == [8, 8, 8]  # real, fake, and G's turn
    assert torch.equal(D.calls[0][0], tiny(8)[0])


def test_optimisers_have_the_rates_that_were_asked_for(networks):
    algorithm = Adversarial(generator_lr=1e-2, discriminator_lr=3e-2, betas=(0.5, 0.6))
    optimizers = algorithm.optimizers(*networks())
    rates = {name: o.param_groups[0]["lr"] for name, o in optimizers.items()}
    assert rates == {"G": 1e-2, "D": 3e-2}
    assert all(o.param_groups[0]["betas"] == (0.5, 0.6) for o in optimizers.values())


def test_is_a_frozen_value():
    algorithm = Adversarial()
    assert algorithm == Adversarial()
    assert dataclasses.replace(algorithm, generator_lr=0.5) != algorithm
    with pytest.raises(dataclasses.FrozenInstanceError):
        algorithm.generator_lr = 0.5


def test_both_sides_learn_in_one_step_from_a_batch_of_one(make_trainer, tiny, fingerprint):
    trainer = make_trainer([tiny(1)], algorithm=Adversarial(ema_half_life=None))
    before = fingerprint(trainer.G), fingerprint(trainer.D)
    trainer.fit()
    assert fingerprint(trainer.G) != before[0]
    assert fingerprint(trainer.D) != before[1]
    assert all(torch.isfinite(p).all() for p in (*trainer.G.parameters(), *trainer.D.parameters()))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (
            {"loss": "binary-cross-entropie"},
            UnknownNameError,
            "did you mean 'binary-cross-entropy'",
        ),
        ({"fake_labels": "unifrom"}, ConfigError, "'real', 'uniform' or 'data'; got 'unifrom'"),
        ({"ema_half_life": 0}, ConfigError, "ema_half_life must be positive, or None"),
        ({"ema_half_life": -5.0}, ConfigError, "got -5.0"),
        ({"generator_lr": -1}, ConfigError, "generator_lr must be a number from 0; got -1"),
        ({"loss": None}, ConfigError, "BinaryCrossEntropy\\(\\); got None"),
        ({"loss": BinaryCrossEntropy}, ConfigError, "loss must be a name, or a value"),
        ({"generator_lr": "1e-3"}, ConfigError, "got '1e-3'"),
        ({"discriminator_terms": abs}, ConfigError, r"as \(R1"),
        ({"generator_terms": ("R1",)}, ConfigError, "generator_terms must be a tuple of terms"),
    ],
)
def test_settings_that_cannot_work_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        Adversarial(**arguments)


def test_a_loss_may_be_named():
    assert Adversarial(loss="binary-cross-entropy") == Adversarial()


def test_a_term_sees_the_step_and_may_judge_other_images(make_trainer, library_loader):
    seen = []

    def term(turn):
        halves = (turn.real_images + turn.fake_images) / 2
        seen.append((turn.step, turn.logits(halves, turn.real_labels).shape))
        return turn.fake_logits.sum() * 0

    algorithm = Adversarial(discriminator_terms=(term,))
    make_trainer(library_loader(), algorithm=algorithm).fit()
    assert seen == [(0, (4,)), (1, (4,)), (2, (4,)), (3, (4,))]


# How often, in how many parts, and how fast -------------------------------------------------


class Steps(Callback):
    """Calls a function of the state after each step, and keeps what it gives."""

    def __init__(self, look):
        self.look, self.seen = look, []

    def on_batch_end(self, state):
        self.seen.append(self.look(state))


def test_g_moves_on_every_nth_batch(make_trainer, torch_loader, fingerprint):
    steps = Steps(lambda state: (fingerprint(state.G), fingerprint(state.D), set(state.logs)))
    trainer = make_trainer(
        torch_loader(32, 4), algorithm=Adversarial(n_critic=3), callbacks=[steps]
    )
    start = fingerprint(trainer.G), fingerprint(trainer.D), set()
    trainer.fit(2)
    pairs = list(zip([start, *steps.seen], steps.seen, strict=False))
    moved = [i + 1 for i, (before, after) in enumerate(pairs) if before[0] != after[0]]
    assert moved == [3, 6, 9, 12, 15]  # over the end of the epoch of 8 as well
    assert all(before[1] != after[1] for before, after in pairs)
    assert [i + 1 for i, (*_, logs) in enumerate(steps.seen) if "g_loss" in logs] == moved
    assert (trainer.state.step, trainer.state.images) == (16, 64)  # batches count once
    assert len(trainer.history["g_loss"]) == len(trainer.history["d_loss"]) == 2


def test_an_epoch_in_which_g_never_moves_has_no_loss_of_g(make_trainer, torch_loader, tmp_path):
    trainer = make_trainer(
        torch_loader(16, 4),
        algorithm=Adversarial(n_critic=6),
        callbacks=[LossHistory(every=2)],
    ).fit(2)
    assert ["g_loss" in row for row in trainer.history.epochs] == [False, True]
    as_csv, _ = trainer.history.save(tmp_path)
    assert len(as_csv.read_text().splitlines()) == 3
    figure = trainer.history.plot()
    assert len(figure.axes) == 2


def test_turns_count_the_moves_of_their_own_player(make_trainer, torch_loader):
    def counting(seen):
        def term(turn):
            seen.append((turn.step, turn.progress))
            return turn.fake_logits.sum() * 0

        return term

    of_d, of_g = [], []
    algorithm = Adversarial(
        n_critic=2, discriminator_terms=(counting(of_d),), generator_terms=(counting(of_g),)
    )
    make_trainer(torch_loader(16, 4), algorithm=algorithm).fit()
    assert of_d == [(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75)]
    assert of_g == [(0, 0.25), (1, 0.75)]


def test_a_batch_may_be_judged_in_parts(networks, make_trainer, tiny, spy, rows):
    G, D = map(spy, networks())
    algorithm = Adversarial(
        accumulate=3, discriminator_terms=(Constant(7.0),), generator_terms=(Constant(2.0),)
    )
    trainer = make_trainer([tiny(8)], G=G, D=D, algorithm=algorithm).fit()
    # chunks of 3, 3 and 2: real with fake in one pass for D, then fakes alone for G
    assert [len(images) for images, _, _ in D.calls] == [6, 6, 4, 3, 3, 2]
    real = torch.cat([images[: len(images) // 2] for images, _, _ in D.calls[:3]])
    assert torch.equal(real, tiny(8)[0])
    (row,) = rows(trainer)
    on_d = [
        softplus(out * torch.tensor([-1.0, 1.0]).repeat_interleave(len(out) // 2)).sum()
        for _, _, out in D.calls[:3]
    ]
    assert row["d_loss"] == pytest.approx(7 + sum(on_d).item() / 8, rel=1e-5)
    on_g = [softplus(-out).sum() for _, _, out in D.calls[3:]]
    assert row["g_loss"] == pytest.approx(2 + sum(on_g).item() / 8, rel=1e-5)
    assert trainer.state.step == 1


def test_more_parts_than_images_are_as_many_as_images(networks, make_trainer, tiny, spy):
    G, D = map(spy, networks())
    make_trainer([tiny(2)], G=G, D=D, algorithm=Adversarial(accumulate=5)).fit()
    assert [len(images) for images, _, _ in D.calls] == [2, 2, 1, 1]


def norm(network):
    return torch.cat([p.grad.flatten() for p in network.parameters()]).norm().item()


def test_gradients_of_both_players_are_clipped(make_trainer, tiny):
    free = make_trainer([tiny(8)], algorithm=Adversarial()).fit()
    assert min(norm(free.G), norm(free.D)) > 1e-3
    clipped = make_trainer([tiny(8)], algorithm=Adversarial(clip_norm=1e-3)).fit()
    assert norm(clipped.G) == pytest.approx(1e-3, rel=1e-2)
    assert norm(clipped.D) == pytest.approx(1e-3, rel=1e-2)


def test_a_limit_out_of_reach_changes_nothing(make_trainer, torch_loader, fingerprint):
    free, clipped = (
        make_trainer(torch_loader(), algorithm=Adversarial(clip_norm=limit)).fit()
        for limit in (None, 1e6)
    )
    assert fingerprint(free.G, free.D) == fingerprint(clipped.G, clipped.D)


def rates(state):
    return tuple(state.optimizers[player].param_groups[0]["lr"] for player in "GD")


def test_the_rates_follow_the_schedule_and_a_second_fit_starts_it_anew(make_trainer, torch_loader):
    steps = Steps(rates)
    algorithm = Adversarial(
        generator_lr=1e-2, discriminator_lr=4e-2, lr_schedule=Ramp(1, 0, begin=0.5)
    )
    trainer = make_trainer(torch_loader(16, 4), algorithm=algorithm, callbacks=[steps]).fit(2)
    factors = [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert [g for g, _ in steps.seen] == pytest.approx([1e-2 * f for f in factors])
    assert [d for _, d in steps.seen] == pytest.approx([4e-2 * f for f in factors])
    steps.seen.clear()
    trainer.fit(1)
    assert [g for g, _ in steps.seen] == pytest.approx([1e-2, 1e-2, 1e-2, 0.5e-2])


def test_a_rate_of_zero_moves_nothing(make_trainer, torch_loader, fingerprint):
    algorithm = Adversarial(lr_schedule=Ramp(0, 0), ema_half_life=None)
    trainer = make_trainer(torch_loader(), algorithm=algorithm)
    before = fingerprint(trainer.G, trainer.D)
    trainer.fit()
    assert fingerprint(trainer.G, trainer.D) == before


def test_without_a_schedule_rates_stay(make_trainer, torch_loader):
    steps = Steps(rates)
    make_trainer(torch_loader(), algorithm=Adversarial(), callbacks=[steps]).fit()
    assert set(steps.seen) == {(1e-3, 1e-3)}


def test_fakes_of_classes_as_in_the_data(networks, make_trainer, tiny, spy):
    G, D = map(spy, networks())
    images, _ = tiny(64)
    labels = torch.tensor([0, 2, 2, 2]).repeat(16)  # class 1 is never shown
    batches = list(zip(images.split(16), labels.split(16), strict=True))
    make_trainer(batches, G=G, D=D, algorithm=Adversarial(fake_labels="data")).fit(4)
    asked = torch.cat([labels for _, labels, _ in G.calls])
    counts = torch.bincount(asked, minlength=3).tolist()
    assert sum(counts) == 2 * 4 * 64
    assert counts[1] == 0
    assert counts[0] / sum(counts) == pytest.approx(0.25, abs=0.06)


def test_how_sure_an_augmented_d_is_of_real_images_is_told(networks, make_trainer, tiny):
    class Fixed(nn.Module):
        """A logit of -1, 0 and 1 for the three classes."""

        judges_each_alone = True

        def __init__(self, offset):
            super().__init__()
            self.offset = offset
            self.nothing = nn.Parameter(torch.zeros(()))

        def forward(self, images, labels):
            return self.offset + labels - 1.0 + self.nothing * images.mean(dim=(1, 2, 3))

    for offset in (0.0, 3.0):  # which a relativistic loss leaves open
        D = Augmented(Fixed(offset))
        algorithm = Adversarial(discriminator_lr=0.0)
        trainer = make_trainer([tiny(8)], D=D, algorithm=algorithm).fit()
        # Labels 0, 1, 2, 0, 1, 2, 0, 1 of real and of fake images: three logits below the mean of
        # -1/8, five above.
        assert trainer.history["real_sign"] == [0.25]
    _, D = networks()
    assert "real_sign" not in make_trainer([tiny(8)], D=D).fit().history.names()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_critic": 0}, "n_critic must be a positive whole number; got 0"),
        ({"n_critic": 1.5}, "n_critic must be a positive whole number; got 1.5"),
        ({"accumulate": -2}, "accumulate must be a positive whole number; got -2"),
        ({"accumulate": True}, "accumulate must be"),
        ({"clip_norm": 0}, "clip_norm must be positive, or None for none; got 0"),
        ({"clip_norm": float("nan")}, "clip_norm must be a number; got nan"),
        ({"lr_schedule": 0.5}, r"lr_schedule must be a Ramp, such as Ramp\(1, 0\).*got 0.5"),
    ],
)
def test_paces_that_cannot_work_are_refused(arguments, words):
    with pytest.raises(ConfigError, match=words):
        Adversarial(**arguments)


def test_whole_numbers_may_come_as_floats(make_trainer, tiny):
    algorithm = Adversarial(n_critic=1.0, accumulate=2.0)
    assert (algorithm.n_critic, algorithm.accumulate) == (1, 2)
    make_trainer([tiny(4)], algorithm=algorithm).fit()
