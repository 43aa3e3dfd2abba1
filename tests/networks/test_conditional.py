"""The two networks put together: their arguments, their refusals, their seeds, their faces."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from condgan import Architecture, ConditionalDiscriminator, ConditionalGenerator, Verdict
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.errors import ArgumentTypeError, ConfigError, LabelError
from condgan.networks.base import checked_image_shape
from condgan.networks.heads import LinearHead, ProjectionHead
from condgan.networks.mlp import MlpDiscriminator, MlpGenerator
from condgan.plugins.registry import known

BOTH = pytest.mark.parametrize("make", [ConditionalGenerator, ConditionalDiscriminator])


@BOTH
@pytest.mark.parametrize(
    ("classes", "condition"),
    [
        (3, Classes(3)),
        (["cat", "dog"], Classes(["cat", "dog"])),
        (Classes([1, 2]), Classes([1, 2])),
        (Attributes(["hat"]), Attributes(["hat"])),
    ],
)
def test_classes_come_in_every_form(make, classes, condition):
    network = make(classes, (1, 4, 4))
    assert network.classes == condition
    assert network.image_shape == (1, 4, 4)


@BOTH
def test_wrong_classes_are_refused(make):
    with pytest.raises(LabelError, match="at least one class"):
        make(0, (1, 4, 4))
    with pytest.raises(ArgumentTypeError, match=r"write \['cat'\]"):
        make("cat", (1, 4, 4))


@pytest.mark.parametrize(
    "shape", [(1, 28, 28), [3, 8, 16], torch.Size([1, 2, 3]), np.array([1, 2, 3]), (1.0, 2, 3)]
)
def test_an_image_shape_is_three_whole_numbers(shape):
    checked = checked_image_shape(shape)
    assert checked == tuple(shape)
    assert [type(size) for size in checked] == [int] * 3


@BOTH
@pytest.mark.parametrize(
    "shape",
    [
        28,
        None,
        (28, 28),
        (1, 1, 28, 28),
        (0, 28, 28),
        (1, -28, 28),
        (1, 28.5, 28),
        (1, 28, float("inf")),
        (1, 28, float("nan")),
        (None, 28, 28),
        "128",
        "abc",
    ],
)
def test_other_image_shapes_are_refused(make, shape):
    said = f"must be (channels, height, width), such as (1, 28, 28); got {shape!r}"
    with pytest.raises(ConfigError, match=re.escape(said)):
        make(3, shape)


@pytest.mark.parametrize("latent_dim", [0, -1, 2.5, "100", None])
def test_a_latent_dim_that_is_none_is_refused(latent_dim):
    said = f"latent_dim must be a positive whole number; got {latent_dim!r}"
    with pytest.raises(ConfigError, match=re.escape(said)):
        ConditionalGenerator(3, (1, 4, 4), latent_dim=latent_dim)


@BOTH
def test_an_unknown_option_is_named(make):
    with pytest.raises(ConfigError, match=r"'mlp' cannot be made with the options .*'widht'"):
        make(3, (1, 4, 4), widht=7)


def test_options_reach_the_architecture():
    asked = []

    class Plain(nn.Module):
        def __init__(self, *sizes, **options):
            super().__init__()
            asked.append((sizes, options))
            self.features = 16

        def forward(self, given, condition):
            return torch.zeros(2, 1, 4, 4) if given.ndim == 2 else given.flatten(1)

    mine = Architecture(Plain, Plain)
    for shape in ((1, 4, 4), [1.0, 4, 4]):
        asked.clear()
        ConditionalGenerator(3, shape, latent_dim=9, architecture=mine, depth=2)
        ConditionalDiscriminator(3, shape, architecture=mine, blocks=[1, 2])
        assert asked == [((9, 3, (1, 4, 4)), {"depth": 2}), ((3, (1, 4, 4)), {"blocks": [1, 2]})]
        assert {type(size) for sizes, _ in asked for size in sizes[-1]} == {int}


@BOTH
def test_a_seed_repeats_the_weights_and_leaves_the_global_stream(make):
    before = torch.get_rng_state()
    first, second, other = (make(3, (1, 4, 4), seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@BOTH
def test_without_a_seed_the_weights_come_from_the_global_stream(make):
    torch.manual_seed(4)
    first = make(3, (1, 4, 4)).state_dict()
    torch.manual_seed(4)
    second = make(3, (1, 4, 4)).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_seed_that_fails_inside_leaves_the_global_stream():
    before = torch.get_rng_state()
    with pytest.raises(ConfigError):
        ConditionalGenerator(3, (1, 4, 4), seed=1, widht=7)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_configuration_is_plain_and_complete():
    G = ConditionalGenerator(["cat", "dog"], (1, 4, 4), latent_dim=7, width=9)
    assert G.config() == {
        "role": "generator",
        "classes": {"kind": "classes", "labels": ["cat", "dog"]},
        "image_shape": [1, 4, 4],
        "architecture": "mlp",
        "encoder": "onehot",
        "options": {"width": 9},
        "latent_dim": 7,
    }
    D = ConditionalDiscriminator(2, (1, 4, 4), encoder="embedding")
    assert D.config() == {
        "role": "discriminator",
        "classes": {"kind": "classes", "labels": [0, 1]},
        "image_shape": [1, 4, 4],
        "architecture": "mlp",
        "encoder": "embedding",
        "options": {},
        "conditioning": "concat",
        "auxiliary": None,
        "spectral_norm": False,
    }


def test_a_logit_is_the_heads_and_has_no_sigmoid():
    D = ConditionalDiscriminator(3, (1, 4, 4), seed=0)
    with torch.no_grad():
        D.head.any_label.weight.zero_()
        D.head.any_label.bias.fill_(-40.0)
    assert D(torch.zeros(2, 1, 4, 4), torch.tensor([0, 1])).tolist() == [-40.0, -40.0]


def test_the_discriminator_looks_at_image_and_label():
    D = ConditionalDiscriminator(3, (1, 4, 4), seed=0)
    blank, white = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    zero, one = torch.tensor([0]), torch.tensor([1])
    logits = {D(image, label).item() for image in (blank, white) for label in (zero, one)}
    assert len(logits) == 4


# Which architecture


@BOTH
@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ((1, 1, 1), "mlp"),
        ((1, 8, 8), "mlp"),
        ((1, 15, 40), "mlp"),
        ((3, 40, 15), "mlp"),
        ((1, 16, 16), "dcgan"),
        ((1, 28, 28), "dcgan"),
        ((3, 64, 100), "dcgan"),
        ((3, 65, 64), "dcgan"),
        ((3, 65, 65), "resnet"),
        ([1.0, 16.0, 16.0], "dcgan"),
    ],
)
def test_auto_picks_by_the_shorter_side_and_says_so(make, shape, name):
    network = make(3, shape, width=2)
    assert network.config()["architecture"] == name
    assert network.architecture == known("architecture")[name]
    sizes = tuple(int(size) for size in shape)
    face = f"{make.__name__}(\n  Classes(3), {sizes}, architecture={name!r}"
    assert repr(network).startswith(face)


@BOTH
def test_a_name_is_kept_whatever_the_size(make):
    assert make(3, (1, 28, 28), architecture="mlp").config()["architecture"] == "mlp"
    assert make(3, (1, 8, 8), architecture="resnet").config()["architecture"] == "resnet"


@BOTH
def test_an_architecture_without_a_name_is_shown(make):
    mine = Architecture(MlpGenerator, MlpDiscriminator)
    assert "architecture=Architecture(generator=<class" in repr(
        make(3, (1, 4, 4), architecture=mine)
    )


# Where the label comes in

EVERY = pytest.mark.parametrize("architecture", list(known("architecture")))
IMAGES = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
ONE_IMAGE = IMAGES[:1].expand(3, -1, -1, -1)
LABELS = torch.arange(3)


def critic(classes=3, **options):
    return ConditionalDiscriminator(
        classes, (1, 16, 16), **{"seed": 0, "width": 4, "architecture": "mlp", **options}
    )


def backbone_sees(D):
    """How wide a condition the backbone is given."""
    seen = []
    D.backbone.register_forward_pre_hook(lambda _, args: seen.append(args[1].shape[1]))
    D(IMAGES, LABELS)
    return seen[0]


@EVERY
@pytest.mark.parametrize("conditioning", ["concat", "projection"])
def test_concat_and_projection_see_the_label(architecture, conditioning):
    D = critic(architecture=architecture, conditioning=conditioning).eval()
    assert torch.pdist(D(ONE_IMAGE, LABELS)[:, None]).min() > 0
    assert isinstance(D.head, ProjectionHead if conditioning == "projection" else LinearHead)
    assert backbone_sees(D) == (3 if conditioning == "concat" else 0)


@EVERY
@pytest.mark.parametrize("auxiliary", ["ac", "adc"])
@pytest.mark.parametrize("spectral_norm", [False, True])
def test_with_none_nobody_sees_the_label(architecture, auxiliary, spectral_norm):
    D = critic(
        architecture=architecture,
        conditioning="none",
        auxiliary=auxiliary,
        spectral_norm=spectral_norm,
    ).eval()
    assert isinstance(D.head, LinearHead)
    assert backbone_sees(D) == 0
    one, other = D(IMAGES, LABELS), D(IMAGES, LABELS.flip(0))
    for first, second in zip(one, other, strict=True):
        assert torch.equal(first, second)


def test_a_projection_leaves_the_features_and_the_auxiliary_head_without_the_label():
    D = critic(conditioning="projection", auxiliary="ac").eval()
    one, other = D(IMAGES, LABELS), D(IMAGES, LABELS.flip(0))
    assert torch.equal(one.class_logits, other.class_logits)
    assert not torch.equal(one.logits, other.logits)


@pytest.mark.parametrize("architecture", ["mlp", "dcgan", "resnet"])
def test_by_default_the_architecture_chooses(architecture):
    chosen = known("architecture")[architecture]
    D = critic(architecture=architecture)
    assert D.conditioning == chosen.conditioning
    assert D.spectral_norm is chosen.spectral_norm
    mine = chosen._replace(conditioning="none", spectral_norm=not chosen.spectral_norm)
    with pytest.raises(ConfigError, match="needs an auxiliary head to have any effect"):
        critic(architecture=mine)
    D = critic(architecture=mine, auxiliary="ac")
    assert D.conditioning == "none"
    assert D.spectral_norm is not chosen.spectral_norm


@pytest.mark.parametrize("conditioning", ["norm", "label", "Projection", "", 3, True])
def test_another_conditioning_is_refused(conditioning):
    said = f"conditioning must be one of 'concat', 'projection', 'none'; got {conditioning!r}"
    with pytest.raises(ConfigError, match=re.escape(said)):
        critic(conditioning=conditioning)


def test_encoders_of_any_precision_serve():
    class Table(nn.Module):
        def forward(self, labels):
            return torch.eye(3, dtype=torch.float64)[labels]

    for architecture in known("architecture"):
        D = critic(architecture=architecture, encoder=Table()).eval()
        named = critic(architecture=architecture, encoder="onehot").eval()
        assert torch.equal(D(IMAGES, LABELS), named(IMAGES, LABELS))


# How strong the condition is


@EVERY
@pytest.mark.parametrize("conditioning", ["concat", "projection", "none"])
def test_a_condition_of_no_strength_judges_every_label_alike(architecture, conditioning):
    D = critic(
        architecture=architecture,
        conditioning=conditioning,
        encoder="embedding",
        auxiliary="ac" if conditioning == "none" else None,
    ).eval()
    D.condition_strength.zero_()
    said = D(ONE_IMAGE, LABELS)
    logits = said.logits if conditioning == "none" else said
    assert torch.allclose(logits, logits[:1].expand(3), atol=1e-6)


@EVERY
def test_a_condition_of_no_strength_draws_every_label_alike(architecture):
    G = ConditionalGenerator(
        3, (1, 16, 16), architecture=architecture, encoder="embedding", seed=0, width=4
    )
    z = torch.randn(1, 100, generator=torch.Generator().manual_seed(0)).expand(3, -1)
    G.condition_strength.zero_()
    images = G.generate(z=z)
    assert torch.allclose(images, images[:1].expand_as(images), atol=1e-6)


def test_a_projection_grows_with_the_strength():
    D = critic(conditioning="projection").eval()
    logits = {}
    for strength in (0.0, 0.25, 1.0):
        D.condition_strength.fill_(strength)
        logits[strength] = D(ONE_IMAGE, LABELS)
    quarter = 0.75 * logits[0.0] + 0.25 * logits[1.0]
    assert torch.allclose(logits[0.25], quarter, atol=1e-5)


@BOTH
def test_the_strength_is_one_saved_and_no_parameter(make, tmp_path):
    network = make(3, (1, 4, 4))
    assert float(network.condition_strength) == 1.0
    assert "condition_strength" not in dict(network.named_parameters())
    network.condition_strength.fill_(0.25)
    network.save_pretrained(tmp_path)
    assert float(make.from_pretrained(tmp_path).condition_strength) == 0.25


# A second head


@EVERY
@pytest.mark.parametrize(
    ("classes", "auxiliary", "asked", "outputs"),
    [
        (3, "ac", [0, 1, 2], 3),
        (3, "adc", [0, 1, 2], 6),
        (["cat", "dog", "cow", "hen"], "ac", ["hen", "cat", "dog"], 4),
        (1, "ac", [0, 0, 0], 1),
        (1, "adc", [0, 0, 0], 2),
        (Attributes(["hat", "smile"]), "ac", [set(), {"hat"}, {"hat", "smile"}], 2),
    ],
)
@pytest.mark.parametrize("conditioning", ["projection", "none"])
def test_an_auxiliary_head_names_what_an_image_shows(
    architecture, classes, auxiliary, asked, outputs, conditioning
):
    D = critic(classes, architecture=architecture, auxiliary=auxiliary, conditioning=conditioning)
    verdict = D(IMAGES, D.classes.canonical(asked))
    assert isinstance(verdict, Verdict)
    assert verdict.logits.shape == (3,)
    assert verdict.class_logits.shape == (3, outputs)
    assert D.auxiliary == auxiliary


def test_without_an_auxiliary_head_the_answer_is_a_tensor():
    D = critic()
    assert type(D(IMAGES, LABELS)) is torch.Tensor
    assert D.auxiliary is None
    assert D.auxiliary_head is None


def test_both_heads_read_the_same_features():
    D = critic(auxiliary="ac", conditioning="none").eval()
    with torch.no_grad():
        D.head.any_label.weight.copy_(torch.tensor([[1.0, 0, 0, 0]]))
        D.head.any_label.bias.zero_()
        D.auxiliary_head.weight.copy_(torch.eye(3, 4))
        D.auxiliary_head.bias.copy_(torch.tensor([0.0, 10.0, 20.0]))
    features = D.backbone(IMAGES, torch.zeros(3, 0))
    logits, class_logits = D(IMAGES, LABELS)
    assert torch.allclose(logits, features[:, 0], atol=1e-6)
    assert torch.allclose(class_logits, features[:, :3] + torch.tensor([0, 10, 20]), atol=1e-6)


@pytest.mark.parametrize(
    ("classes", "auxiliary", "said"),
    [
        (Quantities(["angle"]), "ac", "'ac' cannot name Quantities(['angle']); it is made for "),
        (Quantities(["angle"]), "ac", "made for classes or attributes"),
        (Quantities(2), "adc", "'adc' cannot name Quantities(['0', '1']); it is made for classes."),
        (Attributes(["hat"]), "adc", "'adc' cannot name Attributes(['hat']); it is made for class"),
        (3, "acgan", "auxiliary must be 'ac', 'adc' or None; got 'acgan'"),
        (3, True, "auxiliary must be 'ac', 'adc' or None; got True"),
        (3, "", "auxiliary must be 'ac', 'adc' or None; got ''"),
    ],
)
def test_a_head_that_cannot_be_is_refused(classes, auxiliary, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        critic(classes, auxiliary=auxiliary)


# Spectral normalisation


@EVERY
def test_every_weight_of_the_judge_is_normalised_and_of_an_encoder_with_a_name(architecture):
    D = critic(
        architecture=architecture,
        encoder="embedding",
        auxiliary="ac",
        conditioning="projection",
        spectral_norm=True,
    )
    for _ in range(50):
        D(IMAGES, LABELS)
    seen = 0
    for name, module in D.named_modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.Embedding)):
            weight = module.weight.detach().flatten(1)
            top = torch.linalg.matrix_norm(weight, ord=2).item()
            seen += 1
            assert top == pytest.approx(1, abs=0.05), name
    assert seen >= 5  # encoder, two of the projection, the auxiliary head, one at least before
    own = nn.Embedding(3, 4)
    critic(architecture=architecture, encoder=own, spectral_norm=True)
    assert not hasattr(own, "parametrizations")


@EVERY
def test_without_it_weights_are_as_they_are(architecture):
    D = critic(architecture=architecture, auxiliary="ac", spectral_norm=False)
    assert not [m for m in D.modules() if hasattr(m, "parametrizations")]


# On disk


@pytest.mark.parametrize("spectral_norm", [False, True, None])
@pytest.mark.parametrize("auxiliary", ["ac", "adc", None])
@pytest.mark.parametrize("conditioning", ["concat", "projection", "none", None])
@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
def test_all_settings_come_back(tmp_path, architecture, conditioning, auxiliary, spectral_norm):
    if conditioning == "concat" and auxiliary:
        conditioning = "projection"  # the two together are refused
    if conditioning == "none" and not auxiliary:
        auxiliary = "ac"
    D = critic(
        architecture=architecture,
        conditioning=conditioning,
        auxiliary=auxiliary,
        spectral_norm=spectral_norm,
        depth=2,
    )
    D(IMAGES, LABELS)  # in training mode, where the power iteration goes on
    D.save_pretrained(tmp_path)
    again = ConditionalDiscriminator.from_pretrained(tmp_path)
    assert again.config() == D.config()
    for name in ("conditioning", "auxiliary", "spectral_norm", "judges_each_alone"):
        assert getattr(again, name) == getattr(D, name)
    for one, other in zip(again.eval()(IMAGES, LABELS), D.eval()(IMAGES, LABELS), strict=True):
        assert torch.equal(one, other)


def test_settings_of_a_generator_come_back(tmp_path):
    G = ConditionalGenerator(3, (2, 17, 20), width=2, depth=3, conditioning="concat", seed=0)
    G.save_pretrained(tmp_path)
    again = ConditionalGenerator.from_pretrained(tmp_path)
    assert again.config() == G.config()
    assert again.config()["architecture"] == "dcgan"
    assert torch.equal(again.generate(seed=1), G.generate(seed=1))


def test_an_auxiliary_head_never_finds_the_label_among_the_features():
    D = ConditionalDiscriminator(3, (1, 8, 8), architecture="mlp", auxiliary="ac", seed=0)
    assert D.conditioning == "projection"
    with pytest.raises(ConfigError, match="the features hold the label already"):
        ConditionalDiscriminator(3, (1, 8, 8), auxiliary="ac", conditioning="concat")
