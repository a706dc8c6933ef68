"""An index of the videos below folders and inside zip archives, and which of them fits an entry."""

import logging
import os
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from chereme.errors import DatasetError, Rejected
from chereme.sources.archive import crc32
from chereme.sources.found import ENDINGS, RECORDED, Found, without_suffix
from chereme.types import Entry, Reject

logger = logging.getLogger(__name__)

YOUTUBE = ("youtube.com", "youtube-nocookie.com", "youtu.be")

Index = Mapping[str, list[Found]]


class Claim(NamedTuple):
    """What an entry found, and by what right."""

    entry: Entry
    found: Found
    query: str
    """The id, name or path by which it was found."""
    sure: bool
    """By its path or its id, letter for letter; else by a name that others may have as well."""


@dataclass(frozen=True, slots=True)
class Library:
    """The videos of some folders and archives, found by path or by name in constant time."""

    names: Index = field(repr=False)
    """By file name, and by file name without a video's ending."""
    paths: Index = field(repr=False)
    """By path below the folder, whole or without leading folders, and both without a video's ending."""
    folded: Index = field(repr=False)
    """Both of the above by their lower-case form."""
    files: frozenset[Found] = field(repr=False)
    """All of them."""

    @classmethod
    def open(cls, videos: tuple[Path, ...]) -> "Library":
        """Index all videos below the folders, in the archives among them, and in the archives and files given.

        A file of landmarks (`RECORDED`) counts as a video, unless one of its name lies beside it.
        Hidden files and links that lead out of their folder are passed over, links to folders too. A path that is not
        there, or an archive given that is none, is a `DatasetError`.
        """
        names: dict[str, list[Found]] = defaultdict(list)
        paths: dict[str, list[Found]] = defaultdict(list)
        folded: dict[str, list[Found]] = defaultdict(list)
        files = {(str(found.root), found.name): found for root in videos for found in _below(root)}
        filmed = {(top, without_suffix(name)) for top, name in files if not name.lower().endswith(RECORDED)}
        files = {
            (top, name): found
            for (top, name), found in files.items()
            if not name.lower().endswith(RECORDED) or (top, without_suffix(name)) not in filmed
        }
        for _, found in sorted(files.items()):
            parts = found.name.replace("\\", "/").split("/")
            tails = ["/".join(parts[i:]) for i in range(len(parts))]
            forms = [{tail, without_suffix(tail)} for tail in tails]
            for form in forms[-1]:
                names[form].append(found)
            for form in set().union(*forms[:-1]):
                paths[form].append(found)
            for form in {form.lower() for form in set().union(*forms)}:
                folded[form].append(found)
        return cls(names, paths, folded, frozenset(files.values()))

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
        claims: dict[Found, list[Claim]] = defaultdict(list)
        for entry in entries:
            try:
                claim = self._claim(entry)
            except Rejected as trouble:
                result[entry.id] = trouble.reject(entry.id, "acquire")
            else:
                result[entry.id] = claim.found
                claims[claim.found].append(claim)
        for claimed in claims.values():
            for lost, detail in _disputed(claimed):
                result[lost.id] = Reject(id=lost.id, stage="acquire", reason="ambiguous_file", detail=detail)
        return result

    def _claim(self, entry: Entry) -> Claim:
        written = [name.replace("\\", "/") for name in entry.files]
        if with_folder := [name for name in written if "/" in name]:
            queries = [(name, self.paths, True) for name in with_folder]
        else:
            queries = [(n, self.names, n == entry.id) for n in dict.fromkeys((*written, entry.id))]
        for query, index, sure in queries:
            for form in dict.fromkeys((query, without_suffix(query))):
                if fits := index.get(form):
                    # A path below a folder given outright comes before one further down.
                    top = [f for f in fits if with_folder and without_suffix(f.name) == without_suffix(query)]
                    return Claim(entry, _only(top or fits, query), query, sure)
                if fits := self.folded.get(form.lower()):
                    return Claim(entry, _only(fits, query), query, bool(with_folder))
        looked = ", ".join(f"'{query}'" for query in dict.fromkeys(query for query, _, _ in queries))
        raise Rejected("missing_file", f"no video named {looked}")


def _below(root: Path) -> Iterator[Found]:
    if root.is_dir():
        yield from _in_folder(root)
    elif not root.exists():
        raise DatasetError(f"{root}: there is no such folder or archive to look for videos in")
    elif zipfile.is_zipfile(root):
        yield from _in_archive(root)
    elif root.suffix.lower() in ENDINGS:
        yield Found(root=root.parent, name=root.name, size=root.stat().st_size)
    else:
        raise DatasetError(f"{root}: is neither a folder, nor a zip archive, nor a video")


def _in_folder(root: Path) -> Iterator[Found]:
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as items:
                for item in items:
                    if item.name.startswith(".") or item.name == "__MACOSX":
                        continue
                    name = f"{folder}/{item.name}" if folder else item.name
                    if item.is_dir(follow_symlinks=False):
                        pending.append(name)
                    elif Path(name).suffix.lower() in ENDINGS and item.is_file():
                        found = Found(root=root, name=name, size=item.stat().st_size)
                        if not item.is_symlink() or found.inside():
                            yield found
                        else:
                            logger.warning("%s leads out of %s: passed over", name, root)
                    elif name.lower().endswith(".zip") and item.is_file(follow_symlinks=False):
                        yield from _if_archive(root / name)
        except OSError as error:
            raise DatasetError(f"{root / folder}: cannot be read ({error.strerror})") from None


def _if_archive(path: Path) -> Iterator[Found]:
    try:
        yield from _in_archive(path)
    except DatasetError as error:
        logger.warning("%s; passed over", error)


def _in_archive(path: Path) -> Iterator[Found]:
    """Members with a video's ending, whatever their names hold: unpacking judges them."""
    try:
        with zipfile.ZipFile(path) as file:
            members = file.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise DatasetError(f"{path}: cannot be read as a zip archive ({error})") from None
    for member in members:
        last = member.filename.replace("\\", "/").rsplit("/", 1)[-1]
        hidden = last.startswith(".") or "__MACOSX" in member.filename
        if not member.is_dir() and not hidden and Path(last).suffix.lower() in ENDINGS:
            yield Found(root=path, name=member.filename, size=member.file_size, packed=True)


def _only(fits: list[Found], query: str) -> Found:
    """The first of files that all have the same bytes; beside a video, landmarks tracked before do not count."""
    fits = [found for found in fits if not found.name.lower().endswith(RECORDED)] or fits
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
