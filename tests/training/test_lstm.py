"""The recognizer `lstm`: a clip's beginning is not forgotten, and what pads is not looked at, one way or both."""

import pytest
import torch

from chereme.training.recognizers.lstm import Lstm
from tests.training.walks import examples

torch.set_num_threads(1)  # of arrays so small, threads spend their time on waiting for each other

SKELETON, GLOSSES = examples(8, 12).preparation.skeleton, examples(8, 12).vocabulary
POINTS = torch.randn(8, 32, len(SKELETON), 3, generator=torch.Generator().manual_seed(0)).cumsum(1)
WHOLE = torch.ones(8, 32, dtype=torch.bool)
ways = pytest.mark.parametrize("both_ways", [False, True], ids=["one way", "both ways"])


def network(both_ways: bool) -> torch.nn.Module:
    torch.manual_seed(0)
    made: torch.nn.Module = Lstm(both_ways=both_ways).build(SKELETON, 32, GLOSSES)
    return made.eval()


@ways
def test_the_beginning_counts_as_much_as_the_end(both_ways: bool) -> None:
    points = POINTS.clone().requires_grad_()
    torch.autograd.backward([network(both_ways)(points, WHOLE).square().sum()])
    assert points.grad is not None
    told = points.grad.abs().sum((0, 2, 3))
    assert told[:8].sum() > told[-8:].sum() / 2


@ways
def test_what_pads_is_not_looked_at(both_ways: bool) -> None:
    made = network(both_ways)
    shorter, mask = POINTS[:, :20], (torch.arange(32) < 20).expand(8, -1)
    with torch.inference_mode():
        wanted = made(shorter, WHOLE[:, :20])
        torch.testing.assert_close(made(POINTS, mask), wanted)
        assert not torch.allclose(made(POINTS, WHOLE), wanted)
