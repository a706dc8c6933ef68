"""The videos of some folders and archives, and which of them fits an entry."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from chereme.errors import Rejected
from chereme.sources.archive import crc32
from chereme.sources.found import Found, without_suffix
from chereme.sources.listing import videos_in
from chereme.sources.names import Index, slashed
from chereme.types import Entry, Reject

YOUTUBE = ("youtube.com", "youtube-nocookie.com", "youtu.be")


class Claim(NamedTuple):
    """What an entry found, and by what right."""

    entry: Entry
    found: Found
    query: str
    """The id, name or path by which it was found."""
    sure: bool
    """By its path or its id, letter for letter; else by a name that others may have as well."""


class Library:
    """The videos of some folders and archives, found by path or by name in constant time."""

    def __init__(self, files: Iterable[Found]) -> None:
        self.files = tuple(_sorted(files))

    @classmethod
    def open(cls, videos: tuple[Path, ...]) -> "Library":
        """Index all videos below the folders, in the archives among them, and in the archives and files given.

        A file of landmarks (`Found.recorded`) counts as a video, unless one of its name lies beside it.
        Hidden files and links that lead out of their folder are passed over, links to folders too, and folders that
        `chereme build` wrote. A path that is not there, or an archive given that is none, is a `DatasetError`.
        """
        return cls(found for root in videos for found in videos_in(root))

    @cached_property
    def _names(self) -> Index:
        """By file name."""
        return Index(self.files, lambda name: (name.rpartition("/")[2],))

    @cached_property
    def _paths(self) -> Index:
        """By path below the folder, whole or without leading folders."""
        return Index(self.files, _tails)

    def __len__(self) -> int:
        return len(self.files)

    def find(self, entry: Entry) -> Found:
        """The file that fits one entry, whatever other entries claim; `match` sees those too.

        Raises `Rejected`: `missing_file`, or `ambiguous_file` where several files of different bytes fit equally well.
        """
        return self._claim(entry).found

    def match(self, entries: Iterable[Entry]) -> dict[str, Found | Reject]:
        """The file that fits each entry, or why there is none, by id.

        The first rule that finds a file decides:

        1. `entry.files` with a folder: that path below a folder or archive given (or below some folder in it). An entry
           with such a path is looked for by it alone, because names like `1.mp4` recur from folder to folder.
        2. `entry.files` without a folder, best first as the dataset gives them: as written, then with another video's
           ending.
        3. The entry's id, unless it was among these, as a file name with a video's ending.

        Each is tried as written, then without regard to case. Files of the same bytes count as one. Entries may share a
        file by path, and by a name when they have the same URL; entries with different URLs that end in the same name
        cannot know whose file it is and are all `ambiguous_file`, as is one whose file another has by id or path.
        """
        result: dict[str, Found | Reject] = {}
        first: dict[int, Entry] = {}
        several: dict[int, list[Claim]] = {}
        for entry in entries:
            try:
                claim = self._claim(entry)
            except Rejected as trouble:
                result[entry.id] = trouble.reject(entry.id, "acquire")
                continue
            result[entry.id] = claim.found
            mark = id(claim.found)
            if (before := first.setdefault(mark, entry)) is not entry:
                several.setdefault(mark, [self._claim(before)]).append(claim)
        for claimed in several.values():
            for lost, detail in _disputed(claimed):
                result[lost.id] = Reject(id=lost.id, stage="acquire", reason="ambiguous_file", detail=detail)
        return result

    def _claim(self, entry: Entry) -> Claim:
        written = [slashed(name) for name in entry.files]
        if with_folder := [name for name in written if "/" in name]:
            index, queries = self._paths, with_folder
        else:
            index, queries = self._names, list(dict.fromkeys((*written, entry.id)))
        for query in queries:
            stem = without_suffix(query)
            for form in (query,) if stem == query else (query, stem):
                if fits := index.get(form):
                    # A path below a folder given outright comes before one further down.
                    top = [f for f in fits if without_suffix(f.name) == stem] if with_folder else []
                    return Claim(entry, _only(top or fits, query), query, bool(with_folder) or query == entry.id)
                if fits := index.folded(form.lower()):
                    return Claim(entry, _only(fits, query), query, bool(with_folder))
        looked = ", ".join(f"'{query}'" for query in dict.fromkeys(queries))
        raise Rejected("missing_file", f"no video named {looked}")


def _sorted(files: Iterable[Found]) -> Iterator[Found]:
    """Each file once, by place and name, without landmarks that have their video beside them."""
    by_root: defaultdict[str, list[Found]] = defaultdict(list)
    for found in files:
        by_root[str(found.root)].append(found)
    for _, several in sorted(by_root.items()):
        several.sort(key=attrgetter("name"))
        recorded = {without_suffix(found.name) for found in several if found.recorded}
        filmed = {stem for f in several if not f.recorded and (stem := without_suffix(f.name)) in recorded}
        last = None
        for found in several:
            if found.name != last and not (recorded and found.recorded and without_suffix(found.name) in filmed):
                yield found
            last = found.name


def _tails(name: str) -> Iterator[str]:
    """The path, and the path without leading folders, as far as a folder is left in it."""
    while "/" in name:
        yield name
        name = name.partition("/")[2]


def _only(fits: list[Found], query: str) -> Found:
    """The first of files that all have the same bytes; beside a video, landmarks tracked before do not count."""
    fits = [found for found in fits if not found.recorded] or fits
    first = fits[0]
    try:
        differ = len(fits) > 1 and (len({f.size for f in fits}) > 1 or len({crc32(f) for f in fits}) > 1)
    except OSError as error:
        raise Rejected("missing_file", f"'{query}' cannot be read: {error.strerror}") from error
    if differ:
        shown = ", ".join(sorted(f"{f.root.name}/{f.name}" for f in fits)[:3])
        raise Rejected("ambiguous_file", f"{len(fits)} different files fit '{query}': {shown}")
    return first


def _disputed(claims: list[Claim]) -> Iterator[tuple[Entry, str]]:
    """Entries that cannot have the file which all of `claims` found, each with the reason in words."""
    sure = [claim for claim in claims if claim.sure]
    unsure = [claim for claim in claims if not claim.sure]
    addresses = {_address(claim) for claim in sure or unsure}
    for claim in unsure:
        if not sure and len(addresses) > 1:
            yield claim.entry, f"{len(addresses)} different entries or URLs lay claim to {claim.found.name}"
        elif sure and _address(claim) not in addresses:
            yield claim.entry, f"{claim.found.name} belongs to '{sure[0].entry.id}'"


def _address(claim: Claim) -> str:
    """A key that is equal for URLs of one recording, among those that end in the same name."""
    entry = claim.entry
    if not entry.url:
        return f"id:{entry.id}" if claim.query == entry.id else "named by the dataset"
    try:
        url = urlsplit(entry.url.strip())
        host = (url.hostname or "").lower().removeprefix("www.")
    except ValueError:
        return entry.url
    if any(host == known or host.endswith("." + known) for known in YOUTUBE):
        return "youtube"  # a video has URLs of several forms; they share its id, which is the name found
    return f"{host}{url.path}?{url.query}"
