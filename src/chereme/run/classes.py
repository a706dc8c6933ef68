"""Exports that leave out classes without a clip in some split."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from chereme.catalog.vocabulary import incomplete
from chereme.run.deliver import Delivered
from chereme.types import Reject, Shot, Vocabulary

Make = Callable[[Sequence[Shot], Vocabulary, Sequence[Reject]], Delivered]
"""Makes an export of shots, numbered by a vocabulary; the rejects are those known before."""


def in_complete_classes(make: Make, shots: Sequence[Shot], labels: Vocabulary) -> Delivered:
    """What `make` gives of the shots whose class has a clip in every split, also after what the export rejects."""
    refused: dict[str, Reject] = {}
    while True:
        usable = [shot for shot in shots if shot.entry.id not in refused] if refused else shots
        vocabulary = complete(usable, labels)
        inside: Sequence[Shot] = usable
        known = list(refused.values())
        if vocabulary != labels:
            inside = [shot for shot in usable if shot.entry.gloss in vocabulary]
            lacking = incomplete(shot.entry for shot in usable)
            known += [_incomplete(shot, lacking) for shot in usable if shot.entry.gloss not in vocabulary]
        done = make(inside, vocabulary, known)
        fresh = {reject.id: reject for reject in done.rejects if reject not in known}
        left = (shot for shot in inside if shot.entry.id not in fresh)
        if not fresh or vocabulary == complete(left, vocabulary):
            return done
        # A class lost its last clip of some split to the export itself: it goes as a whole, made anew without it.
        refused |= fresh


def complete(shots: Iterable[Shot], vocabulary: Vocabulary) -> Vocabulary:
    """The glosses with a shot in every split that occurs, numbered anew; those with any when no shot has a split."""
    pairs = {(shot.entry.gloss, shot.entry.split) for shot in shots}
    splits = {split for _, split in pairs if split}
    there = {gloss for gloss, _ in pairs}
    return Vocabulary(
        tuple(g for g in vocabulary.glosses if g in there and all((g, split) in pairs for split in splits))
    )


def _incomplete(shot: Shot, lacking: Mapping[str, Sequence[str]]) -> Reject:
    detail = f"'{shot.entry.gloss}' has no clip in {' and '.join(lacking[shot.entry.gloss])}"
    return Reject(id=shot.entry.id, stage="deliver", reason="incomplete_class", detail=detail)
