"""What tests of training share: a loader that must be refused before anything is learnt."""

import pytest

from condgan import Trainer
from condgan.errors import CondganError


@pytest.fixture
def refused(networks, fingerprint):
    """Checks that a loader is refused, in which words, and before the first weight update."""

    def check(loader, error, *words, classes=3):
        G, D = networks(classes)
        before = fingerprint(G, D)
        made = []

        def train():
            made.append(Trainer(G, D, loader, progress=False, device="cpu", seed=0))
            made[0].fit(2)

        with pytest.raises(error) as caught:
            train()
        assert isinstance(caught.value, CondganError)
        for word in words:
            assert word in str(caught.value)
        assert fingerprint(G, D) == before
        for trainer in made:
            assert trainer.state.step == 0
            assert not trainer.history.epochs

    return check
