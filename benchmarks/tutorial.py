"""The article's program, written again by us in its own style: one image at a time.

Images are in [0, 1], the generator ends in a sigmoid, the discriminator too, and the loss is
`BCELoss` on its verdict. Each image makes three updates.
"""

import torch
from torch import Tensor, nn


def networks(squash: type[nn.Module] = nn.Sigmoid) -> tuple[nn.Module, nn.Module]:
    """The article's layers, G (ending in `squash`) and D."""
    G = nn.Sequential(
        nn.Linear(110, 200), nn.LeakyReLU(0.02), nn.LayerNorm(200), nn.Linear(200, 784), squash()
    )
    D = nn.Sequential(
        nn.Linear(794, 200), nn.LeakyReLU(0.02), nn.LayerNorm(200), nn.Linear(200, 1), nn.Sigmoid()
    )
    return G, D


def one_hot(label: int) -> Tensor:
    row = torch.zeros(1, 10)
    row[0, label] = 1.0
    return row


def train(images: Tensor, labels: Tensor, epochs: int = 1) -> nn.Module:
    """Trains on images `(N, 784)` in [0, 1] and returns G."""
    G, D = networks()
    g_adam = torch.optim.Adam(G.parameters(), lr=1e-4)
    d_adam = torch.optim.Adam(D.parameters(), lr=1e-4)
    bce = nn.BCELoss()

    def train_d(image: Tensor, condition: Tensor, target: float) -> None:
        loss = bce(D(torch.cat([image, condition], 1)), torch.full((1, 1), target))
        d_adam.zero_grad()
        loss.backward()
        d_adam.step()

    for _ in range(epochs):
        for index in range(len(images)):
            train_d(images[index : index + 1], one_hot(int(labels[index])), 1.0)
            condition = one_hot(int(torch.randint(10, ())))
            fake = G(torch.cat([torch.randn(1, 100), condition], 1)).detach()
            train_d(fake, condition, 0.0)
            condition = one_hot(int(torch.randint(10, ())))
            fake = G(torch.cat([torch.randn(1, 100), condition], 1))
            loss = bce(D(torch.cat([fake, condition], 1)), torch.ones(1, 1))
            g_adam.zero_grad()
            loss.backward()
            g_adam.step()
    return G


def sample(G: nn.Module, labels: list[int]) -> Tensor:
    """An image `(1, 28, 28)` in [-1, 1] for each label."""
    with torch.no_grad():
        conditions = torch.cat([one_hot(label) for label in labels])
        images = G(torch.cat([torch.randn(len(labels), 100), conditions], 1))
    return images.view(-1, 1, 28, 28) * 2 - 1
