"""A player's loss and terms, added up, and what is refused before that."""

import pytest
import torch
from torch import nn

from condgan import Adversarial, ConditionalDiscriminator, Hinge
from condgan.errors import ConfigError, DataError
from condgan.objectives.objective import check_auxiliary, check_terms, objective
from condgan.objectives.schedules import Ramp
from condgan.objectives.terms import (
    R1,
    R2,
    ClassifyFake,
    ClassifyReal,
    DiscriminateClasses,
    Every,
    GradientPenalty,
    SeemRealClass,
)

OF_D = [R1(), R2(), GradientPenalty(), ClassifyReal(), DiscriminateClasses()]


class Worth:
    """A loss or a term of a fixed value."""

    def __init__(self, value, auxiliary=None):
        self.value = value
        self.auxiliary = auxiliary

    def __call__(self, turn):
        return self.value


def worth(value, auxiliary=None):
    return Worth(torch.tensor(value), auxiliary)


def test_terms_are_added_and_those_that_name_classes_count_as_the_condition_does():
    parts = worth(1.0), (worth(10.0), worth(100.0, "adc"))
    assert objective(*parts, turn=None, strength=1.0) == 111.0
    assert objective(*parts, turn=None, strength=torch.tensor(0.25)) == 36.0
    assert objective(worth(1.0), (), turn=None, strength=0.0) == 1.0


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "None"), (2.5, "2.5"), (torch.ones(3), r"\(3,\)"), (torch.ones(1), r"\(1,\)")],
)
def test_what_is_no_scalar_is_refused_by_name(value, shown):
    said = f"gives a scalar tensor, such as a mean over images; Worth gave {shown}"
    with pytest.raises(DataError, match=said):
        objective(Worth(value), (), turn=None, strength=1.0)
    with pytest.raises(DataError, match=said):
        objective(worth(1.0), (Worth(value),), turn=None, strength=1.0)


def test_a_method_or_a_function_is_named_as_its_user_knows_it():
    class Mine:
        def discriminator(self, turn):
            return torch.ones(4)

    def drift(turn):
        return torch.ones(2)

    with pytest.raises(DataError, match=r"Mine gave \(4,\)"):
        objective(Mine().discriminator, (), turn=None, strength=1.0)
    with pytest.raises(DataError, match=r"drift gave \(2,\)"):
        objective(worth(0.0), (drift,), turn=None, strength=1.0)


@pytest.mark.parametrize("terms", [R1(), [R1()], None, (R1,), (3.0,), ("r1",)], ids=repr)
def test_terms_come_as_a_tuple_of_values(terms):
    with pytest.raises(ConfigError, match=r"must be a tuple of terms, as \(R1\(\),\); got"):
        check_terms("discriminator_terms", terms)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("term", OF_D, ids=repr)
def test_a_term_of_the_discriminator_is_none_of_the_generator(term, lazy):
    term = Every(2, term) if lazy else term
    check_terms("discriminator_terms", (term,))
    with pytest.raises(ConfigError, match="works in the discriminator's loss alone: give it in d"):
        Adversarial(generator_terms=(term,))


def test_a_term_of_the_generator_is_none_of_the_discriminator():
    check_terms("generator_terms", (SeemRealClass(),))
    with pytest.raises(ConfigError, match="SeemRealClass works in the generator's loss alone"):
        check_terms("discriminator_terms", (SeemRealClass(Ramp()),))
    for name in ("discriminator_terms", "generator_terms"):
        check_terms(name, (ClassifyFake(), lambda turn: turn))


def test_a_head_that_no_term_reads_warns():
    D = ConditionalDiscriminator(3, (1, 8, 8), auxiliary="ac", width=4)
    with pytest.warns(UserWarning, match=r"no term reads D's auxiliary head \('ac'\)"):
        check_auxiliary((R1(),), D)


def test_a_label_that_only_the_head_sees_needs_a_term():
    D = ConditionalDiscriminator(3, (1, 8, 8), conditioning="none", auxiliary="ac", width=4)
    with pytest.raises(ConfigError, match="nothing would tell G which class to draw"):
        Adversarial(Hinge()).optimizers(nn.Linear(1, 1), D)
    check_auxiliary((ClassifyReal(), ClassifyFake()), D)


def test_a_lazy_term_of_the_wrong_head_is_named_itself():
    D = ConditionalDiscriminator(3, (1, 8, 8), width=4)
    with pytest.raises(ConfigError, match=r"^ClassifyReal needs a discriminator with auxiliary"):
        check_auxiliary((Every(4, ClassifyReal()),), D)
