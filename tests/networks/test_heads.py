"""Heads of a discriminator, worked by hand."""

import pytest
import torch

from condgan.networks.heads import LinearHead, ProjectionHead


def set_to(layer, weight, bias=None):
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        if bias is not None:
            layer.bias.fill_(bias)


@pytest.fixture
def projection():
    head = ProjectionHead(2, 3)
    set_to(head.any_label, [[1.0, -1.0]], 0.5)
    set_to(head.direction, [[1.0, 0.0, 2.0], [0.0, 3.0, -1.0]])
    return head


def test_a_linear_head_by_hand():
    head = LinearHead(2)
    set_to(head.any_label, [[1.0, -1.0]], 0.5)
    features = torch.tensor([[2.0, 5.0], [3.0, 0.0]])
    for condition in (torch.zeros(2, 0), torch.ones(2, 3)):
        assert head(features, condition).tolist() == [-2.5, 3.5]


def test_a_projection_by_hand(projection):
    features = torch.tensor([[2.0, 5.0]]).expand(4, -1)
    conditions = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    # 2 - 5 + 0.5 = -2.5 for any label; directions (1, 0), (0, 3), (2, -1) and none.
    assert projection(features, conditions).tolist() == [-0.5, 12.5, -3.5, -2.5]


def test_a_mixed_condition_is_a_mixed_direction(projection):
    features = torch.tensor([[2.0, 5.0]])
    # -2.5 + 2 * 2 + 0.5 * 15
    assert projection(features, torch.tensor([[2.0, 0.5, 0.0]])).tolist() == [9.0]


def test_each_image_is_compared_with_its_own_label(projection):
    features = torch.tensor([[1.0, 0.0], [0.0, -1.0]])
    # 1.5 + 2 and 1.5 - 3
    conditions = torch.tensor([[0.0, 0, 1], [0, 1, 0]])
    assert projection(features, conditions).tolist() == [3.5, -1.5]


def test_features_of_nothing_agree_with_no_label(projection):
    assert projection(torch.zeros(3, 2), torch.eye(3)).tolist() == [0.5] * 3


@pytest.mark.parametrize("n", [0, 1, 5])
def test_logits_are_a_row_for_any_batch(n):
    for head in (LinearHead(4), ProjectionHead(4, 3)):
        assert head(torch.ones(n, 4), torch.ones(n, 3)).shape == (n,)
