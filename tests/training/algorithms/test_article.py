"""`Article` makes the tutorial's moves, number for number."""

import torch
from torch import nn

from condgan import Adversarial, Article


def tutorial(G, D, images, labels, seed):
    """The tutorial's loop, written out: three updates for each image."""
    stream = torch.Generator().manual_seed(seed)
    bce = nn.BCELoss()
    d_optimizer = torch.optim.Adam(D.parameters(), lr=1e-4)
    g_optimizer = torch.optim.Adam(G.parameters(), lr=1e-4)
    one, zero = torch.ones(1), torch.zeros(1)
    d_losses, g_losses = [], []
    for image, label in zip(images, labels, strict=True):
        image, label = image[None], label[None]
        # D on the real image
        d_optimizer.zero_grad()
        on_real = bce(torch.sigmoid(D(image, label)), one)
        on_real.backward()
        d_optimizer.step()
        # D on a fake one of a random class
        d_optimizer.zero_grad()
        random_label = torch.randint(3, (1,), generator=stream)
        z = torch.randn(1, G.latent_dim, generator=stream)
        on_fake = bce(torch.sigmoid(D(G(z, random_label).detach(), random_label)), zero)
        on_fake.backward()
        d_optimizer.step()
        # G on another fake of another random class
        g_optimizer.zero_grad()
        random_label = torch.randint(3, (1,), generator=stream)
        z = torch.randn(1, G.latent_dim, generator=stream)
        fooled = bce(torch.sigmoid(D(G(z, random_label), random_label)), one)
        fooled.backward()
        g_optimizer.step()
        d_losses.append((on_real + on_fake).item())
        g_losses.append(fooled.item())
    return d_losses, g_losses


def test_batches_of_one_are_the_tutorial(networks, make_trainer, tiny, torch_loader):
    images, labels = tiny(24)
    G, D = networks()
    before = [p.detach().clone() for p in (*G.parameters(), *D.parameters())]
    d_losses, g_losses = tutorial(G, D, images, labels, seed=5)
    ours = make_trainer(torch_loader(24, batch_size=1), algorithm=Article(), seed=5).fit()
    for mine, theirs, start in zip(
        (*ours.G.parameters(), *ours.D.parameters()),
        (*G.parameters(), *D.parameters()),
        before,
        strict=True,
    ):
        assert torch.allclose(mine, theirs, atol=2e-6)
        assert not torch.allclose(start, theirs, atol=2e-4)  # moved a hundred times further
    (row,) = ours.history.epochs
    assert abs(row["d_loss"] - sum(d_losses) / 24) < 1e-5
    assert abs(row["g_loss"] - sum(g_losses) / 24) < 1e-5


def test_keeps_no_averaged_weights(make_trainer, torch_loader):
    trainer = make_trainer(torch_loader(), algorithm="article")
    assert trainer.state.average is None
    assert trainer.state.generator is trainer.G


def test_both_optimisers_are_plain_adam(networks):
    optimizers = Article(lr=3e-4).optimizers(*networks())
    assert optimizers.keys() == {"G", "D"}
    for optimizer in optimizers.values():
        assert optimizer.param_groups[0]["lr"] == 3e-4
        assert optimizer.param_groups[0]["betas"] == (0.9, 0.999)


def test_d_judges_each_fake_with_its_own_label(networks, make_trainer, torch_loader, spy):
    G, D = map(spy, networks())
    make_trainer(torch_loader(16, batch_size=8), G=G, D=D, algorithm=Article()).fit()
    for step in range(2):
        real, d_fake, g_fake = D.calls[3 * step : 3 * step + 3]
        assert real[1].tolist() == [(8 * step + i) % 3 for i in range(8)]
        for (_, asked, drawn), (judged, judged_as, _) in zip(
            G.calls[2 * step : 2 * step + 2], (d_fake, g_fake), strict=True
        ):
            assert torch.equal(drawn, judged)
            assert torch.equal(asked, judged_as)
    asked = torch.cat([labels for _, labels, _ in G.calls])
    assert asked.unique().tolist() == [0, 1, 2]


def test_is_another_game_than_the_default(make_trainer, torch_loader, fingerprint):
    article = make_trainer(torch_loader(), algorithm=Article()).fit()
    quick = make_trainer(torch_loader(), algorithm=Adversarial()).fit()
    assert fingerprint(article.D) != fingerprint(quick.D)
