from collections.abc import Sequence
from pathlib import Path

from chereme.run.classes import in_complete_classes
from chereme.run.deliver import Delivered
from chereme.types import Entry, Media, Reject, Shot, Split, Vocabulary

LABELS = Vocabulary(("book", "drink", "full"))
MEDIA = Media(path=Path("a.mp4"), bytes=1, width=64, height=64, fps=25, frames=10, seconds=0.4, whole=True)


def shot(gloss: str, split: Split) -> Shot:
    return Shot(entry=Entry(id=f"{gloss}-{split}", gloss=gloss, split=split), media=MEDIA, first=0, stop=10)


SHOTS = [shot("full", "train"), shot("full", "val"), shot("full", "test"), shot("book", "train"), shot("book", "val")]


def test_a_class_that_is_left_out_says_which_splits_it_lacks() -> None:
    def make(shots: Sequence[Shot], vocabulary: Vocabulary, known: Sequence[Reject]) -> Delivered:
        assert {one.entry.gloss for one in shots} == set(vocabulary.glosses) == {"full"}
        return Delivered(samples=len(shots), rejects=tuple(known), fresh=True)

    done = in_complete_classes(make, [*SHOTS, shot("drink", "val")], LABELS)
    said = {reject.id: reject.detail for reject in done.rejects}
    assert said["book-train"] == said["book-val"] == "'book' has no clip in test"
    assert said["drink-val"] == "'drink' has no clip in train and test"


def test_a_split_that_an_export_empties_is_named_too() -> None:
    def make(shots: Sequence[Shot], vocabulary: Vocabulary, known: Sequence[Reject]) -> Delivered:
        lost = [
            Reject(id=one.entry.id, stage="deliver", reason="no_hands", detail="")
            for one in shots
            if one.entry.id == "book-test"
        ]
        return Delivered(samples=len(shots) - len(lost), rejects=(*known, *lost), fresh=True)

    done = in_complete_classes(make, [*SHOTS, shot("book", "test")], LABELS)
    said = {reject.id: (reject.reason, reject.detail) for reject in done.rejects}
    assert done.samples == 3
    assert said == {
        "book-test": ("no_hands", ""),
        "book-train": ("incomplete_class", "'book' has no clip in test"),
        "book-val": ("incomplete_class", "'book' has no clip in test"),
    }
