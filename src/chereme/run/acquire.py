"""Acquiring: metadata to entries, entries to files, files to shots."""

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from chereme.catalog.choose import Chosen, per_split
from chereme.catalog.coverage import Coverage, coverage
from chereme.catalog.identity import unique
from chereme.catalog.kinds import kind_of
from chereme.catalog.splits import Divided
from chereme.catalog.twins import groups
from chereme.catalog.vocabulary import vocabulary
from chereme.contracts import Run
from chereme.errors import DatasetError, SettingsError
from chereme.run.collection import Collection, Located
from chereme.run.jobs import Locate
from chereme.run.progress import Progress
from chereme.run.settings import Asked
from chereme.run.shots import Catalog
from chereme.sources import Found, Library, Room, digests
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
    duplicates: tuple[Reject, ...]
    unclaimed: tuple[str, ...]
    """Names of videos that no entry of the metadata has."""
    sums: Mapping[str, str]
    """Digests by id of files that others share their bytes with."""
    grouped: Mapping[str, str]
    """Groups of twins by id."""
    looked: bool
    """Whether there was anywhere to look for videos."""

    @property
    def coverage(self) -> Coverage:
        """What the catalog holds, in numbers; counted when asked for."""
        found = {id for id, what in self.matched.items() if isinstance(what, Found)}
        return coverage(self.entries, found if self.looked else None, self.sums, self.grouped)


def survey(asked: Asked, library: Library | None = None) -> Survey:
    """Read the metadata, match files by name, choose and divide; without `videos`, nothing is found.

    Raises `DatasetError` and `SettingsError`; a clip without a file is a reject in `matched`.
    """
    with _no_collector():
        return _survey(asked, library)


def _survey(asked: Asked, library: Library | None) -> Survey:
    dataset = asked.spec("datasets", asked.dataset)
    metadata, videos = places(asked)
    try:
        entries, duplicates = unique(dataset.read(metadata))
    except DatasetError as trouble:
        if (kind := kind_of(metadata)) in (None, asked.dataset):
            raise
        raise DatasetError(f"{trouble}; it looks like metadata for --dataset {kind}") from None
    library = library or Library.open(videos)
    matched = library.match(entries)
    found = {id for id, what in matched.items() if isinstance(what, Found)}
    chosen = asked.choose.choose(entries, found, metadata.parent)
    sums = digests({e.id: what for e in chosen.entries if isinstance(what := matched[e.id], Found)})
    grouped = groups(chosen.entries, sums)
    divided = asked.splits.divide(chosen.entries, grouped, found)
    kept = tuple(per_split(divided.entries, asked.limit, found) if asked.limit else divided.entries)
    return Survey(
        entries=kept,
        vocabulary=vocabulary(kept, asked.labels, chosen.order),
        matched=matched,
        divided=divided,
        chosen=chosen,
        duplicates=tuple(duplicates),
        unclaimed=_unclaimed(library, matched),
        sums=sums,
        grouped=grouped,
        looked=bool(videos),
    )


@contextmanager
def _no_collector() -> Iterator[None]:
    """No search for cycles while millions of things are made that are in none: it takes half as long again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def acquire(
    asked: Asked,
    unpacked: Path,
    earlier: Catalog | None,
    found: Survey,
    run: Run,
    progress: Progress,
) -> Collection:
    """Probe each file and resolve each span; files that are as they were in `earlier` are not opened again."""
    located: dict[str, Located] = {}
    with _no_collector():
        mark, room = marker(asked), Room(asked.files)
        by_id: dict[str, Entry] = {}
        marks: dict[str, str] = {}
        for entry in found.entries:
            match found.matched[entry.id]:
                case Reject() as reject:
                    located[entry.id] = Located(result=reject)
                case file if trouble := room.refused(file):
                    located[entry.id] = Located(result=trouble.reject(entry.id, "acquire"))
                case file:
                    by_id[entry.id], marks[entry.id] = entry, mark(entry, file)
        known = earlier.located(by_id, marks) if earlier else ()
        located |= {id: one for id, one in known if not one.by_chance and _still_there(one, found.matched[id])}
        left = [
            (e, file) for e in by_id.values() if e.id not in located and isinstance(file := found.matched[e.id], Found)
        ]
    there = {None, *(entry.split for entry in by_id.values())}
    for split, clips in Counter(entry.split for entry in found.entries if entry.split not in there).items():
        log.warning("no clip of the split '%s' was found; asked for: %d", split, clips)
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
        splits=found.divided.by,
        crossing=found.divided.crossing,
        duplicates=found.duplicates,
        unclaimed=found.unclaimed,
    )


def _unclaimed(library: Library, matched: Mapping[str, Found | Reject]) -> tuple[str, ...]:
    claimed = {id(what) for what in matched.values()}
    return tuple(sorted(file.name for file in library.files if id(file) not in claimed))


def places(asked: Asked) -> tuple[Path, tuple[Path, ...]]:
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
    if not (metadata.is_file() or metadata.is_dir()):
        raise DatasetError(f"{metadata}: is neither a file nor a folder")
    return metadata, videos or ((metadata,) if asked.dataset == "folder" else ())


def marker(asked: Asked) -> Callable[[Entry, Found], str]:
    """What makes the mark of an entry and its file: unchanged, they give what they gave before."""
    limits = f"{asked.files!r}, {asked.video!r}"

    def mark(entry: Entry, file: Found) -> str:
        return sha256(f"({entry.span!r}, {file!r}, {file.changed}, {limits})".encode()).hexdigest()[:16]

    return mark


def _still_there(known: Located, file: Found | Reject) -> bool:
    """Whether the file is where it was: what lies in no archive was just listed."""
    unpacked = isinstance(file, Found) and file.packed
    media = known.result.media if isinstance(known.result, Shot) else None
    return not unpacked or media is None or sized(media.path, media.bytes)


def sized(path: Path, size: int) -> bool:
    """Whether a file is there with the bytes that it had: what was unpacked may have been removed or cut off."""
    return path.is_file() and path.stat().st_size == size
