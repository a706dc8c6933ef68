"""WLASL: `WLASL_v0.3.json` and files of its form (https://github.com/dxli94/WLASL).

A list of glosses, each with its instances. Boxes are x0, y0, x1, y1 and hold only in the recording as published, not
in clips cut and scaled from it. `frame_start` counts from 1, `frame_end` is inclusive and -1 means to the end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from chereme.catalog.address import file_names
from chereme.catalog.identity import trouble
from chereme.catalog.metadata import LARGEST, Place, read_items, split_named
from chereme.errors import DatasetError, SettingsError
from chereme.types import Entry, Span, Split

BASES = {
    "asl5200": "native",  # 25 long videos at 29.97 fps: at 25, frame 5 122 lands 34 s off, on another sign
    "lillybauer": "25",
    "northtexas": "25",  # reported in WLASL's issue 16
}
"""What the frame numbers of a source count. All other sources of v0.3 run to the end of their file."""

NOMINAL_FPS = 25.0
"""The `fps` of every record of v0.3, whatever the video's own rate."""

_WHOLE = Span()
_LIKE_AN_ID = re.compile(r"\d{5}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wlasl:
    """Reads WLASL's metadata."""

    bases: dict[str, str] = field(default_factory=dict)
    """Frame base by source, over the built-in table: 'native' (the file's own frames) or frames a second."""

    def __post_init__(self) -> None:
        for source, base in self.bases.items():
            _rate(source, base)

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries in the file's order, which is also the official order of classes.

        Raises `DatasetError` naming the place, as `[12].instances[3].bbox`.
        """
        rates = {source: _rate(source, base) for source, base in (BASES | self.bases).items()}
        words: dict[str, str] = {}
        entries = []
        for each in read_items(metadata):
            gloss = each["gloss"].text()
            entries += [_entry(gloss, instance, rates, words) for instance in each["instances"].items()]
        ids = {entry.id for entry in entries}
        for entry in entries:
            yield _without_ids(entry, ids)


def _entry(gloss: str, instance: Place, rates: dict[str, float | None], words: dict[str, str]) -> Entry:
    """An entry; what many have in common is held once, in `words`."""
    id = instance["video_id"].text()
    if why := trouble(id):
        raise DatasetError(f"{instance.path}: {instance.at}.video_id {id[:60]!r} {why}")
    source = instance.text_or("source")
    url = instance.text_or("url")
    return Entry(
        id=id,
        gloss=gloss,
        span=_span(instance, source, rates),
        split=_split(instance),
        signer=words.setdefault(signer, signer) if (signer := _signer(instance)) else None,
        source=words.setdefault(source, source) if source else None,
        variant=instance.whole_or("variation_id"),
        box=_box(instance),
        url=url,
        files=_files(id, url),
    )


def _span(instance: Place, source: str | None, rates: dict[str, float | None]) -> Span:
    start, end = instance.whole_or("frame_start", 1), instance.whole_or("frame_end", -1)
    if start is None or start < 1:
        raise instance["frame_start"].wrong("a frame number from 1")
    if end is None or (end != -1 and end < start):
        raise instance["frame_end"].wrong(f"-1 or a frame number from frame_start ({start})")
    fps = NOMINAL_FPS if instance.value.get("fps") is None else instance["fps"].number()
    if fps <= 0:
        raise instance["fps"].wrong("a rate above 0")
    if start == 1 and end == -1:
        return _WHOLE
    rate = rates.get(source or "", fps)
    return Span(start=float(start - 1), stop=None if end == -1 else float(end), rate=rate)


def _files(id: str, url: str | None) -> tuple[str, ...]:
    """The id, then what a downloader makes of the URL."""
    names = file_names(url) if url else ()
    return (id, *(name for name in names if not _LIKE_AN_ID.fullmatch(_stem(name))))


def _without_ids(entry: Entry, ids: set[str]) -> Entry:
    """The entry without names that are other records' ids.

    115 URLs of v0.3 end in a number that is another record's `video_id` (`…/14326.mp4` of signingsavvy): looked for by
    that name, such a record would find the other's clip and give it a wrong gloss.
    """
    id, *names = entry.files
    kept = [name for name in names if name not in ids and _stem(name) not in ids]
    return entry if len(kept) == len(names) else replace(entry, files=(id, *kept))


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _box(instance: Place) -> tuple[float, float, float, float] | None:
    box = instance.value.get("bbox")
    if box is None:
        return None
    if type(box) is list and len(box) == 4 and all(type(edge) in (int, float) for edge in box):
        x0, y0, x1, y1 = box
        if 0 <= x0 < x1 < LARGEST and 0 <= y0 < y1 < LARGEST:
            return (float(x0), float(y0), float(x1), float(y1))
    place = instance.get("bbox")
    if not isinstance(place.value, list) or len(place.value) != 4:
        raise place.wrong("a list of the four numbers x0, y0, x1, y1")
    x0, y0, x1, y1 = (each.number() for each in place.items())
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _split(instance: Place) -> Split | None:
    text = instance.text_or("split")
    if text is None:
        return None
    if split := split_named(text):
        return split
    raise instance["split"].wrong("train, val or test")


def _signer(instance: Place) -> str | None:
    signer = instance.value.get("signer_id")
    if isinstance(signer, str):
        return instance.text_or("signer_id")
    number = instance.whole_or("signer_id")
    return None if number is None else str(number)


def _rate(source: str, base: str) -> float | None:
    if base == "native":
        return None
    try:
        rate = float(base)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1e6:
        raise SettingsError(
            f"the frame base of '{source}' must be 'native' or frames a second such as '25', not '{base}'"
        )
    return rate
