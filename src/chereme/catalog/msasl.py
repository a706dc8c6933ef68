"""MS-ASL: `MSASL_train.json`, `MSASL_val.json`, `MSASL_test.json` (microsoft.com/en-us/research/project/ms-asl).

Lists of clips, each a span in seconds of a YouTube video. `box` is y0, x0, y1, x1 as shares of the picture: read so,
boxes are about square in pixels, and others' readers of the files agree. Labels follow `MSASL_classes.json`; signs that
look the same have one label. Clips have no names, so an id says the split and the place in its list.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chereme.catalog.address import file_names
from chereme.catalog.identity import trouble
from chereme.catalog.metadata import Place, read_json, split_named
from chereme.errors import DatasetError, SettingsError
from chereme.types import Entry, Span, Split

FILES = tuple(f"MSASL_{split}.json" for split in ("train", "val", "test"))
CLASSES = "MSASL_classes.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Msasl:
    """Reads one of MS-ASL's lists, or all of a folder."""

    subset: int = 0
    """Only the first so many classes: 100, 200, 500 or 1000 as in the published subsets; 0: all."""

    def __post_init__(self) -> None:
        if self.subset < 0:
            raise SettingsError(f"msasl.subset must be 0 or above, not {self.subset}")

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries by class number, then as in the files: so glosses first appear in the official order.

        Raises `DatasetError` naming the file and the place, as `[12].end_time`.
        """
        lists = _lists(metadata)
        folder = metadata if metadata.is_dir() else metadata.parent
        clips = [(path, i, clip) for path in lists for i, clip in enumerate(Place(path, read_json(path)).items())]
        labeled = [(_label(clip), path, i, clip) for path, i, clip in clips]
        names = _names(folder, [(label, clip) for label, _, _, clip in labeled])
        for label, path, i, clip in sorted(labeled, key=lambda each: each[0]):
            if not self.subset or label < self.subset:
                yield _entry(names[label], path, i, clip)


def _lists(metadata: Path) -> list[Path]:
    if not metadata.is_dir():
        return [metadata]
    if found := [metadata / name for name in FILES if (metadata / name).exists()]:
        return found
    raise DatasetError(f"{metadata}: holds none of {', '.join(FILES)}")


def _label(clip: Place) -> int:
    label = clip["label"].whole()
    if label < 0:
        raise clip["label"].wrong("a class number from 0")
    return label


def _names(folder: Path, clips: list[tuple[int, Place]]) -> dict[int, str]:
    """The name of each class: by the list of classes beside, else the text that most of its clips have."""
    classes = folder / CLASSES
    listed = [each.text() for each in Place(classes, read_json(classes)).items()] if classes.exists() else []
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for label, clip in clips:
        if listed and label >= len(listed):
            raise clip["label"].wrong(f"a class number below {len(listed)}, the classes in {CLASSES}")
        votes[label][clip.text_or("text") or clip["clean_text"].text()] += 1
    return {label: listed[label] if listed else count.most_common(1)[0][0] for label, count in votes.items()}


def _entry(gloss: str, path: Path, number: int, clip: Place) -> Entry:
    split = _split(path)
    id = f"{split or path.stem}-{number:05d}"
    if why := trouble(id):
        raise DatasetError(f"{path}: the file's name {why}; rename it")
    url = clip.text_or("url")
    if url and "://" not in url:
        url = f"https://{url}"  # some begin with 'www.'
    signer = clip.whole_or("signer_id")
    return Entry(
        id=id,
        gloss=gloss,
        span=_span(clip),
        split=split,
        signer=None if signer is None else str(signer),
        box=_box(clip),
        size=_size(clip),
        url=url,
        files=(id, *(file_names(url) if url else ())),
    )


def _split(path: Path) -> Split | None:
    return split_named(path.stem.rpartition("_")[2])


def _span(clip: Place) -> Span:
    start, end = clip["start_time"].number(), clip["end_time"].number()
    if not 0 <= start < end:
        raise clip["end_time"].wrong(f"seconds after start_time ({start}), which is 0 or more")
    return Span(start=start, stop=end, rate=1.0)


def _box(clip: Place) -> tuple[float, float, float, float] | None:
    """In pixels of the video as published, whose size the clip states."""
    place, size = clip.get("box"), _size(clip)
    if place.value is None or size is None:
        return None
    if not isinstance(place.value, list) or len(place.value) != 4:
        raise place.wrong("a list of the four numbers y0, x0, y1, x1")
    width, height = size
    y0, x0, y1, x1 = (each.number() for each in place.items())
    return (x0 * width, y0 * height, x1 * width, y1 * height) if x0 < x1 and y0 < y1 else None


def _size(clip: Place) -> tuple[float, float] | None:
    """Width and height of the video as published; files that were fetched may be smaller."""
    if clip.get("width").value is None or clip.get("height").value is None:
        return None
    width, height = clip["width"].number(), clip["height"].number()
    return (width, height) if width > 0 and height > 0 else None
