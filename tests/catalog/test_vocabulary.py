"""Label numbers and incomplete classes."""

import pytest

from chereme.catalog.vocabulary import incomplete, vocabulary
from chereme.errors import DatasetError
from chereme.types import Entry, Split


def entries(*glosses: str) -> list[Entry]:
    return [Entry(id=str(i), gloss=gloss) for i, gloss in enumerate(glosses)]


def test_sorted_labels_agree_with_imagefolder() -> None:
    assert vocabulary(entries("tea", "Zoo", "don't want", "10", "9", "tea")).glosses == (
        "10",
        "9",
        "Zoo",
        "don't want",
        "tea",
    )


def test_official_labels_are_the_datasets_own() -> None:
    there = entries("tea", "a", "book", "a")
    assert vocabulary(there, "official").glosses == ("tea", "a", "book")
    assert vocabulary(there, "official", ("book", "none", "tea", "a")).glosses == ("book", "tea", "a")
    with pytest.raises(DatasetError, match="official class order has no a, book"):
        vocabulary(there, "official", ("tea",))


def test_incomplete_classes_are_named_with_the_empty_splits() -> None:
    where: dict[str, list[Split | None]] = {
        "full": ["train", "val", "test"],
        "b": ["train", None],
        "a": ["test", "val"],
    }
    there = [Entry(id=f"{g}{i}", gloss=g, split=split) for g, splits in where.items() for i, split in enumerate(splits)]
    assert incomplete(there) == {"a": ("train",), "b": ("val", "test")}
    assert list(incomplete(there)) == ["a", "b"]
    assert incomplete(there, splits=["train"]) == {"a": ("train",)}
    assert incomplete(there, ["gone", "full"])["gone"] == ("train", "val", "test")


def test_a_split_that_no_entry_has_is_not_missed() -> None:
    there = [Entry(id="1", gloss="a", split="train"), Entry(id="2", gloss="b", split="train")]
    assert incomplete(there) == {}
    assert incomplete(entries("a", "b")) == {}
