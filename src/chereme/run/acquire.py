"""Acquiring: metadata to entries, entries to files, files to shots."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from chereme.catalog.choose import Chosen, per_split
from chereme.catalog.coverage import Coverage, coverage
from chereme.catalog.identity import unique
from chereme.catalog.splits import Divided
from chereme.catalog.twins import groups
from chereme.catalog.vocabulary import vocabulary
from chereme.contracts import Run
from chereme.errors import DatasetError, SettingsError
from chereme.run.collection import Collection, Located
from chereme.run.jobs import Locate
from chereme.run.progress import Progress
from chereme.run.settings import Asked
from chereme.sources import Found, Library, digests
from chereme.types import Entry, Reject, Shot, Vocabulary

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The entries asked for with their final splits, and the files that are theirs; nothing has been opened yet."""

    entries: tuple[Entry, ...]
    vocabulary: Vocabulary
    matched: Mapping[str, Found | Reject]
    divided: Divided
    chosen: Chosen
    coverage: Coverage
    duplicates: tuple[Reject, ...]
    unclaimed: tuple[str, ...]
    """Names of videos that no entry of the metadata has."""


def survey(asked: Asked) -> Survey:
    """Read the metadata, match files by name, choose and divide; without `videos`, nothing is found.

    Raises `DatasetError` and `SettingsError`; a clip without a file is a reject in `matched`.
    """
    dataset = asked.spec("datasets", asked.dataset)
    metadata, videos = _places(asked)
    entries, duplicates = unique(dataset.read(metadata))
    library = Library.open(videos)
    matched = library.match(entries)
    found = {id for id, what in matched.items() if isinstance(what, Found)}
    chosen = asked.choose.choose(entries, found, metadata.parent)
    there = {e.id: what for e in chosen.entries if isinstance(what := matched[e.id], Found)}
    sums = digests(there)
    grouped = groups(chosen.entries, sums)
    divided = asked.splits.divide(chosen.entries, grouped)
    kept = tuple(per_split(divided.entries, asked.limit, found) if asked.limit else divided.entries)
    return Survey(
        entries=kept,
        vocabulary=vocabulary(kept, asked.labels, chosen.order),
        matched=matched,
        divided=divided,
        chosen=chosen,
        coverage=coverage(kept, found if videos else None, sums, grouped),
        duplicates=tuple(duplicates),
        unclaimed=_unclaimed(library, matched),
    )


def acquire(
    asked: Asked,
    unpacked: Path,
    earlier: Mapping[str, Located],
    found: Survey,
    run: Run,
    progress: Progress,
) -> Collection:
    """Probe each file and resolve each span; files that are as they were in `earlier` are not opened again."""
    located: dict[str, Located] = {}
    marks: dict[str, str] = {}
    left: list[tuple[Entry, Found]] = []
    for entry in found.entries:
        match found.matched[entry.id]:
            case Reject() as reject:
                located[entry.id] = Located(result=reject)
            case file:
                mark = marks[entry.id] = _mark(entry, file, asked)
                known = earlier.get(entry.id)
                if known and known.seen == mark and not _by_chance(known) and _still_there(known):
                    located[entry.id] = known
                else:
                    left.append((entry, file))
    progress.stage("acquire", total=len(found.entries), done=len(located))
    packed = any(file.packed for _, file in left)
    for result in run(Locate(unpacked=unpacked, files=asked.files, video=asked.video, packed=packed), left):
        id = result.id if isinstance(result, Reject) else result.entry.id
        located[id] = Located(result=result, seen=marks[id])
        progress.step(result if isinstance(result, Reject) else None)
    return Collection(
        entries=found.entries,
        vocabulary=found.vocabulary,
        located=located,
        crossing=found.divided.crossing,
        duplicates=found.duplicates,
        unclaimed=found.unclaimed,
    )


def _unclaimed(library: Library, matched: Mapping[str, Found | Reject]) -> tuple[str, ...]:
    claimed = {id(what) for what in matched.values()}
    return tuple(sorted(file.name for file in library.files if id(file) not in claimed))


def _places(asked: Asked) -> tuple[Path, tuple[Path, ...]]:
    """The metadata and the places to look for videos in, all of them there."""
    videos = asked.videos
    for place in videos:
        if not place.exists():
            raise SettingsError(f"--videos {place}: there is no such folder or archive")
    metadata = asked.metadata
    if metadata is None and asked.dataset == "folder" and len(videos) == 1:
        metadata = videos[0]
    if metadata is None:
        what = "the folder of clips with --videos" if asked.dataset == "folder" else "its file with --metadata"
        raise SettingsError(f"the dataset '{asked.dataset}' needs {what}")
    if not metadata.exists():
        raise DatasetError(f"{metadata}: there is no such file")
    return metadata, videos or ((metadata,) if asked.dataset == "folder" else ())


def _mark(entry: Entry, file: Found, asked: Asked) -> str:
    """Unchanged, an entry's file gives what it gave before."""
    changed = (file.root if file.packed else file.path).stat().st_mtime_ns
    return sha256(repr((entry.span, file, changed, asked.files, asked.video)).encode()).hexdigest()[:16]


def _by_chance(known: Located) -> bool:
    """Whether it was the machine that failed rather than the file, which another try may show to be good."""
    return isinstance(known.result, Reject) and known.result.reason in ("worker_died", "timeout", "out_of_memory")


def _still_there(known: Located) -> bool:
    return not isinstance(known.result, Shot) or sized(known.result.media.path, known.result.media.bytes)


def sized(path: Path, size: int) -> bool:
    """Whether a file is there with the bytes that it had: what was unpacked may have been removed or cut off."""
    return path.is_file() and path.stat().st_size == size
