"""What is recorded of a computation, and whether it can be done again with other numbers."""

import torch
from torch import nn

from condgan.page.trace import mapped, replayed, tensors_in, traced


def names(calls):
    return [call.name for call in calls]


def test_only_what_depends_on_the_inputs_is_recorded():
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    x = torch.tensor([[1.0, 1.0]])
    calls, result = traced(lambda x: (x @ (2 * weight).t().exp().log()).relu(), [x])
    assert names(calls) == ["aten.mm", "aten.relu"]
    assert torch.allclose(calls[0].args[1], 2 * weight.t())
    assert torch.allclose(result, torch.tensor([[6.0, 14.0]]))


def test_a_weight_under_a_spectral_norm_is_a_constant():
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)).eval()
    x = torch.ones(1, 3)
    calls, _ = traced(layer, [x])
    assert names(calls) == ["aten.addmm"]
    assert torch.equal(calls[0].args[2], layer.weight.t())


def test_arguments_stand_in_the_order_of_torch_with_those_left_out():
    x = torch.ones(2)
    ((call,), _) = traced(lambda x: torch.add(x, x, alpha=3), [x])
    assert call.args == (x, x, 3)
    ((call,), _) = traced(lambda x: x + 1, [x])
    assert call.args == (x, 1, 1)
    assert torch.equal(call.repeated([2 * x, x, 3])[0], torch.tensor([5.0, 5.0]))


def test_writing_in_place_makes_a_new_tensor():
    def function(x):
        y = x * 1
        y[1] = 5.0
        y.relu_()
        return y

    x = torch.tensor([-1.0, 2.0, 3.0])
    calls, result = traced(function, [x])
    assert not [name for name in names(calls) if name.endswith("_")]
    assert torch.equal(result, torch.tensor([0.0, 5.0, 3.0]))
    other = torch.tensor([7.0, 8.0, -9.0])
    assert torch.equal(replayed(calls, [x], [other], result), torch.tensor([7.0, 5.0, 0.0]))
    assert torch.equal(x, torch.tensor([-1.0, 2.0, 3.0]))


def test_what_torch_puts_together_is_taken_apart():
    x = torch.ones(2, 3, 4)
    assert "aten.matmul" not in names(traced(lambda x: x @ x.transpose(1, 2), [x])[0])
    assert names(traced(lambda x: nn.functional.layer_norm(x, [4]), [x])[0])[0] == "aten.mean"


def test_a_shape_alone_is_no_dependence():
    x = torch.ones(3)
    calls, _ = traced(lambda x: torch.zeros_like(x) + torch.ones(len(x)), [x])
    assert calls == []


def test_recorded_steps_are_done_again_for_other_inputs():
    network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.GELU(), nn.Flatten(), nn.Linear(12, 2)).eval()
    x, other = torch.randn(2, 1, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    calls, result = traced(network, [x])
    with torch.no_grad():
        assert torch.equal(replayed(calls, [x], [x], result), network(x))
        assert torch.equal(replayed(calls, [x], [other], result), network(other))


def test_noise_of_its_own_stays_as_it_fell():
    x = torch.zeros(4)
    calls, result = traced(lambda x: x + torch.randn_like(x) + torch.rand(4), [x])
    assert torch.equal(replayed(calls, [x], [x], result), result)


def test_nests_are_walked_in_order():
    one, two = torch.ones(1), torch.zeros(1)
    assert list(tensors_in([one, (two, 3), {"x": one}, None])) == [one, two, one]
    assert mapped([one, (3, two)], float) == [1.0, (3, 0.0)]
