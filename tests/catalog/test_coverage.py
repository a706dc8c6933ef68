"""The numbers of a catalog."""

import json
from dataclasses import asdict
from pathlib import Path

from chereme.catalog.coverage import Balance, coverage
from chereme.catalog.wlasl import Wlasl
from chereme.types import Entry

FIXTURE = Path(__file__).parent / "fixtures" / "WLASL_v0.3.json"


def test_a_catalog_that_was_not_looked_up() -> None:
    numbers = coverage(Wlasl().read(FIXTURE))
    assert (numbers.clips, numbers.found, numbers.missing, numbers.missing_by_source) == (10, None, None, {})
    assert numbers.by_source["aslexample"] == 2
    assert list(numbers.by_source) == sorted(numbers.by_source, key=lambda s: (-numbers.by_source[s], s))
    assert numbers.balance == Balance(glosses=3, empty=0, least=3, median=3.0, most=4, imbalance=4 / 3)
    assert (numbers.signers, numbers.without_signer) == (6, 0)
    assert numbers.signers_shared == {"train+val": 1, "train+test": 0, "val+test": 0}
    assert {split: part.clips for split, part in numbers.splits.items()} == {"train": 4, "val": 3, "test": 3}
    assert numbers.name_collisions == {
        "tea.mp4": ("http://www.example.org/other/t/tea.mp4", "http://www.example.org/signs/t/tea.mp4")
    }
    assert (numbers.shared_recordings, numbers.clips_in_shared_recordings) == (1, 2)
    assert numbers.twins == 0
    assert numbers.incomplete == {}


def test_what_is_missing_counts_by_source_and_leaves_classes_empty() -> None:
    numbers = coverage(Wlasl().read(FIXTURE), found={"00011", "00014", "00021", "elsewhere"})
    assert (numbers.found, numbers.missing) == (3, 7)
    assert numbers.missing_by_source == {
        "asl5200": 1,
        "aslexample": 1,
        "lillybauer": 1,
        "northtexas": 1,
        "savvyexample": 1,
        "swfexample": 1,
        "tubeexample": 1,
    }
    assert numbers.balance == Balance(glosses=3, empty=1, least=1, median=1.5, most=2, imbalance=2.0)
    assert numbers.splits["test"].balance == Balance(glosses=3, empty=3, least=0, median=0.0, most=0, imbalance=0.0)
    assert numbers.splits["train"].found == 3
    assert numbers.incomplete == {
        "a": ("train", "val", "test"),
        "don't know": ("val", "test"),
        "tea": ("val", "test"),
    }


def test_twins_and_duplicates() -> None:
    entries = [
        Entry(id="1", gloss="able", split="test"),
        Entry(id="2", gloss="can", split="train"),
        Entry(id="3", gloss="tea", split="test", url="http://example.org/x.mp4"),
        Entry(id="4", gloss="tea", split="test", url="https://www.example.org/x.mp4"),
        Entry(id="1", gloss="tea"),
        Entry(id="1", gloss="tea"),
        Entry(id="5", gloss="tea"),
    ]
    numbers = coverage(entries, digests={"1": "same", "2": "same"})
    assert numbers.duplicate_ids == ("1",)
    assert numbers.clips == 5
    assert (numbers.twins, numbers.clips_with_twin, numbers.twins_across_glosses) == (2, 4, 1)
    assert [each.ids for each in numbers.twins_across_splits] == [("1", "2")]
    assert numbers.test_clips_with_twin == 1
    assert numbers.name_collisions == {}
    assert numbers.splits["(unknown)"].clips == 1
    assert numbers.by_source == {"(unknown)": 5}
    assert coverage(entries, grouped={}).twins == 0


def test_the_numbers_are_plain_data() -> None:
    numbers = asdict(coverage(Wlasl().read(FIXTURE), found=set()))
    assert json.loads(json.dumps(numbers))["splits"]["val"]["clips"] == 3


def test_nothing_has_numbers_too() -> None:
    assert coverage([]).balance == Balance(glosses=0, empty=0, least=0, median=0.0, most=0, imbalance=0.0)


def test_the_real_metadata(shared_data: Path) -> None:
    found = {path.stem for path in (shared_data / "wlasl_videos").glob("*.mp4")}
    numbers = coverage(Wlasl().read(shared_data / "wlasl" / "WLASL_v0.3_partial.json"), found)
    # Two of the 18 clips, 00335 and 69527, are of records that the partial file leaves out.
    assert (numbers.clips, numbers.found, numbers.missing) == (6817, 16, 6801)
    assert sum(numbers.missing_by_source.values()) == 6801
    assert numbers.missing_by_source["asl5200"] == 1556
    assert len(numbers.by_source) == 19
    assert numbers.balance.glosses == 2000
    assert numbers.shared_recordings == 106
    assert len(numbers.name_collisions) > 200
    assert numbers.duplicate_ids == ()
