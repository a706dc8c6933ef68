"""Entries to targets: each recording once, under names by which `chereme build` finds it for all entries it serves.

A file is named by an entry's id, or, where several entries share a recording, by the last part of its URL, as WLASL's
own downloader names them. A name never comes from a server. Last parts collide (`book.mp4` at two sites): one that an
entry with another URL may also be looked for by would make both ambiguous, so then the file has the id of each of its
entries, as links to one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import urlsplit

from chereme.catalog.address import file_names, recording_of, youtube_id
from chereme.catalog.identity import trouble
from chereme.filenames import VIDEOS
from chereme.sources.found import without_suffix
from chereme.types import Entry

YOUTUBE = "www.youtube.com"
"""The host of all of YouTube's names, so that they wait for each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A recording to fetch."""

    key: str
    """The same for all URLs of the recording."""
    url: str
    host: str
    source: str
    """The first entry's, as the dataset says; else the host."""
    kind: Literal["direct", "site"]
    """A file's own URL, or a page that yt-dlp must read."""
    ids: tuple[str, ...]
    """The entries it serves."""
    names: tuple[str, ...]
    """Where it lies below the folder, less the ending; all but the first are links to the first."""

    @property
    def mark(self) -> str:
        """A short name for it that is safe as a file's."""
        return sha256(self.key.encode()).hexdigest()[:24]

    def facts(self) -> dict[str, Any]:
        """What the ledger says of it, whatever became of it."""
        known = {"key": self.key, "url": self.url, "source": self.source, "host": self.host}
        return known | {"entries": len(self.ids)}


def targets(entries: Sequence[Entry], chosen: Iterable[Entry]) -> list[Target]:
    """What to fetch for the chosen of all entries, in catalog order; entries without a URL are passed over.

    Names are settled among all entries, so that another choice later finds the same files.
    """
    wanted = {entry.id for entry in chosen}
    groups: dict[str, list[Entry]] = defaultdict(list)
    seekers: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.url and entry.url.strip():
            groups[recording_of(entry.url)].append(entry)
        for name in (*entry.files, entry.id):
            seekers[_folded(name)].add(entry.id)
    taken: set[str] = set()
    made = []
    for key, several in groups.items():
        names = tuple(_free(name, taken) for name in _names(several, seekers))
        if any(entry.id in wanted for entry in several):
            made.append(_target(key, several, names))
    return made


def _target(key: str, several: list[Entry], names: tuple[str, ...]) -> Target:
    url = (several[0].url or "").strip()
    try:
        parts = urlsplit(url)
        host, path = (parts.hostname or "").lower(), parts.path
    except ValueError:
        host, path = "", ""
    ending = "." + path.rpartition(".")[2].lower()
    if tube := youtube_id(url) is not None:
        host = YOUTUBE
    direct = not tube and (ending in VIDEOS or not host)
    return Target(
        key=key,
        url=url,
        host=host,
        source=several[0].source or host,
        kind="direct" if direct else "site",
        ids=tuple(entry.id for entry in several),
        names=names,
    )


def _names(several: list[Entry], seekers: dict[str, set[str]]) -> tuple[str, ...]:
    """By a path that the dataset gives, by the id of a lone entry, by a name that all share and nobody else, by ids."""
    paths = dict.fromkeys(path for entry in several if (path := _path(entry)))
    if paths:
        # Entries with a path are looked for by it alone; others by their id.
        return (*paths, *(entry.id for entry in several if not _path(entry)))
    if len(several) > 1:
        ids = {entry.id for entry in several}
        for name in file_names(several[0].url or ""):
            stem = without_suffix(name)
            looked_for = all(_folded(name) in map(_folded, entry.files) for entry in several)
            if not trouble(stem) and looked_for and seekers[_folded(name)] == ids:
                return (stem,)
    elif (first := several[0]).files and seekers[_folded(first.files[0])] == {first.id}:
        stem = without_suffix(first.files[0])  # looked for before the id; the id itself in WLASL
        return (first.id if trouble(stem) else stem,)
    return tuple(entry.id for entry in several)


def _path(entry: Entry) -> str | None:
    """The first path with a folder among the names of an entry, less a video's ending, when it stays inside."""
    for name in entry.files:
        parts = without_suffix(name.replace("\\", "/")).split("/")
        if len(parts) > 1 and not any(trouble(part) for part in parts):
            return "/".join(parts)
    return None


def _free(name: str, taken: set[str]) -> str:
    """The name, in a folder of its own where another differs only in case: some disks see one file in both."""
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{number}/{name}"
    taken.add(free.lower())
    return free


def _folded(name: str) -> str:
    return without_suffix(name).lower()
