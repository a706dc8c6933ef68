"""A folder of clips, one folder a class: `book/1.mp4`, or `train/book/1.mp4` with the split above.

- The top folders are splits when each of them has a split's name and holds folders rather than videos.
- Below its class, a clip may lie at any depth. Hidden files and folders are left out, links to folders with a warning,
  and so is what `chereme build` and `chereme draw` wrote.
- When no folder holds a video, the folder is flat: each file's name is its gloss, without the number of the take
  (`don't want.mp4`; `book_1.mp4` and `book (2).mp4` are both of 'book').
- Where there are class folders, a video beside them has no class: it is left out, with a warning.
- A `signers.csv` in the folder, with columns `clip` (path), `gloss` and `signer`, is read: it gives the signer, and its
  gloss goes before the folder's name, which may have been made safe for a file system.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chereme.catalog.identity import id_of
from chereme.catalog.metadata import split_named
from chereme.catalog.table import Table
from chereme.errors import DatasetError
from chereme.filenames import VIDEOS, is_hidden, is_output
from chereme.types import Entry, Split

RECORDED = ".pose"
"""Landmarks tracked before: taken for the video where there is none of this name beside them."""

DRAWN = ".drawn.mp4"
"""What `chereme draw` writes beside a clip."""

SIGNERS = "signers.csv"

_TAKE = re.compile(r"(?<=\S)(?:[ _-]+\d+|[ _-]*\(\d+\))$")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Reads a folder of clips as the collection that it is."""

    takes: bool = True
    """In a folder without class folders, leave the number of the take off the gloss: 'book_2.mp4' is of 'book'."""

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries sorted by split, class and path; `files` holds the path below the folder, which is `metadata`."""
        paths = [PurePosixPath(*parts) for parts in sorted(_videos(metadata))]
        filmed = {path.with_suffix("") for path in paths if path.suffix.lower() != RECORDED}
        paths = [path for path in paths if path.suffix.lower() != RECORDED or path.with_suffix("") not in filmed]
        if not paths:
            suffixes = " ".join(sorted(VIDEOS))
            raise DatasetError(f"{metadata}: holds no video; looked at all depths for {suffixes}")
        flat = all(len(path.parts) == 1 for path in paths)
        splits = _splits(paths)
        depth = 0 if flat else 2 if splits else 1
        known = _signers(metadata / SIGNERS)
        if absent := sorted(known.keys() - {str(path) for path in paths}):
            _log.warning("%s: names %d clips that are not there: %s …", metadata / SIGNERS, len(absent), absent[0])
        same_stem = Counter(path.with_suffix("") for path in paths)
        loose = [path for path in paths if len(path.parts) <= depth]
        if loose:
            _log.warning("%s: %d videos lie beside the class folders, left out: %s …", metadata, len(loose), loose[0])
        for path in paths:
            if len(path.parts) <= depth:
                continue
            row = known.get(str(path))
            yield Entry(
                id=id_of(path, suffix=same_stem[path.with_suffix("")] > 1),
                gloss=row.gloss if row else self._gloss(path, depth),
                split=splits.get(path.parts[0]),
                signer=row.signer if row else None,
                files=(str(path),),
            )

    def _gloss(self, path: PurePosixPath, depth: int) -> str:
        if depth:
            return path.parts[depth - 1]
        return _TAKE.sub("", path.stem) if self.takes else path.stem


def _videos(folder: Path) -> Iterator[tuple[str, ...]]:
    """Paths of videos below a folder, in parts."""
    if not folder.is_dir():
        what = "is a file, and this dataset is a folder: unpack an archive first" if folder.exists() else ""
        raise DatasetError(f"{folder}: {what or 'there is no such folder'}")
    pending: list[tuple[str, ...]] = [()]
    while pending:
        parts = pending.pop()
        try:
            with os.scandir(folder.joinpath(*parts)) as found:
                for item in found:
                    if is_hidden(item.name):
                        continue
                    if item.is_dir(follow_symlinks=False):
                        if is_output(item.path):
                            _log.info("%s is an output folder: passed over", item.path)
                        else:
                            pending.append((*parts, item.name))
                    elif _is_folder(item):
                        _log.warning("%s is a link to a folder: passed over", item.path)
                    elif Path(item.name).suffix.lower() in VIDEOS | {RECORDED} and not item.name.endswith(DRAWN):
                        yield (*parts, item.name)
        except OSError as error:
            raise DatasetError(f"{folder.joinpath(*parts)}: cannot be read ({error.strerror})") from None


def _is_folder(item: "os.DirEntry[str]") -> bool:
    """Whether a link is one to a folder; a link that goes round in a circle is none."""
    try:
        return item.is_dir()
    except OSError:
        return False


def _splits(paths: list[PurePosixPath]) -> dict[str, Split]:
    """The split that each top folder stands for; empty when they are classes."""
    splits: dict[str, Split] = {}
    for path in paths:
        split = split_named(path.parts[0]) if len(path.parts) > 2 else None
        if split is None:
            if len(path.parts) > 1:
                return {}
            continue
        splits[path.parts[0]] = split
    return splits


def _signers(path: Path) -> dict[str, Entry]:
    """What `signers.csv` says, by the clip's path; empty when there is none."""
    if not path.is_file():
        return {}
    return {entry.files[0]: entry for entry in Table(path="clip").read(path)}
