"""WLASL: `WLASL_v0.3.json` and files of its form (https://github.com/dxli94/WLASL).

A list of glosses, each with its instances. Boxes are x0, y0, x1, y1 and hold only in the recording as published, not
in clips cut and scaled from it. `frame_start` counts from 1, `frame_end` is inclusive and -1 means to the end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chereme.catalog.address import file_names
from chereme.catalog.identity import trouble
from chereme.catalog.metadata import Place, read_json, split_named
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
        glosses = [(g["gloss"].text(), g["instances"].items()) for g in Place(metadata, read_json(metadata)).items()]
        ids = {id for _, instances in glosses for each in instances if type(id := each.get("video_id").value) is str}
        rates = {source: _rate(source, base) for source, base in (BASES | self.bases).items()}
        for gloss, instances in glosses:
            for instance in instances:
                yield _entry(gloss, instance, ids, rates)


def _entry(gloss: str, instance: Place, ids: set[str], rates: dict[str, float | None]) -> Entry:
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
        signer=_signer(instance),
        source=source,
        variant=instance.whole_or("variation_id"),
        box=_box(instance),
        url=url,
        files=_files(id, url, ids),
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


def _files(id: str, url: str | None, ids: set[str]) -> tuple[str, ...]:
    """The id, then what a downloader makes of the URL.

    115 URLs of v0.3 end in a number that is another record's `video_id` (`…/14326.mp4` of signingsavvy): looked for by
    that name, such a record would find the other's clip and give it a wrong gloss. So these names are left out.
    """
    names = []
    for name in file_names(url) if url else ():
        stem = name.rpartition(".")[0] or name
        if name not in ids and stem not in ids and not _LIKE_AN_ID.fullmatch(stem):
            names.append(name)
    return (id, *names)


def _box(instance: Place) -> tuple[float, float, float, float] | None:
    place = instance.get("bbox")
    if place.value is None:
        return None
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
