"""Layers that several networks share: what pads stays out of them, and clips are left out whole."""

import torch

from chereme.training.networks.layers import Depth, MaskedNorm

MASK = torch.tensor([[True, True, True], [True, False, False]])


def test_normalized_over_own_frames_alone() -> None:
    values = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)) * 3 + 5
    ours, theirs = MaskedNorm(4), torch.nn.BatchNorm1d(4)
    found = ours(torch.where(MASK.unsqueeze(-1), values, torch.tensor(99.0)), MASK)
    torch.testing.assert_close(found[MASK], theirs(values[MASK]))
    assert (found[~MASK] == 0).all()
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    judged = ours.eval()(values, MASK)
    torch.testing.assert_close(judged[MASK], theirs.eval()(values[MASK]))
    assert (judged[~MASK] == 0).all()


def test_whole_clips_are_left_out_in_training_alone() -> None:
    torch.manual_seed(0)
    depth, added = Depth(0.25), torch.ones(4000, 2, 3)
    found = depth(added)
    per_clip = found.flatten(1)
    assert (per_clip == per_clip[:, :1]).all()
    assert set(per_clip[:, 0].tolist()) == {0.0, torch.tensor(1 / 0.75).item()}
    assert abs(float(found.mean()) - 1) < 0.05
    torch.testing.assert_close(depth.eval()(added), added)
