"""The engine for a GPU: images stay on the device, and the questions of many clips go through a network together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from chereme.landmarks import hand, palm, weights
from chereme.landmarks.engine import Image, Question, Search
from chereme.landmarks.geometry import Region, letterbox
from chereme.landmarks.torch_runtime import Compute, Torch
from chereme.landmarks.warp import cuts
from chereme.types import Bytes, Floats

T = TypeVar("T")

BATCH = {"cpu": 1, "cuda": 32}
"""Images a pass by kind of device, always filled up: then an image's result depends on no other. On a CPU one after the
other is as quick; the number for GPUs was not tuned on any."""


class Batched:
    """Answers questions about palms and hands by PyTorch.

    `landmarks` is the name of the hand network; `exact` cuts out what it looks at as MediaPipe does, to the bit.
    """

    def __init__(self, runtime: Torch, threshold: float, landmarks: str = hand.NAME, *, exact: bool = False) -> None:
        self._device = runtime.place()
        self._batch = runtime.batch or BATCH[self._device.type]
        runtime = replace(runtime, batch=self._batch)
        self._threshold, self._exact = threshold, exact
        self._palms = runtime.network(weights.path(palm.NAME), (palm.BOXES, palm.LOGITS))
        self._hands = runtime.network(weights.path(landmarks), (hand.POINTS, hand.PRESENCE, hand.HANDEDNESS))

    def take(self, pixels: Bytes) -> Iterable[Image]:
        """Copies of the frames, on the device."""
        import torch

        return list(torch.from_numpy(pixels).to(self._device, copy=True))

    def answer(self, questions: Sequence[Question]) -> list[Any]:
        """An answer a question."""
        answers: list[Any] = [None if isinstance(asked, Search) else [] for asked in questions]
        wholes = [
            (i, asked.image, asked.region or letterbox(asked.image.shape[1], asked.image.shape[0]))
            for i, asked in enumerate(questions)
            if isinstance(asked, Search)
        ]
        for some in _parts(wholes, self._batch):
            found = self._found(self._palms, some, palm.SIDE, black=True)
            for k, (i, _, whole) in enumerate(some):
                answers[i] = palm.read(found, k, whole, self._threshold)
        looks = [
            (i, asked.image, region)
            for i, asked in enumerate(questions)
            if not isinstance(asked, Search)
            for region in asked.regions
        ]
        for some in _parts(looks, self._batch):
            found = self._found(self._hands, some, hand.SIDE)
            for k, (i, _, region) in enumerate(some):
                answers[i].append(hand.read(found, k, region))
        return answers

    def _found(
        self, network: Compute, some: Sequence[tuple[int, Image, Region]], side: int, *, black: bool = False
    ) -> Mapping[str, Floats]:
        given = cuts(
            [image for _, image, _ in some], [region for _, _, region in some], side, black=black, exact=self._exact
        )
        return {name: found.cpu().numpy() for name, found in network(given * (1 / 255)).items()}


def _parts(pieces: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(pieces), size):
        yield pieces[start : start + size]
