import torch

from condgan.verdict import Verdict


def test_a_verdict_is_a_pair_with_names():
    logits, class_logits = torch.zeros(2), torch.ones(2, 3)
    verdict = Verdict(logits, class_logits)
    assert verdict.logits is logits
    assert verdict.class_logits is class_logits
    one, other = verdict
    assert one is logits
    assert other is class_logits
