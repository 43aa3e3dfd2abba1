"""What is saved of a run, apart from files."""

import torch

from condgan.training import snapshot
from condgan.training.averaging import values


def test_after_fit_the_raw_weights_are_saved_under_their_own_names(
    make_trainer, networks, library_loader
):
    raw = {}

    def look(state):
        raw.update({name: value.clone() for name, value in state.G.state_dict().items()})

    G, D = networks(architecture="dcgan", width=4)  # has buffers between its parameters
    names = list(G.state_dict())
    of_values = {id(value): name for name, value in G.state_dict(keep_vars=True).items()}
    assert [of_values[id(value)] for value in values(G)] != names
    trainer = make_trainer(library_loader(8, 4), G=G, D=D, callbacks=[look]).fit(2)
    saved = snapshot.captured(trainer)["G"]
    assert list(saved) == names
    for name, value in saved.items():
        assert torch.equal(value, raw[name]), name
    assert any(not torch.equal(saved[name], value) for name, value in G.state_dict().items())
