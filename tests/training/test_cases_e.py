"""What goes wrong in GAN steps elsewhere: shapes, leaks, stale copies, half precision, counters.

Each test names the case (D42 to D50) that it stands for; most run for every registered recipe, on
small convolutional networks with batch normalisation in G.
"""

import copy
import dataclasses
import gc
import itertools

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam

import condgan
from condgan import Adversarial, Article, Augment, Augmented, Callback, ImageSnapshots, LossHistory
from condgan.errors import ConfigError, DataError
from condgan.objectives.terms import R1, R2, GradientPenalty
from condgan.plugins.registry import known
from condgan.training.algorithms import adversarial, article
from condgan.training.averaging import values
from condgan.training.state import TrainState
from condgan.verdict import Verdict

PRESETS = list(known("algorithm"))
LOSSES = list(known("loss"))
SHAPE = (1, 16, 16)
CLASSES = 3


def real(n, shape=SHAPE, seed=0, classes=CLASSES):
    """`n` random images and their labels 0, 1, 2, 0, ..."""
    stream = torch.Generator().manual_seed(seed)
    return torch.rand(n, *shape, generator=stream) * 2 - 1, torch.arange(n) % classes


def batches(count, size=4):
    images, labels = real(count * size)
    return list(zip(images.split(size), labels.split(size), strict=True))


def convolutional(name, seed=0):
    return condgan.preset(name).networks(CLASSES, SHAPE, seed=seed, architecture="dcgan", width=4)


def flat(name, seed=0):
    """Networks in which every image stands for itself: no statistics, no power iteration."""
    return condgan.preset(name).networks(CLASSES, (1, 8, 8), seed=seed, architecture="mlp", width=8)


def trainer_of(name, data, networks=None, algorithm=None, **more):
    G, D = convolutional(name) if networks is None else networks
    algorithm = condgan.preset(name).algorithm if algorithm is None else algorithm
    return condgan.Trainer(
        G, D, data, algorithm=algorithm, **{"seed": 0, "progress": False, "device": "cpu", **more}
    )


def critics(name):
    return getattr(condgan.preset(name).algorithm, "n_critic", 1)


def weights(network):
    return [p.detach().clone() for p in network.parameters()]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


class Told(Callback):
    """Calls a function with the state after each step."""

    def __init__(self, tell):
        self.tell = tell

    def on_batch_end(self, state):
        self.tell(state)


class Wrapped(nn.Module):
    """A network whose outputs go through a function, with the attributes that algorithms read."""

    def __init__(self, network, change):
        super().__init__()
        self.network, self.change = network, change
        for name in ("classes", "image_shape", "latent_dim", "auxiliary", "judges_each_alone"):
            if hasattr(network, name):
                setattr(self, name, getattr(network, name))

    def forward(self, first, labels):
        return self.change(first, labels, self.network(first, labels))


# D42: logits in columns ---------------------------------------------------------------------


def in_columns(*tail):
    def change(images, labels, said):
        if isinstance(said, Verdict):
            return Verdict(said.logits.reshape(-1, *tail), said.class_logits)
        return said.reshape(-1, *tail)

    return change


@pytest.mark.parametrize("tail", [(1,), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("name", PRESETS)
def test_d42_columns_of_logits_train_the_same(name, tail, fingerprint, rows):
    found = []
    for shape in ((), tail):
        G, D = convolutional(name)
        trainer = trainer_of(name, batches(critics(name)), (G, Wrapped(D, in_columns(*shape))))
        trainer.fit()
        found.append((fingerprint(G, D), rows(trainer)))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", PRESETS)
def test_d42_patches_of_logits_are_refused(name, fingerprint):
    G, D = convolutional(name)

    def patches(images, labels, said):
        logits = said.logits if isinstance(said, Verdict) else said
        patched = logits[:, None].expand(-1, 9)
        return Verdict(patched, said.class_logits) if isinstance(said, Verdict) else patched

    before = weights(G), weights(D)
    with pytest.raises(DataError, match=r"one logit an image, shape \(\d,\); this one gave"):
        trainer_of(name, batches(5), (G, Wrapped(D, patches))).fit()
    assert same(before[0], weights(G))
    assert same(before[1], weights(D))


# D43: gradients -----------------------------------------------------------------------------


def watched(trainer):
    """What happens to weights and gradients at each optimiser's step, a row a step."""
    seen = []
    networks = {"G": trainer.G, "D": trainer.D}

    def look(player):
        def before(*_):
            seen.append({"player": player, "before": {k: weights(n) for k, n in networks.items()}})
            seen[-1]["gradients"] = {
                k: [None if p.grad is None else p.grad.clone() for p in n.parameters()]
                for k, n in networks.items()
            }

        def after(*_):
            seen[-1]["after"] = {k: weights(n) for k, n in networks.items()}

        trainer.state.optimizers[player].register_step_pre_hook(before)
        trainer.state.optimizers[player].register_step_post_hook(after)

    look("G")
    look("D")
    return seen


def moves_of(algorithm, steps):
    if isinstance(algorithm, Article):
        return ["D", "D", "G"] * steps
    return [
        move
        for step in range(1, steps + 1)
        for move in (["D", "G"] if step % algorithm.n_critic == 0 else ["D"])
    ]


def nothing(gradients):
    return all(g is None or not g.any() for g in gradients)


def alike(first, second):
    return all(
        (a is None and b is None) or (a is not None and b is not None and torch.equal(a, b))
        for a, b in zip(first, second, strict=True)
    )


FORMS = {"n_critic=1": {"n_critic": 1}, "n_critic=2": {"n_critic": 2}}
FORMS["accumulate=2"] = {"n_critic": 1, "accumulate": 2}
FORMS["clip_norm=0.1"] = {"n_critic": 2, "clip_norm": 0.1}


@pytest.mark.parametrize(
    ("name", "form"),
    [("article", None), *itertools.product([name for name in PRESETS if name != "article"], FORMS)],
)
def test_d43_each_move_changes_its_own_player_alone(name, form):
    algorithm = condgan.preset(name).algorithm
    if form is not None:
        algorithm = dataclasses.replace(algorithm, **FORMS[form])
    trainer = trainer_of(name, batches(4), algorithm=algorithm)
    start = {"G": weights(trainer.G), "D": weights(trainer.D)}
    seen = watched(trainer)
    kept = {}
    trainer.state.average = None  # so that G holds the raw weights to the end
    trainer.fit()
    assert [row["player"] for row in seen] == moves_of(algorithm, 4)
    now = start
    left = {"G": [None] * len(start["G"]), "D": [None] * len(start["D"])}
    for row in seen:
        player, other = row["player"], "D" if row["player"] == "G" else "G"
        assert same(row["before"]["G"], now["G"])  # nothing moves but by its optimiser
        assert same(row["before"]["D"], now["D"])
        assert not same(row["after"][player], row["before"][player])
        assert same(row["after"][other], row["before"][other])
        assert alike(row["gradients"][other], left[other])  # the move put nothing there
        assert not nothing(row["gradients"][player])
        now, left = row["after"], row["gradients"]
        kept[player] = row["gradients"][player]
    assert alike(kept["D"], [p.grad for p in trainer.D.parameters()])
    assert all(p.requires_grad for p in (*trainer.D.parameters(), *trainer.G.parameters()))


def plain_steps(trainer, lr=1.0):
    """Plain gradient steps: what Adam makes of a gradient of nearly zero is no measure."""
    trainer.state.optimizers = {
        "G": SGD(trainer.G.parameters(), lr=lr),
        "D": SGD(trainer.D.parameters(), lr=lr),
    }
    return trainer


@pytest.fixture
def set_noise(monkeypatch):
    """Noise from a table, whatever parts a batch is drawn in."""

    def reset():
        table = torch.randn(64, 100, generator=torch.Generator().manual_seed(3))
        used = [0]

        def draw(state, n):
            used[0] += n
            return table[used[0] - n : used[0]]

        monkeypatch.setattr(adversarial, "draw_noise", draw)

    return reset


@pytest.mark.parametrize("size", [8, 5])  # in halves, and in parts of 3 and 2
@pytest.mark.parametrize("name", [name for name in PRESETS if name != "article"])
def test_d43_parts_of_a_batch_make_the_step_of_the_whole(name, size, set_noise):
    found = []
    for parts in (1, 2):
        set_noise()
        algorithm = dataclasses.replace(
            condgan.preset(name).algorithm,
            accumulate=parts,
            n_critic=1,
            lr_schedule=None,
            generator_lr=0.1,
            discriminator_lr=0.1,
            ema_half_life=None,
        )
        G, D = flat(name)
        if D.spectral_norm:  # each pass is a step of its power iteration
            D = condgan.ConditionalDiscriminator(CLASSES, (1, 8, 8), seed=1, width=8)
        start = [*weights(G), *weights(D)]
        data = [real(size, (1, 8, 8))]
        trainer = plain_steps(trainer_of(name, data, (G, D), algorithm), lr=0.1).fit()
        logs = {key: trainer.history[key][0] for key in ("d_loss", "g_loss")}
        found.append(([*weights(G), *weights(D)], logs))
    (whole, logs), (in_parts, logs_in_parts) = found
    assert max((a - b).abs().max().item() for a, b in zip(whole, start, strict=True)) > 1e-3
    for a, b in zip(whole, in_parts, strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-5)
    assert logs_in_parts == pytest.approx(logs, rel=1e-5)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_d43_long_gradients_are_shortened_and_short_ones_are_not(accumulate, set_noise):
    """With plain steps at rate 1 the change of the weights is the gradient."""
    found = {}
    for clip in (None, 1e-3, 1e6):
        set_noise()
        algorithm = Adversarial(clip_norm=clip, accumulate=accumulate, ema_half_life=None)
        data = [real(8, (1, 8, 8))]
        trainer = plain_steps(trainer_of("quick", data, flat("quick"), algorithm))
        seen = watched(trainer)
        trainer.fit()
        found[clip] = [
            torch.cat([(a - b).flatten() for a, b in zip(*pair, strict=True)])
            for row in seen
            for pair in [(row["after"][row["player"]], row["before"][row["player"]])]
        ]
    for whole, cut, uncut in zip(found[None], found[1e-3], found[1e6], strict=True):
        assert torch.equal(whole, uncut)
        assert whole.norm() > 1e-2
        assert cut.norm().item() == pytest.approx(1e-3, rel=1e-3)
        if whole is found[None][0]:  # G meets another D where D's step was shorter
            assert torch.nn.functional.cosine_similarity(cut, whole, dim=0) > 0.999


@pytest.mark.parametrize("value", [0, -1.0])
def test_d43_a_limit_of_nothing_is_refused(value):
    with pytest.raises(
        ConfigError, match=f"clip_norm must be positive, or None for none; got {value}"
    ):
        Adversarial(clip_norm=value)


# D44: old graphs ----------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("terms", [(), (R1(), R2(), GradientPenalty())], ids=["plain", "penalties"])
def test_d44_two_moves_of_d_for_one_of_g(loss, terms):
    G, D = convolutional("quick")
    drawn = []

    def keep(z, labels, images):
        drawn.append((z, images.requires_grad, images.detach().clone()))
        return images

    algorithm = Adversarial(loss, discriminator_terms=terms, n_critic=2, ema_half_life=None)
    trainer = trainer_of("quick", batches(4), (Wrapped(G, keep), D), algorithm).fit()
    assert all(row["d_loss"] == row["d_loss"] for row in trainer.history.epochs)
    assert all(p.isfinite().all() for p in (*G.parameters(), *D.parameters()))
    # D, D, G, and again; G's turn draws new images from new noise, with a graph of their own.
    assert [graph for _, graph, _ in drawn] == [False, False, True] * 2
    for (z, _, images), (other, _, others) in itertools.pairwise(drawn):
        assert not torch.equal(z, other)
        assert not torch.equal(images, others)


# D45: batch mates ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_d45_a_drawing_does_not_depend_on_its_batch(name, fingerprint):
    G = trainer_of(name, batches(critics(name))).fit().generator.train()
    before = fingerprint(G)
    assert any("running_mean" in key for key in G.state_dict())
    z = torch.randn(9, G.latent_dim, generator=torch.Generator().manual_seed(0))
    together = G.generate([0, 1, 2] * 3, z=z)
    for i in (0, 4, 8):
        alone = G.generate([i % 3], z=z[i : i + 1])
        assert torch.allclose(alone[0], together[i], rtol=0, atol=1e-5)
    assert torch.allclose(G.generate([0, 1, 2] * 3, z=z, batch_size=2), together, atol=1e-5)
    assert not together.requires_grad
    assert fingerprint(G) == before
    assert G.training
    G.train()(z, torch.arange(9) % 3)
    assert fingerprint(G) != before  # as it would be, drawn in training mode


# D46: the average ---------------------------------------------------------------------------


def test_d46_real_numbers_are_averaged_and_counters_copied():
    G, D = convolutional("quick")
    raw, averaged = [], []

    def look(state):
        raw.append([v.detach().clone() for v in values(state.G)])
        averaged.append([v.detach().clone() for v in values(state.average.module)])

    start = [v.detach().clone() for v in values(G)]
    algorithm = Adversarial(ema_half_life=2.0, generator_lr=1e-2)
    trainer = trainer_of("quick", batches(3), (G, D), algorithm, callbacks=[Told(look)])
    drawn = []
    trainer.callbacks.append(Told(lambda state: drawn.append(state.G.generate(n=2, seed=0))))
    trainer.fit()
    parameters = len(list(G.parameters()))
    # Half-lives of 0.05 * (4, 8, 12) images; each step of 4 images keeps 2^-(4 / half-life).
    by_hand = start
    for step, now in enumerate(raw):
        keeps = 0.5 ** (4 / (0.05 * 4 * (step + 1)))
        by_hand = [
            keeps * old + (1 - keeps) * new if new.is_floating_point() else new
            for old, new in zip(by_hand, now, strict=True)
        ]
        for got, wanted in zip(averaged[step], by_hand, strict=True):
            assert got.dtype == wanted.dtype
            assert torch.allclose(got, wanted, atol=1e-6)
    counters = {n: b for n, b in trainer.G.named_buffers() if n.endswith("num_batches_tracked")}
    assert counters
    # Six passes: each step draws for D and for G.
    assert all(b.dtype == torch.int64 and b == 6 for b in counters.values())
    assert not same(averaged[-1][:parameters], raw[-1][:parameters])
    assert same(values(trainer.G), averaged[-1])  # what is left in G is the average
    images = trainer.G.generate(n=2, seed=0)
    assert images.isfinite().all()
    assert not torch.equal(images, drawn[-1])
    noise, _ = convolutional("quick", seed=40)
    assert (images - drawn[-1]).abs().mean() < (images - noise.generate(n=2, seed=0)).abs().mean()


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "article"])
def test_d46_every_average_has_the_counters_of_g(name):
    seen = []

    def look(state):
        pairs = zip(state.average.module.buffers(), state.G.buffers(), strict=True)
        seen.append([torch.equal(a, b) for a, b in pairs if not a.is_floating_point()])
        assert all(buffer.isfinite().all() for buffer in state.average.module.buffers())

    trainer_of(name, batches(5), callbacks=[Told(look)]).fit()
    assert len(seen) == 5
    assert all(row and all(row) for row in seen)


# D47: half the bits -------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Looking:
    """A loss that notes in what its logits and its result are."""

    loss: object
    seen: list = dataclasses.field(default_factory=list, hash=False, compare=False)

    def _noted(self, value, *inputs):
        self.seen.extend(x.dtype for x in (value, *inputs))
        return value

    def discriminator(self, turn):
        return self._noted(self.loss.discriminator(turn), turn.real_logits, turn.fake_logits)

    def generator(self, turn):
        return self._noted(self.loss.generator(turn), turn.fake_logits)

    def real(self, logits):
        return self._noted(self.loss.real(logits), logits)

    def fake(self, logits):
        return self._noted(self.loss.fake(logits), logits)


@pytest.mark.parametrize("name", PRESETS)
def test_d47_bf16_trains_and_losses_stay_float32(name, monkeypatch):
    algorithm = condgan.preset(name).algorithm
    if isinstance(algorithm, Article):
        look = Looking(article.LOSS)
        monkeypatch.setattr(article, "LOSS", look)
    else:
        look = Looking(algorithm.loss)
        # Two moves of D for one of G, so that three steps hold both.
        algorithm = dataclasses.replace(algorithm, loss=look, n_critic=min(algorithm.n_critic, 2))
    G, D = convolutional(name)
    computed = []
    for layer in (m for m in (*G.modules(), *D.modules()) if isinstance(m, (nn.Linear, nn.Conv2d))):
        layer.register_forward_hook(lambda _, __, out: computed.append(out.dtype))
    logs = []
    trainer = trainer_of(
        name,
        batches(3),
        (G, D),
        algorithm,
        precision="bf16",
        callbacks=[Told(lambda state: logs.append(dict(state.logs)))],
    )
    trainer.fit()
    assert torch.bfloat16 in computed
    assert look.seen
    assert set(look.seen) == {torch.float32}
    assert len(logs) == 3
    assert {"d_loss", "g_loss"} <= logs[0].keys() | logs[1].keys()
    for row in logs:
        assert all(value.dtype == torch.float32 and value.isfinite() for value in row.values())
    for value in (*values(G), *values(D), *values(trainer.state.generator)):
        assert value.dtype in (torch.float32, torch.int64)
        assert value.isfinite().all()
    for optimizer in trainer.state.optimizers.values():
        for kept in optimizer.state.values():
            assert {v.dtype for v in kept.values()} == {torch.float32}
    assert G.generate(n=1, seed=0).dtype == torch.float32


def test_d47_bf16_is_near_float32_and_outside_of_fit_nothing_is_cast(fingerprint):
    found = []
    for precision in ("float32", "bf16"):
        trainer = trainer_of("quick", batches(3), precision=precision).fit()
        assert not torch.is_autocast_enabled("cpu")
        found.append((trainer.history["d_loss"][0], fingerprint(trainer.G)))
    assert found[0][1] != found[1][1]
    assert found[0][0] == pytest.approx(found[1][0], rel=0.02)


def test_d47_bf16_with_augmentation():
    G, D = convolutional("quick")
    D = Augmented(D, Augment(translation=0.25, cutout=0.25, colour=0.25, flip=True))
    trainer = trainer_of("quick", batches(3), (G, D), precision="bf16").fit()
    assert all(v.isfinite().all() for v in (*values(G), *values(D)))
    assert -1 <= trainer.history["real_sign"][0] <= 1


@pytest.mark.parametrize("precision", ["fp16", "float16", "16", "float64", None])
def test_d47_other_precisions_are_refused_before_anything_changes(precision, fingerprint):
    G, D = convolutional("quick")
    before, stream = fingerprint(G, D), torch.get_rng_state()
    with pytest.raises(ConfigError, match="precision must be 'float32' or 'bf16'; got") as error:
        trainer_of("quick", batches(1), (G, D), precision=precision, seed=None)
    assert ("fp16 overflows" in str(error.value)) == (precision in ("fp16", "float16"))
    assert fingerprint(G, D) == before
    assert torch.equal(torch.get_rng_state(), stream)
    assert all(p.requires_grad and p.grad is None for p in (*G.parameters(), *D.parameters()))


class Fresh(nn.Module):
    """A network that says whether it computed with the weights that it has now.

    A copy has no cast weights that autocast might have kept from before a step.
    """

    def __init__(self, network):
        super().__init__()
        self.network, self.agrees = [network], []
        self.inner = network
        for name in ("classes", "image_shape", "latent_dim", "auxiliary", "judges_each_alone"):
            if hasattr(network, name):
                setattr(self, name, getattr(network, name))

    def forward(self, first, labels):
        twin = copy.deepcopy(self.inner)
        out = self.inner(first, labels)
        with torch.no_grad():
            wanted = twin(first, labels)
        pairs = zip(out, wanted, strict=True) if isinstance(out, Verdict) else [(out, wanted)]
        self.agrees.append(all(torch.equal(a, b) for a, b in pairs))
        return out


@pytest.mark.parametrize("name", PRESETS)
def test_d47_bf16_never_computes_with_weights_of_before_a_step(name):
    algorithm = condgan.preset(name).algorithm
    rates = ("lr",) if isinstance(algorithm, Article) else ("generator_lr", "discriminator_lr")
    # Large steps, so that a stale weight shows in bf16's three digits.
    algorithm = dataclasses.replace(algorithm, **dict.fromkeys(rates, 0.05))
    if not isinstance(algorithm, Article):
        algorithm = dataclasses.replace(
            algorithm, n_critic=1, lr_schedule=None, ema_half_life=None, reuse_fakes=False
        )
    G, D = map(Fresh, convolutional(name))
    trainer_of(name, batches(2), (G, D), algorithm, precision="bf16").fit()
    assert len(D.agrees) >= 4
    assert len(G.agrees) == 4
    assert all(D.agrees)
    assert all(G.agrees)


def test_d47_a_step_in_bf16_is_the_one_made_by_hand():
    G, D = flat("quick")
    twin_G, twin_D = copy.deepcopy(G), copy.deepcopy(D)
    images, y = real(8, (1, 8, 8))
    algorithm = Adversarial("hinge", generator_lr=0.05, discriminator_lr=0.05, ema_half_life=None)
    trainer_of("quick", [(images, y)], (G, D), algorithm, precision="bf16").fit()

    random = torch.Generator().manual_seed(0)
    steps = {
        name: Adam(network.parameters(), lr=0.05, betas=(0.0, 0.99), fused=True)
        for name, network in (("G", twin_G), ("D", twin_D))
    }

    def half():
        return torch.autocast("cpu", dtype=torch.bfloat16)

    z = torch.randn(8, 100, generator=random)
    with half(), torch.no_grad():
        fakes = twin_G(z, y)
    with half():
        logits = twin_D(torch.cat([images, fakes]), torch.cat([y, y])).float()
    loss = (1 - logits[:8]).relu().mean() + (1 + logits[8:]).relu().mean()
    loss.backward()
    steps["D"].step()
    z = torch.randn(8, 100, generator=random)
    with half():  # a block of its own, so that nothing cast for D's move is left
        logits = twin_D(twin_G(z, y), y).float()
    (-logits.mean()).backward()
    steps["G"].step()
    for ours, by_hand in ((D, twin_D), (G, twin_G)):
        for a, b in zip(weights(ours), weights(by_hand), strict=True):
            assert torch.allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("term", [R1(), R2(), GradientPenalty()], ids=repr)
def test_d47_the_gradient_of_a_penalty_is_float32_in_bf16(term):
    """Not only its value: differentiating it again must not lose bits either."""

    class Nothing:
        def discriminator(self, turn):
            return turn.real_logits.sum() * 0

        def generator(self, turn):
            return turn.fake_logits.sum() * 0

    class Black(nn.Module):  # images that are the same in either precision
        classes, image_shape, latent_dim = condgan.Classes(CLASSES), (1, 8, 8), 5

        def __init__(self):
            super().__init__()
            self.level = nn.Parameter(torch.zeros(()))

        def forward(self, z, labels):
            return self.level - torch.ones(len(z), 1, 8, 8)

    found = []
    for precision in ("float32", "bf16"):
        _, D = flat("quick")
        algorithm = Adversarial(Nothing(), discriminator_terms=(term,), ema_half_life=None)
        data = [real(8, (1, 8, 8))]
        trainer = trainer_of("quick", data, (Black(), D), algorithm, precision=precision)
        plain_steps(trainer).fit()
        found.append(torch.cat([p.grad.flatten() for p in D.parameters() if p.grad is not None]))
    assert found[0].norm() > 0
    assert (found[0] - found[1]).abs().max() <= 1e-5 * found[0].abs().max()


# D48: which label goes with which fake -------------------------------------------------------


def key(image):
    return image.detach().contiguous().numpy().tobytes()


@pytest.mark.parametrize("name", PRESETS)
def test_d48_d_judges_each_fake_with_the_label_that_g_was_given(name):
    G, D = convolutional(name)
    asked, judged, labels_of_fakes = {}, {}, []

    def drew(z, labels, images):
        labels_of_fakes.extend(labels.tolist())
        asked.update({key(i): int(k) for i, k in zip(images, labels, strict=True)})
        return images

    def saw(images, labels, said):
        for image, label in zip(images, labels, strict=True):
            judged.setdefault(key(image), set()).add(int(label))
        return said

    images, labels = real(60)
    data = condgan.LabelledImages(images, labels, condgan.Classes(CLASSES))
    loader = data.loader(6, shuffle=True)
    trainer_of(name, loader, (Wrapped(G, drew), Wrapped(D, saw))).fit()
    assert len(asked) == len(labels_of_fakes) >= 60
    assert asked.keys() <= judged.keys()
    assert all(judged[image] == {label} for image, label in asked.items())
    shown = {key(i): int(k) for i, k in zip(images, labels, strict=True)}
    assert shown.keys() <= judged.keys()
    assert all(judged[image] == {label} for image, label in shown.items())
    assert set(labels_of_fakes) == set(range(CLASSES))


def spied_labels(fake_labels, labels, seed, size=16, shuffle=True):
    """Labels of each batch of an epoch, and those that G was given on D's and on G's turn."""
    G, D = condgan.preset("quick").networks(CLASSES, (1, 4, 4), seed=0, width=4)
    images, _ = real(len(labels), (1, 4, 4))
    asked, shown = [], []

    def drew(z, labels, images):
        asked.append(labels.clone())
        return images

    def saw(images, labels, said):
        if len(images) == 2 * size:  # D's turn
            shown.append(labels[:size].clone())
        return said

    data = condgan.LabelledImages(images, labels, condgan.Classes(CLASSES))
    trainer_of(
        "quick",
        data.loader(size, shuffle=shuffle),
        (Wrapped(G, drew), Wrapped(D, saw)),
        Adversarial(fake_labels=fake_labels, ema_half_life=None),
        seed=seed,
    ).fit()
    return torch.stack(shown), torch.stack(asked[::2]), torch.stack(asked[1::2])


def chi_square(labels, shares):
    counts = torch.bincount(labels.flatten(), minlength=CLASSES)
    expected = torch.tensor(shares) * counts.sum()
    return ((counts - expected).square() / expected).sum().item()


UNEVEN = (0.625, 0.25, 0.125)


def uneven(n):
    counts = [round(share * n) for share in UNEVEN]
    return torch.repeat_interleave(torch.arange(CLASSES), torch.tensor(counts))


def test_d48_real_labels_are_those_of_the_batch():
    shown, on_d, on_g = spied_labels("real", uneven(640), seed=0)
    assert len(shown) == 40
    assert torch.equal(on_d, shown)
    assert torch.equal(on_g, shown)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("fake_labels", "shares"), [("uniform", (1 / 3, 1 / 3, 1 / 3)), ("data", UNEVEN)]
)
def test_d48_drawn_labels_have_the_frequencies_that_are_documented(fake_labels, shares, seed):
    shown, on_d, on_g = spied_labels(fake_labels, uneven(640), seed)
    # With 2 degrees of freedom 13.8 is passed once in a thousand; the first batches of "data"
    # know little of it, hence a little more.
    for drawn in (on_d, on_g):
        assert chi_square(drawn, shares) < 16
        assert not torch.equal(drawn, shown)
        wrong = (1 / 3, 1 / 3, 1 / 3) if fake_labels == "data" else UNEVEN
        assert chi_square(drawn, wrong) > 100
    assert not torch.equal(on_d, on_g)


def test_d48_labels_as_in_the_data_follow_what_was_seen_so_far():
    labels = torch.repeat_interleave(torch.arange(CLASSES), 64)  # sorted: four batches a class
    _, on_d, on_g = spied_labels("data", labels, seed=0, shuffle=False)
    for drawn in (on_d, on_g):
        assert (drawn[:4] == 0).all()
        assert drawn[4:8].max() == 1
        assert (drawn[8:] == 2).any()


@pytest.mark.parametrize("fake_labels", ["uniform", "data"])
def test_d48_drawn_attributes_are_rows_of_the_batch(fake_labels):
    attributes = condgan.Attributes(["round", "red"])
    G, D = condgan.preset("quick").networks(
        attributes, (1, 4, 4), seed=0, width=4, encoder="multihot"
    )
    asked = []

    def drew(z, labels, images):
        asked.append(labels.clone())
        return images

    images, _ = real(8, (1, 4, 4))
    labels = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1], [1, 1], [1, 0], [0, 0], [1, 0]])
    algorithm = Adversarial(fake_labels=fake_labels)
    trainer_of("quick", [(images, labels)], (Wrapped(G, drew), D), algorithm).fit()
    assert len(asked) == 2
    for drawn in asked:
        assert sorted(drawn.tolist()) == sorted(labels.tolist())


def test_d48_an_unknown_choice_is_refused():
    with pytest.raises(ConfigError, match="'real', 'uniform' or 'data'; got 'balanced'"):
        Adversarial(fake_labels="balanced")


# D49: graphs that are kept ------------------------------------------------------------------


def tensors_alive():
    gc.collect()
    return sum(type(thing) in (torch.Tensor, nn.Parameter) for thing in gc.get_objects())


@pytest.fixture
def _little_to_count():
    """What lives already is not counted, which saves most of the time of counting."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_little_to_count")
@pytest.mark.parametrize("name", PRESETS)
def test_d49_nothing_piles_up_step_by_step(name):
    alive, graphs = [], []

    def look(state):
        graphs.extend(v.requires_grad for v in state.logs.values() if isinstance(v, torch.Tensor))

    class Count(Callback):
        def on_epoch_end(self, state):
            alive.append(tensors_alive())

    trainer = trainer_of(
        name, batches(10, 2), flat_sixteen(name), callbacks=[Told(look), Count(), LossHistory(1)]
    )
    trainer.fit(4)
    assert not any(graphs)
    assert 0 < alive[1] == alive[2] == alive[3]
    for row in (*trainer.history.epochs, *trainer.history.steps):
        for column, value in row.items():
            assert type(value) is (int if column in ("epoch", "step", "images") else float)
    assert len(trainer.history.steps) == 40


def flat_sixteen(name):
    return condgan.preset(name).networks(CLASSES, SHAPE, seed=0, architecture="mlp", width=4)


def test_d49_pictures_are_drawn_without_a_graph(tmp_path):
    G, D = convolutional("article")
    seen = []

    def drew(z, labels, images):
        seen.append((G.training, images.requires_grad))
        return images

    G.backbone.register_forward_hook(lambda _, args, images: drew(*args, images))
    pictures = ImageSnapshots(tmp_path, every=1, unit="steps", n=1, film=None)
    trainer_of("article", batches(2), (G, D), callbacks=[pictures]).fit()
    drawn = [graph for training, graph in seen if not training]
    assert len(drawn) >= 2
    assert not any(drawn)
    assert [graph for training, graph in seen if training] == [False, True] * 2


# D50: steps ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_d50_a_step_is_a_batch_however_many_optimisers_move(name, tmp_path):
    told = []
    pictures = ImageSnapshots(tmp_path, every=4, unit="steps", n=1, film=None)
    trainer = trainer_of(
        name,
        batches(8, 2),
        flat_sixteen(name),
        callbacks=[Told(lambda state: told.append(state.step)), pictures, LossHistory(1)],
    )
    trainer.fit()
    assert trainer.state.step == 8
    assert told == list(range(1, 9))
    assert trainer.history["step"] == [8]
    assert [row["step"] for row in trainer.history.steps] == told
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        path.name for path in pictures.saved
    ]
    assert [int(path.stem.split("-")[-1]) for path in pictures.saved][-2:] == [4, 8]
    moves = moves_of(trainer.algorithm, 8)
    for player, optimizer in trainer.state.optimizers.items():
        counts = {int(kept["step"]) for kept in optimizer.state.values()}
        assert counts == ({moves.count(player)} if moves.count(player) else set())
    assert len([row for row in trainer.history.steps if row.get("g_loss") is not None]) == (
        8 // critics(name)
    )


def test_d50_terms_count_the_moves_of_their_player():
    seen = {"D": [], "G": []}

    def noting(player):
        def term(turn):
            seen[player].append((turn.step, turn.progress))
            return turn.fake_logits.sum() * 0

        return term

    algorithm = Adversarial(
        discriminator_terms=(noting("D"),), generator_terms=(noting("G"),), n_critic=2
    )
    trainer_of("quick", batches(4, 2), flat_sixteen("quick"), algorithm).fit(2)
    # Eight steps, of which every other is a move of G as well.
    assert seen["D"] == [(step, step / 8) for step in range(8)]
    assert seen["G"] == [(move, (2 * move + 1) / 8) for move in range(4)]


def test_d50_rates_follow_their_schedule_through_a_run():
    rates = []

    def look(state):
        rates.append([o.param_groups[0]["lr"] for o in state.optimizers.values()])

    algorithm = Adversarial(
        generator_lr=1.0e-3,
        discriminator_lr=2.0e-3,
        lr_schedule=condgan.Ramp(1.0, 0.0, begin=0.5),
        ema_half_life=None,
    )
    trainer = trainer_of("quick", batches(4, 2), flat_sixteen("quick"), algorithm)
    trainer.callbacks.append(Told(look))
    trainer.fit(2)
    # Whole until half of the eight steps are done, then 1, 3/4, 1/2, 1/4.
    factors = [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert [pair[0] for pair in rates] == pytest.approx([1e-3 * f for f in factors])
    assert [pair[1] for pair in rates] == pytest.approx([2e-3 * f for f in factors])


def test_d50_progress_is_that_of_the_current_fit():
    seen = []

    def look(state: TrainState):
        seen.append(state.progress)

    trainer = trainer_of("quick", batches(2, 2), flat_sixteen("quick"), callbacks=[Told(look)])
    trainer.fit(2)
    assert seen == [0.25, 0.5, 0.75, 1.0]
    trainer.fit(1)
    assert seen[4:] == [0.5, 1.0]
