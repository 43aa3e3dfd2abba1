"""The Trainer: repeatable, continuable, and quick to refuse what cannot work."""

import copy
import gc
import weakref

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

import condgan
from condgan import (
    Adversarial,
    Article,
    Callback,
    ImageSnapshots,
    LossHistory,
    Progress,
    Trainer,
    preset,
)
from condgan.errors import ArgumentTypeError, ConfigError, UnknownNameError

ALGORITHMS = {"averaged": Adversarial(ema_half_life=30.0), "article": Article(lr=1e-2)}


@pytest.fixture
def loader(library_loader, torch_loader):
    """Makes a shuffled loader of 18 images, the last batch being short, of either kind."""
    return {
        "library": lambda: library_loader(18, 4, shuffle=True),
        "torch": lambda: torch_loader(18, 4, shuffle=True),
    }


# Repeatable ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["library", "torch"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_seed_gives_the_same_bits(
    make_trainer, loader, fingerprint, rows, kind, algorithm
):
    first, again, other = (
        make_trainer(loader[kind](), algorithm=ALGORITHMS[algorithm], seed=seed).fit(2)
        for seed in (4, 4, 5)
    )
    assert fingerprint(first.G, first.D) == fingerprint(again.G, again.D)
    assert rows(first) == rows(again)
    assert first.history.steps == again.history.steps
    assert fingerprint(first.G, first.D) != fingerprint(other.G, other.D)


@pytest.mark.parametrize("kind", ["library", "torch"])
def test_the_global_stream_is_untouched(make_trainer, loader, kind):
    torch.manual_seed(11)
    before = torch.get_rng_state()
    make_trainer(loader[kind](), seed=0).fit(2)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_global_stream_is_untouched_after_an_error_too(make_trainer, loader):
    def fail(state):
        torch.rand(3)
        raise RuntimeError("on purpose")

    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="on purpose"):
        make_trainer(loader["library"](), callbacks=[fail]).fit()
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_seed_the_global_stream_decides(make_trainer, loader, fingerprint):
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(fingerprint(make_trainer(loader["torch"](), seed=None).fit().G))
    assert found[0] == found[1]
    assert found[0] != found[2]
    assert torch.initial_seed() == 2


def test_each_epoch_has_an_order_of_its_own(make_trainer, loader, networks, spy):
    G, D = networks()
    D = spy(D)
    make_trainer(loader["library"](), G=G, D=D, algorithm=Article()).fit(2)
    real = [images for images, _, _ in D.calls[::3]]
    assert not torch.equal(torch.cat(real[:5]), torch.cat(real[5:]))
    assert torch.equal(
        *(torch.cat(part).flatten(1).sum(1).sort()[0] for part in (real[:5], real[5:]))
    )


# Continuable --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["library", "torch"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_two_and_two_epochs_are_four(make_trainer, loader, fingerprint, rows, kind, algorithm):
    in_one, in_two = (
        make_trainer(loader[kind](), algorithm=ALGORITHMS[algorithm]) for _ in range(2)
    )
    in_one.fit(4)
    in_two.fit(2)
    torch.rand(7)  # what happens to the global stream in between is no matter
    in_two.fit(2)
    assert fingerprint(in_one.G, in_one.D) == fingerprint(in_two.G, in_two.D)
    assert rows(in_one) == rows(in_two)
    assert in_one.history.steps == in_two.history.steps
    assert in_two.history["epoch"] == [1, 2, 3, 4]


class Dropping(nn.Module):
    """A discriminator that draws from the global stream, as dropout does."""

    def __init__(self, D):
        super().__init__()
        self.D = D

    def forward(self, images, labels):
        return self.D(nn.functional.dropout(images, 0.3, self.training), labels)


def test_dropout_follows_the_seed_and_goes_on(make_trainer, loader, networks, fingerprint):
    found = []
    for epochs in ([4], [2, 2]):
        G, D = networks()
        trainer = make_trainer(loader["library"](), G=G, D=Dropping(D))
        for count in epochs:
            torch.manual_seed(count)
            trainer.fit(count)
        found.append(fingerprint(trainer.G, trainer.D))
    assert found[0] == found[1]


def test_training_goes_on_from_weights_that_were_changed_in_between(
    make_trainer, torch_loader, networks, fingerprint
):
    trainer = make_trainer(torch_loader(), algorithm=ALGORITHMS["averaged"]).fit(2)
    new, _ = networks(seed=50)
    trainer.G.load_state_dict(new.state_dict())
    starts = []

    class Look(Callback):
        def on_fit_start(self, state):
            starts.append((fingerprint(state.G), fingerprint(state.average.module)))

    trainer.callbacks.append(Look())
    trainer.fit()
    assert starts == [(fingerprint(new), fingerprint(new))]


def test_a_second_fit_starts_from_the_raw_weights(make_trainer, torch_loader, fingerprint):
    seen = []

    class Look(Callback):
        def on_fit_start(self, state):
            seen.append(fingerprint(state.G))

        on_fit_end = on_fit_start

    trainer = make_trainer(
        torch_loader(), algorithm=ALGORITHMS["averaged"], callbacks=[Look()]
    ).fit()
    averaged = fingerprint(trainer.G)
    trainer.fit()
    assert seen[2] == seen[1] != averaged


def test_modes_are_as_they_were(make_trainer, torch_loader, networks):
    G, D = networks()
    G.eval()
    D.head.eval()
    modes = []
    trainer = make_trainer(
        torch_loader(), G=G, D=D, callbacks=[lambda s: modes.append((s.G.training, s.D.training))]
    ).fit()
    assert modes == [(True, True)]
    assert not trainer.G.training
    assert trainer.D.training
    assert not trainer.D.head.training


# Counters and what is recorded --------------------------------------------------------------


def test_epoch_means_are_weighted_by_images(make_trainer, torch_loader):
    seen = []

    class Look(Callback):
        def on_batch_end(self, state):
            seen.append((state.batch_images, state.logs["d_loss"].item()))

    trainer = make_trainer(torch_loader(10, 4), callbacks=[Look()]).fit()
    assert [images for images, _ in seen] == [4, 4, 2]
    (mean,) = trainer.history["d_loss"]
    assert mean == pytest.approx(sum(images * loss for images, loss in seen) / 10)
    assert mean != pytest.approx(sum(loss for _, loss in seen) / 3, abs=1e-6)


def test_history_counts_epochs_steps_and_images(make_trainer, torch_loader):
    history = make_trainer(torch_loader(10, 4)).fit(3).history
    assert history["epoch"] == [1, 2, 3]
    assert history["step"] == [3, 6, 9]
    assert history["images"] == [10, 20, 30]
    assert len(history) == 3
    assert history.names() == ["epoch", "step", "images", "seconds", "d_loss", "g_loss"]


def test_history_holds_plain_numbers(make_trainer, torch_loader):
    history = make_trainer(torch_loader(), callbacks=[LossHistory(every=1)]).fit(2).history
    for row in (*history.epochs, *history.steps):
        for name, value in row.items():
            assert type(value) is (int if name in ("epoch", "step", "images") else float)
    assert len(history.steps) == 8


@pytest.mark.parametrize("n", [9, 5, 1])
def test_a_last_batch_of_one_trains(make_trainer, torch_loader, n):
    trainer = make_trainer(torch_loader(n, 4)).fit(2)
    assert trainer.history["images"] == [n, 2 * n]
    assert all(torch.isfinite(p).all() for p in trainer.G.parameters())


def test_sorted_labels_train(make_trainer, tiny):
    images, labels = tiny(24)
    by_class = labels.argsort(stable=True)
    batches = list(zip(images[by_class].split(8), labels[by_class].split(8), strict=True))
    assert make_trainer(batches).fit().state.step == 3


class Endless(IterableDataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __iter__(self):
        return iter(zip(self.images, self.labels, strict=True))


def test_a_data_set_without_length_trains(make_trainer, tiny, torch_loader, fingerprint, rows):
    unsized = make_trainer(DataLoader(Endless(*tiny(10)), batch_size=4))
    assert unsized.state.batches is None
    unsized.fit(2)
    assert unsized.state.batches == 3  # as the first epoch has shown
    assert len(unsized.history) == 2
    sized = make_trainer(torch_loader(10, 4)).fit(2)
    assert fingerprint(unsized.G) == fingerprint(sized.G)
    assert rows(unsized) == rows(sized)


def test_losses_may_be_plain_numbers_and_are_kept_without_a_graph(make_trainer, torch_loader):
    class Idle:
        """Takes no step, and reports in every way a user may."""

        def optimizers(self, G, D):
            return {}

        def step(self, state, batch):
            weight = next(state.G.parameters())
            return {
                "number": 0.5,
                "count": 2,
                "graph": weight.sum(),
                "wide": torch.tensor(1.5).double(),
            }

    logs = []
    trainer = make_trainer(
        torch_loader(), algorithm=Idle(), callbacks=[lambda state: logs.append(state.logs)]
    ).fit()
    assert trainer.history["number"] == [0.5]
    assert trainer.history["count"] == [2.0]
    assert trainer.history["wide"] == [1.5]
    assert not logs[0]["graph"].requires_grad


# The constructor ----------------------------------------------------------------------------


def test_fit_returns_the_trainer(make_trainer, torch_loader):
    trainer = make_trainer(torch_loader())
    assert trainer.fit() is trainer
    assert trainer.history["epoch"] == [1]


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True, "3"])
def test_epochs_is_a_positive_whole_number(make_trainer, torch_loader, fingerprint, epochs):
    trainer = make_trainer(torch_loader())
    before = fingerprint(trainer.G, trainer.D)
    with pytest.raises(ConfigError, match="epochs must be a positive whole number; got"):
        trainer.fit(epochs)
    assert fingerprint(trainer.G, trainer.D) == before
    assert not trainer.history.epochs


def test_an_unknown_algorithm_gets_a_hint(make_trainer, torch_loader):
    with pytest.raises(UnknownNameError, match=r"'quik'; did you mean 'quick'\?.*article"):
        make_trainer(torch_loader(), algorithm="quik")


@pytest.mark.parametrize("algorithm", [Adversarial, Article])
def test_a_class_is_no_algorithm(make_trainer, torch_loader, algorithm):
    with pytest.raises(ArgumentTypeError, match=rf"write {algorithm.__name__}\(\) with brackets"):
        make_trainer(torch_loader(), algorithm=algorithm)


@pytest.mark.parametrize("algorithm", [None, 3, nn.Linear(1, 1)])
def test_an_algorithm_has_two_methods(make_trainer, torch_loader, algorithm):
    with pytest.raises(ArgumentTypeError, match=r"optimizers\(G, D\) and step\(state, batch\)"):
        make_trainer(torch_loader(), algorithm=algorithm)


@pytest.mark.parametrize("name", ["quick", "article"])
def test_algorithms_by_name(make_trainer, torch_loader, fingerprint, name):
    value = {"quick": preset("quick").algorithm, "article": Article()}[name]
    by_name, by_value = (make_trainer(torch_loader(), algorithm=a).fit() for a in (name, value))
    assert fingerprint(by_name.G) == fingerprint(by_value.G)


def test_networks_of_different_classes(networks, torch_loader):
    (G, _), (_, D) = networks(3), networks(4)
    with pytest.raises(ConfigError, match=r"same classes; G has Classes\(3\) and D Classes\(4\)"):
        Trainer(G, D, torch_loader())


def test_networks_of_the_same_classes_in_another_order(networks, torch_loader):
    (G, _), (_, D) = networks(["a", "b", "c"]), networks(["b", "a", "c"])
    with pytest.raises(ConfigError, match="same classes"):
        Trainer(G, D, torch_loader())


def test_networks_of_different_image_shapes(networks, torch_loader):
    G, _ = networks()
    D = condgan.ConditionalDiscriminator(3, (1, 9, 9))
    with pytest.raises(ConfigError, match=r"same image_shape; G has \(1, 8, 8\).*\(1, 9, 9\)"):
        Trainer(G, D, torch_loader())


def test_an_encoder_cannot_be_shared(networks, torch_loader, make_trainer):
    encoder = nn.Embedding(3, 4)
    G, _ = networks(encoder=encoder)
    _, D = networks(encoder=encoder)
    with pytest.raises(ConfigError, match=r"share 1 parameters.*deepcopy"):
        Trainer(G, D, torch_loader())
    _, D = networks(encoder=copy.deepcopy(encoder))
    before = G.encoder.weight.detach().clone()
    make_trainer(torch_loader(), G=G, D=D).fit()
    assert not torch.equal(G.encoder.weight, before)  # and one's own is trained


@pytest.mark.parametrize("swap", [0, 1])
def test_networks_are_modules(networks, torch_loader, swap):
    pair = list(networks())
    pair[swap] = "network"
    with pytest.raises(ArgumentTypeError, match=f"{'GD'[swap]} must be a torch module; got 'net"):
        Trainer(*pair, torch_loader())


def test_g_says_what_it_draws(networks, torch_loader):
    _, D = networks()
    with pytest.raises(ArgumentTypeError, match="attribute 'classes'; got a Linear"):
        Trainer(nn.Linear(1, 1), D, torch_loader())


def test_networks_the_wrong_way_round(networks, torch_loader):
    G, D = networks()
    with pytest.raises(ArgumentTypeError, match="attribute 'latent_dim'"):
        Trainer(D, G, torch_loader())


def test_an_unknown_device(make_trainer, torch_loader):
    with pytest.raises(ConfigError, match="'gpu' is not a device"):
        make_trainer(torch_loader(), device="gpu")


@pytest.mark.parametrize("callbacks", ["progress", None, 3])
def test_callbacks_is_a_list(make_trainer, torch_loader, callbacks):
    with pytest.raises(ArgumentTypeError, match="callbacks is a list"):
        make_trainer(torch_loader(), callbacks=callbacks)


def test_every_run_has_loss_history_and_progress_once(make_trainer, torch_loader):
    def kinds(**arguments):
        return [type(c) for c in make_trainer(torch_loader(), **arguments).callbacks]

    assert kinds(progress=True) == [LossHistory, Progress]
    assert kinds(progress=False) == [LossHistory]
    assert kinds(progress=True, callbacks=[Progress(), LossHistory(3)]) == [Progress, LossHistory]
    assert kinds(callbacks=["image-snapshots"]) == [ImageSnapshots, LossHistory]


def test_a_generator_of_your_own(make_trainer, torch_loader):
    """A module with the three attributes serves; D may be any module from images and labels."""

    class Plain(nn.Module):
        classes, image_shape, latent_dim = condgan.Classes(3), (1, 8, 8), 5

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(5 + 3, 64)

        def forward(self, z, labels):
            rows = torch.cat([z, torch.eye(3)[labels]], dim=1)
            return self.layer(rows).tanh().view(-1, 1, 8, 8)

    class Judge(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(64 + 3, 1)

        def forward(self, images, labels):
            return self.layer(torch.cat([images.flatten(1), torch.eye(3)[labels]], dim=1))

    G = Plain()
    before = G.layer.weight.detach().clone()
    make_trainer(torch_loader(), G=G, D=Judge()).fit()
    assert not torch.equal(G.layer.weight, before)


def test_an_error_is_not_kept_alive_after_fit(make_trainer, library_loader):
    seen = []

    class Fail:
        def on_batch_end(self, state):
            raise RuntimeError("on purpose")

        def on_fit_end(self, state):
            seen.append(state.exception)

    trainer = make_trainer(library_loader(), callbacks=[Fail()])
    with pytest.raises(RuntimeError, match="on purpose"):
        trainer.fit()
    assert isinstance(seen[0], RuntimeError)
    assert trainer.state.exception is None


def test_an_interrupted_exchange_of_weights_is_made_good(
    make_trainer, library_loader, fingerprint, monkeypatch
):
    from condgan.training import trainer as module

    whole = make_trainer(library_loader()).fit(2).fit(2)
    assign, calls = module.assign, []

    def interrupted(network, new):
        calls.append(1)
        if len(calls) in broken:
            next(network.parameters()).data.zero_()
            raise KeyboardInterrupt
        assign(network, new)

    for broken in ({1}, {2}):  # as G takes the average after fit; as it takes its own back
        calls.clear()
        trainer = make_trainer(library_loader())
        monkeypatch.setattr(module, "assign", interrupted)
        if broken == {1}:
            with pytest.raises(KeyboardInterrupt):
                trainer.fit(2)
        else:
            trainer.fit(2)
            with pytest.raises(KeyboardInterrupt):
                trainer.fit(2)
        monkeypatch.setattr(module, "assign", assign)
        trainer.fit(2)
        assert fingerprint(trainer.G, trainer.D) == fingerprint(whole.G, whole.D)


def test_the_trainer_keeps_the_average_of_any_algorithm(make_trainer, library_loader, fingerprint):
    class Plain:
        ema_half_life = 100.0

        def optimizers(self, G, D):
            return {"G": torch.optim.SGD(G.parameters(), lr=0.1)}

        def step(self, state, batch):
            z = torch.zeros(len(batch.labels), 5)
            loss = (state.G(z, batch.labels) - batch.images).square().mean()
            state.optimizers["G"].zero_grad()
            loss.backward()
            state.optimizers["G"].step()
            return {"loss": loss}

    trainer = make_trainer(library_loader(), algorithm=Plain())
    before = fingerprint(trainer.G)
    trainer.fit(2)
    assert fingerprint(trainer.G) != before


@pytest.mark.parametrize("seed", [-1, 1.5, "0", 2**64, True])
def test_what_is_no_seed(make_trainer, library_loader, seed):
    with pytest.raises(ConfigError, match="seed must be"):
        make_trainer(library_loader(), seed=seed)


def test_what_is_no_device(make_trainer, library_loader):
    with pytest.raises(ConfigError, match="'nowhere' is not a device"):
        make_trainer(library_loader(), device="nowhere")


def test_too_few_batches_for_g_to_move_are_refused(make_trainer, torch_loader, fingerprint):
    trainer = make_trainer(torch_loader(8, 4), algorithm=Adversarial(n_critic=5))
    before = fingerprint(trainer.G, trainer.D)
    with pytest.raises(ConfigError, match=r"G moves after every 5 batches \(n_critic\), .* only 4"):
        trainer.fit(2)
    assert fingerprint(trainer.G, trainer.D) == before
    assert (trainer.state.epochs, trainer.state.epoch) == (0, 0)
    trainer.fit(3)
    trainer.fit(1)  # in the second fit every tenth batch counts as well


@pytest.mark.parametrize("wrapper", [nn.DataParallel, nn.parallel.DistributedDataParallel])
@pytest.mark.parametrize("which", [0, 1])
def test_networks_wrapped_for_many_devices_are_refused_by_name(
    networks, torch_loader, wrapper, which
):
    pair = list(networks())
    wrapped = wrapper.__new__(wrapper)  # the second wants a group of processes
    nn.Module.__init__(wrapped)
    wrapped.module, pair[which] = pair[which], wrapped
    name = "GD"[which]
    words = f"{name} is wrapped in {wrapper.__name__}.* the network itself, {name}.module"
    with pytest.raises(ArgumentTypeError, match=words):
        Trainer(*pair, torch_loader(), progress=False)


def test_a_trainer_goes_with_its_last_name_and_so_do_its_workers(make_trainer, torch_loader):
    make_trainer(torch_loader()).fit()  # the first one is held by what torch imports meanwhile
    gc.disable()
    try:
        trainer = make_trainer(torch_loader()).fit()
        gone = [weakref.ref(thing) for thing in (trainer, trainer.intake.loader, trainer.G)]
        del trainer
        assert [thing() for thing in gone] == [None] * 3
    finally:
        gc.enable()


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # torch's own, as it compiles
def test_compiled_networks_train_as_plain_ones(make_trainer, library_loader, networks, fingerprint):
    plain = make_trainer(library_loader()).fit(2)
    G, D = (torch.compile(network, backend="eager") for network in networks())
    compiled = make_trainer(library_loader(), G=G, D=D).fit(2)
    assert fingerprint(compiled.G._orig_mod) == fingerprint(plain.G)
    assert fingerprint(compiled.D._orig_mod) == fingerprint(plain.D)
    assert torch.equal(compiled.G.generate(0, seed=0), plain.G.generate(0, seed=0))
