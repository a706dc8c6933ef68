"""Time and memory of a catalog grow with its entries and no faster; `benchmarks/bench_scale.py` measures a million."""

import json
import tracemalloc
import zipfile
from pathlib import Path
from time import process_time

import pytest

from chereme.catalog.splits import Splits
from chereme.run.acquire import survey
from chereme.run.settings import Asked

FEW, MANY = 5_000, 20_000


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Asked]:
    """Made-up metadata, and archives of files without bytes."""
    return {entries: _collection(tmp_path_factory.mktemp("scale"), entries) for entries in (FEW, MANY)}


def _collection(folder: Path, entries: int) -> Asked:
    instances = [
        {
            "bbox": [number % 331, 0, 900, 700],
            "fps": 25,
            "frame_end": -1,
            "frame_start": 1,
            "instance_id": 0,
            "signer_id": number % 97,
            "source": "drawn",
            "split": "train",
            "url": f"https://example.org/{number}/take-{number}.mp4",
            "variation_id": 0,
            "video_id": f"{number:06d}",
        }
        for number in range(entries)
    ]
    glosses = [{"gloss": f"g{at}", "instances": instances[at : at + 50]} for at in range(0, entries, 50)]
    (folder / "metadata.json").write_text(json.dumps(glosses))
    with zipfile.ZipFile(folder / "videos.zip", "w") as archive:
        for number in range(entries):
            archive.writestr(zipfile.ZipInfo(f"{number // 1000}/{number:06d}.mp4"), b"%d" % number)
    return Asked(metadata=folder / "metadata.json", videos=(folder / "videos.zip",), splits=Splits(by="stratified"))


def test_four_times_the_entries_take_about_four_times_as_long(collections: dict[int, Asked]) -> None:
    taken: dict[int, list[float]] = {FEW: [], MANY: []}
    for entries in (FEW, MANY, FEW, MANY):
        start = process_time()
        assert len(survey(collections[entries]).entries) == entries
        taken[entries].append(process_time() - start)
    assert min(taken[MANY]) < 1.75 * MANY / FEW * min(taken[FEW])


def test_an_entry_needs_little_memory(collections: dict[int, Asked]) -> None:
    survey(collections[FEW])  # what is imported, compiled and kept for good
    tracemalloc.start()
    try:
        found = survey(collections[FEW])
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.entries) == FEW
    assert kept / FEW < 1500
    assert most / FEW < 3500
