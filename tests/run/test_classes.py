"""Classes that lack a clip in some split are left out of exports that want whole ones."""

from collections.abc import Sequence

import pytest

from chereme.run.classes import complete, in_complete_classes
from chereme.run.deliver import Delivered
from chereme.types import Reject, Shot, Split, Vocabulary
from tests.factories import make_shot

LABELS = Vocabulary(("book", "dog", "zebra"))


def shots(*clips: tuple[str, str, Split | None]) -> list[Shot]:
    return [make_shot(id, gloss, split=split) for id, gloss, split in clips]


@pytest.mark.parametrize(
    ("clips", "left"),
    [
        ([("1", "book", "train"), ("2", "book", "test"), ("3", "dog", "train")], ("book",)),
        ([("1", "book", None), ("3", "dog", None)], ("book", "dog")),
        ([("1", "zebra", "val"), ("2", "book", "val")], ("book", "zebra")),
        ([], ()),
    ],
)
def test_classes_are_complete_in_the_splits_that_occur(
    clips: list[tuple[str, str, Split | None]], left: tuple[str, ...]
) -> None:
    assert complete(shots(*clips), LABELS).glosses == left


def test_a_class_goes_as_a_whole_also_where_all_were_complete_before() -> None:
    clips = shots(("1", "book", "train"), ("2", "book", "test"), ("3", "dog", "train"), ("4", "dog", "test"))

    def make(some: Sequence[Shot], vocabulary: Vocabulary, known: Sequence[Reject]) -> Delivered:
        refused = [
            Reject(id=shot.entry.id, stage="deliver", reason="no_hands") for shot in some if shot.entry.id == "4"
        ]
        return Delivered(samples=len(some) - len(refused), rejects=(*known, *refused), fresh=True)

    done = in_complete_classes(make, clips, Vocabulary(("book", "dog")))
    assert done.samples == 2
    assert {reject.id: reject.reason for reject in done.rejects} == {"3": "incomplete_class", "4": "no_hands"}


def test_a_class_that_the_export_leaves_without_a_clip_goes_as_a_whole() -> None:
    held: list[tuple[str, str, Split | None]] = [("1", "book", "train"), ("2", "book", "test"), ("3", "dog", "train")]
    clips = shots(*held, ("4", "dog", "test"), ("5", "zebra", "train"))
    asked: list[tuple[list[str], tuple[str, ...]]] = []

    def make(some: Sequence[Shot], vocabulary: Vocabulary, known: Sequence[Reject]) -> Delivered:
        asked.append(([shot.entry.id for shot in some], vocabulary.glosses))
        refused = [Reject(id="4", stage="deliver", reason="no_hands")] if "4" in asked[-1][0] else []
        return Delivered(samples=len(some) - len(refused), rejects=(*known, *refused), fresh=True)

    done = in_complete_classes(make, clips, LABELS)
    assert asked == [(["1", "2", "3", "4"], ("book", "dog")), (["1", "2"], ("book",))]
    assert {reject.id: reject.reason for reject in done.rejects} == {
        "3": "incomplete_class",
        "4": "no_hands",
        "5": "incomplete_class",
    }
