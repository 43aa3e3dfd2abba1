"""The same network for other classes: what it drew and judged, it draws and judges as before."""

import itertools

import pytest
import torch
from torch import nn

import condgan
from condgan import Architecture, Attributes, ConditionalDiscriminator, ConditionalGenerator
from condgan.classes import Classes
from condgan.errors import ConfigError, LabelError
from condgan.modes import evaluating
from condgan.networks.mlp import MlpDiscriminator, MlpGenerator
from condgan.networks.reclassed import NOISE
from condgan.plugins.registry import known

OLD = ["ant", "bee", "cow"]
NEW = ["bee", "owl", "ant", "fox", "cow"]
SHAPE = (2, 9, 11)
CASES = [
    (architecture, encoder)
    for architecture, encoder in itertools.product(known("architecture"), known("label encoder"))
    if known("label encoder")[encoder].condition is Classes
]
HEADS = [
    (conditioning, auxiliary, spectral)
    for conditioning, auxiliary in [
        ("concat", None),
        ("projection", None),
        ("projection", "adc"),
        ("none", "ac"),
    ]
    for spectral in (False, True)
]


def noise(n, *shape, seed=0):
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed))


def generator(classes=OLD, shape=SHAPE, **options):
    options = {"architecture": "mlp", "width": 4, "latent_dim": 5, "seed": 0, **options}
    G = ConditionalGenerator(classes, shape, **options)
    with torch.no_grad():  # a generator that has learnt: labels matter
        for parameter in G.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.manual_seed(1)))
    return G


def drawn(G, labels, seed=0):
    return G.generate(labels, z=noise(len(labels), 5, seed=seed))


def judged(D, labels):
    with evaluating(D):
        out = D(noise(len(labels), *SHAPE).clamp(-1, 1), D.classes.canonical(labels))
    return out if isinstance(out, tuple) else (out, None)


# What is kept


@pytest.mark.parametrize(("architecture", "encoder"), CASES)
def test_old_classes_are_drawn_as_before(architecture, encoder):
    G = generator(architecture=architecture, encoder=encoder)
    before = drawn(G, OLD)
    assert (before[0] - before[1]).abs().max() > 1e-3
    for labels in (NEW, OLD[::-1], ["cow", "ant"], [*OLD, "owl"]):
        other = G.with_classes(labels, seed=0)
        assert other.classes == Classes(labels)
        kept = [label for label in OLD if label in labels]
        assert (drawn(other, kept) - drawn(G, kept)).abs().max() < 1e-6
        if encoder == "embedding":
            assert torch.equal(drawn(other, kept), drawn(G, kept))
    assert torch.equal(drawn(G, OLD), before)  # the old network is as it was


@pytest.mark.parametrize("architecture", ["dcgan", "resnet"])
def test_labels_beside_the_noise_are_kept_too(architecture):
    G = generator(architecture=architecture, conditioning="concat")
    assert (drawn(G.with_classes(NEW), OLD) - drawn(G, OLD)).abs().max() < 1e-6


@pytest.mark.parametrize(("architecture", "encoder"), CASES)
def test_old_classes_are_judged_as_before(architecture, encoder):
    for conditioning, auxiliary, spectral in HEADS:
        D = ConditionalDiscriminator(
            OLD,
            SHAPE,
            architecture=architecture,
            encoder=encoder,
            conditioning=conditioning,
            auxiliary=auxiliary,
            spectral_norm=spectral,
            width=4,
            seed=0,
        )
        D.train()(noise(4, *SHAPE), torch.arange(4) % 3)  # the singular vectors are on their way
        other = D.with_classes(NEW, seed=0)
        (logits, shown), (now, now_shown) = judged(D, OLD), judged(other, OLD)
        assert torch.allclose(now, logits, rtol=1e-4, atol=1e-5)
        if auxiliary:
            at = other.classes.canonical(OLD)
            halves = zip(shown.split(3, dim=1), now_shown.split(5, dim=1), strict=True)
            for half, now_half in halves:
                assert torch.allclose(now_half[:, at], half, rtol=1e-4, atol=1e-5)


def test_training_goes_on(tiny):
    images, labels = tiny(8, classes=3)
    G = ConditionalGenerator(2, (1, 8, 8), width=4, latent_dim=5, seed=0)
    D = ConditionalDiscriminator(2, (1, 8, 8), width=4, seed=1, spectral_norm=True)
    G, D = G.with_classes(3, seed=0), D.with_classes(3, seed=0)
    loader = condgan.LabelledImages(images, labels, Classes(3)).loader(4)
    before = G.generate(n=1, seed=0)
    condgan.Trainer(G, D, loader, seed=0, progress=False, device="cpu").fit(1)
    after = G.generate(n=1, seed=0)
    assert torch.isfinite(after).all()
    assert (after - before).flatten(1).abs().amax(1).min() > 0


def test_the_new_network_can_be_kept(tmp_path):
    G = generator(encoder="embedding").with_classes(NEW, seed=0)
    G.save_pretrained(tmp_path)
    again = ConditionalGenerator.from_pretrained(tmp_path)
    assert torch.equal(drawn(again, NEW), drawn(G, NEW))


# Where new classes start


def test_a_new_class_starts_near_the_mean_of_the_old_ones():
    G = generator(encoder="embedding")
    vectors = G.encoder.vectors.weight.detach()
    far = []
    for seed in range(20):
        weight = G.with_classes([*OLD, "owl"], seed=seed).encoder.vectors.weight.detach()
        assert torch.equal(weight[:3], vectors)
        far.append((weight[3] - vectors.mean(0)) / vectors.std(0, correction=0))
    assert 0.8 * NOISE < torch.stack(far).std() < 1.2 * NOISE
    assert abs(float(torch.stack(far).mean())) < 0.2 * NOISE


def test_beside_a_single_class_a_new_one_starts_as_its_copy():
    weight = generator(["ant"], encoder="embedding").with_classes(["owl", "ant"]).encoder.vectors
    assert torch.equal(weight.weight[0], weight.weight[1])


def test_numbers_of_a_head_with_two_a_class_by_hand():
    D = ConditionalDiscriminator(2, (1, 2, 2), architecture="mlp", width=1, auxiliary="adc")
    with torch.no_grad():
        D.auxiliary_head.bias.copy_(torch.tensor([1.0, 1.0, 3.0, 3.0]))  # real 0, 1; fake 0, 1
    bias = D.with_classes([1, 2, 0], seed=0).auxiliary_head.bias
    assert bias.tolist() == [1.0, 1.0, 1.0, 3.0, 3.0, 3.0]


def test_the_seed_makes_the_new_class_and_leaves_the_global_stream_alone(fingerprint):
    G = generator()
    stream = torch.get_rng_state()
    one, same, other = (G.with_classes(NEW, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), stream)
    assert fingerprint(one) == fingerprint(same) != fingerprint(other)
    assert fingerprint(G.with_classes(NEW)) != fingerprint(G.with_classes(NEW))


def test_mode_and_precision_are_those_of_the_old_network():
    G = generator(encoder="embedding").double().eval()
    other = G.with_classes(NEW)
    assert not other.training
    assert {p.dtype for p in other.parameters()} == {torch.float64}
    assert torch.equal(other.encoder.vectors.weight[2], G.encoder.vectors.weight[0])
    assert generator().train().with_classes(NEW).training


def test_classes_that_training_has_not_seen_are_known():
    G = generator()
    assert G.with_classes(NEW).unseen is None
    G.unseen = ("bee",)
    other = G.with_classes(NEW)
    assert other.unseen == ("bee", "owl", "fox")
    with pytest.warns(UserWarning, match="never trained.*'owl'"):
        other.generate("owl")
    G.unseen = ()
    assert G.with_classes(OLD[:2]).unseen == ()


# What is refused


def test_none_of_the_old_ones_kept_is_refused():
    with pytest.raises(ConfigError, match=r"none of the labels 'owl', 'fox'.*'ant', 'bee', 'cow'"):
        generator().with_classes(["owl", "fox"])
    with pytest.raises(LabelError, match="'owl' comes twice"):
        generator().with_classes(["ant", "owl", "owl"])


def test_other_conditions_are_refused():
    with pytest.raises(ConfigError, match=r"only a network of classes.*Attributes"):
        generator(Attributes(["hat"])).with_classes(["ant"])


def test_an_encoder_of_ones_own_is_refused():
    class Mine(nn.Module):
        def forward(self, labels):
            return labels[:, None].float()

    with pytest.raises(ConfigError, match="an encoder of your own"):
        generator(encoder=Mine()).with_classes(NEW)


class LabelFirst(MlpGenerator):
    """Joins the label before the noise, so that its numbers are the first."""

    def forward(self, z, condition):
        return super().forward(condition, z)


class Wider(MlpGenerator):
    """Grows with the number of classes in more than the label's own numbers."""

    def __init__(self, latent_dim, condition_size, image_shape, width=4):
        super().__init__(latent_dim, condition_size, image_shape, width=width * condition_size)


class LayerForEach(MlpGenerator):
    """Has a layer for each class, by its own name."""

    def __init__(self, latent_dim, condition_size, image_shape, width=4):
        super().__init__(latent_dim, condition_size, image_shape, width=width)
        self.each = nn.ModuleList(nn.Linear(1, 1) for _ in range(condition_size))


@pytest.mark.parametrize("backbone", [LabelFirst, Wider, LayerForEach])
def test_weights_that_do_not_say_what_is_whose_are_refused(backbone):
    G = generator(architecture=Architecture(backbone, MlpDiscriminator))
    with pytest.raises(ConfigError, match="do not say which of them belong to which class"):
        G.with_classes(NEW)


def test_an_architecture_without_a_name_will_do():
    G = generator(architecture=Architecture(MlpGenerator, MlpDiscriminator))
    assert (drawn(G.with_classes(NEW), OLD) - drawn(G, OLD)).abs().max() < 1e-6
