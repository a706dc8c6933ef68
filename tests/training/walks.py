"""Examples for tests: signs that are movements of two hands, each a circle, a line or a figure of its own."""

import numpy as np

from chereme.landmarks.hands import Hands
from chereme.plan import FramePlan
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence
from chereme.skeleton import HANDS
from chereme.training.examples import Examples
from chereme.training.preparation import Preparation
from chereme.types import Vocabulary

GLOSSES = ("book", "drink", "help", "name")


def examples(clips: int = 8, frames: int = 12, *, val: int = 0, seed: int = 0, glosses: int = 4) -> Examples:
    """So many clips, the last `val` of them of that split; the right hand circles as often as the label says."""
    random = np.random.default_rng(seed)
    labels = np.arange(clips) % glosses
    hand = random.normal(0, 0.05, (len(HANDS), 3))
    points = np.full((clips, frames, len(HANDS), 3), np.nan, np.float32)
    lengths = random.integers(frames // 2, frames + 1, clips)
    mask = np.arange(frames) < lengths[:, None]
    for clip, label in enumerate(labels):
        turns = np.linspace(0, 2 * np.pi * label, lengths[clip])
        path = np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1) * 0.3 + random.normal(0, 0.02, 3)
        points[clip, : lengths[clip]] = hand + random.normal(0, 0.005, (lengths[clip], len(HANDS), 3))
        points[clip, : lengths[clip], HANDS["right_hand"]] += path[:, None]
        if label % 2:
            points[clip, :, HANDS["left_hand"]] = np.nan
    splits = ("train",) * (clips - val) + ("val",) * val
    return Examples(
        points=points,
        mask=mask,
        labels=labels.astype(np.int64),
        ids=tuple(f"{clip:03}" for clip in range(clips)),
        splits=splits,
        signers=("",) * clips,
        sources=("",) * clips,
        vocabulary=Vocabulary(GLOSSES[:glosses]),
        preparation=Preparation(
            landmarks="hands",
            model=Hands(),
            fingerprint="test",
            plan=FramePlan(()),
            refine=Refine(),
            sequence=Sequence(length=frames, normalize="body", min_frames=1),
        ),
    )
