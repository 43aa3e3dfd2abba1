"""Values worked out by hand, runs that go on, and condgan's own checks."""

import pytest
import torch
from condgan_lecam import LeCam, LeCamDivergence

import condgan
from condgan.cli import main
from condgan.errors import ConfigError
from condgan.plugins import owner
from condgan.testing import check_plugin


def turn(real, fake, step=0):
    """A turn in which the discriminator says this of real and of fake images."""
    real, fake = (torch.as_tensor(x, dtype=torch.float32).view(-1, 1, 1, 1) for x in (real, fake))
    labels = [torch.zeros(len(x), dtype=torch.int64) for x in (real, fake)]
    return condgan.Turn(
        lambda images, _: images.flatten(), real, labels[0], fake, labels[1], step=step
    )


def test_the_plugin_is_found_and_fits_in():
    assert owner("loss", "lecam") == owner("algorithm", "lecam") == "condgan-lecam"
    assert condgan.Adversarial("lecam").loss == LeCamDivergence()
    check_plugin("condgan-lecam")


def test_anchors_follow_the_logits():
    term = LeCam(weight=1.0, decay=0.75)
    assert term(turn([1, 3], [-2])) == ((1 + 2) ** 2 + (3 + 2) ** 2) / 2 + (-2 - 2) ** 2
    assert term.memory["anchors"].tolist() == [2, -2]
    # Anchors: 0.75 * 2 + 0.25 * 6 = 3 and 0.75 * -2 + 0.25 * 2 = -1.
    assert term(turn([6], [2], step=1)) == (6 + 1) ** 2 + (2 - 3) ** 2
    assert term.memory["anchors"].tolist() == [3, -1]


def test_the_anchors_take_no_gradient():
    logits = torch.tensor([2.0], requires_grad=True)
    LeCam(weight=1.0)(turn(logits, [-1.0])).backward()
    assert logits.grad.item() == 2 * (2 + 1)


def test_a_new_run_forgets_the_last_one():
    used, fresh = LeCam(), LeCam()
    for step in range(3):
        used(turn([5.0], [-5.0], step))
    assert used == fresh  # what it remembers is no setting
    assert used(turn([1.0], [0.0])) == fresh(turn([1.0], [0.0]))


def test_the_best_discriminator_measures_the_lecam_divergence():
    loss = LeCamDivergence(weight=0.25, anchor=1.0)
    c = 1 / (2 * 0.25) - 1.0
    # Two kinds of images: real ones are of the first three times of four, fakes of the second.
    best = torch.tensor([c / 2, -c / 2], requires_grad=True)
    found = turn(best[[0, 0, 0, 1]], best[[0, 1, 1, 1]])
    (slope,) = torch.autograd.grad(loss.discriminator(found), best)
    assert slope.abs().max() < 1e-6
    divergence = (0.75 - 0.25) ** 2 / 1 * 2
    apart = (found.real_logits.mean() - found.fake_logits.mean()).item()
    assert apart == pytest.approx(c * divergence)


@pytest.mark.parametrize(("weight", "anchor"), [(0.0, 0.5), (0.5, 1.0), (float("nan"), 0.5)])
def test_a_loss_that_would_teach_the_opposite_is_refused(weight, anchor):
    with pytest.raises(ConfigError, match=r"anchor below 1 / \(2 \* weight\)"):
        LeCamDivergence(weight, anchor)


def trainer(folder, algorithm="lecam"):
    data = condgan.load_data("digits").subset(range(64))
    G = condgan.ConditionalGenerator(data.classes, data.image_shape, width=16, seed=0)
    D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, width=16, seed=1)
    save = condgan.Checkpoint(folder, keep=None)
    return condgan.Trainer(
        G, D, data.loader(16), algorithm=algorithm, callbacks=[save], seed=0, device="cpu",
        progress=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "algorithm",
    [
        lambda: "lecam",
        lambda: condgan.Adversarial(discriminator_terms=(condgan.Every(2, LeCam()), condgan.R1())),
    ],
    ids=["by name", "now and then"],
)
def test_a_resumed_run_is_bit_for_bit_the_same(tmp_path, algorithm):
    straight = trainer(tmp_path / "straight", algorithm()).fit(4)
    # The checkpoint of the second epoch, of a run that was asked for four.
    (middle,) = (tmp_path / "straight").glob("step-00000008-*.ckpt")
    resumed = trainer(tmp_path / "resumed", algorithm()).resume(middle).fit()
    assert resumed.history["d_loss"] == straight.history["d_loss"]
    weights = zip(straight.D.parameters(), resumed.D.parameters(), strict=True)
    assert all(torch.equal(first, second) for first, second in weights)


def test_it_trains_on_the_command_line(tmp_path):
    arguments = ["train", "digits", "--preset", "lecam", "--epochs", "1", "--device", "cpu"]
    assert main([*arguments, "--out", str(tmp_path / "run")]) == 0
    G = condgan.ConditionalGenerator.from_pretrained(tmp_path / "run")
    assert G.generate(3, n=2).shape == (2, 1, 8, 8)
