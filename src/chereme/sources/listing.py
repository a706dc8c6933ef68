"""Which videos lie below a folder or inside a zip archive."""

import logging
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from chereme.errors import DatasetError
from chereme.filenames import is_hidden, is_output
from chereme.inert import is_text
from chereme.sources.archive import BROKEN
from chereme.sources.found import ENDINGS, Found, ending_of

logger = logging.getLogger(__name__)


def videos_in(root: Path) -> Iterator[Found]:
    """The videos of a folder, of an archive, or the file itself if it is one; `DatasetError` for anything else."""
    if root.is_dir():
        yield from _in_folder(root)
    elif not root.exists():
        raise DatasetError(f"{root}: there is no such folder or archive to look for videos in")
    elif not root.is_file():
        raise DatasetError(f"{root}: is neither a folder nor a file")
    elif zipfile.is_zipfile(root):
        yield from _in_archive(root)
    elif root.suffix.lower() in ENDINGS:
        facts = root.stat()
        yield Found(root=root.parent, name=root.name, size=facts.st_size, changed=facts.st_mtime_ns)
    else:
        raise DatasetError(f"{root}: is neither a folder, nor a zip archive, nor a video")


def _in_folder(root: Path) -> Iterator[Found]:
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as items:
                for item in items:
                    if is_hidden(item.name):
                        continue
                    name = f"{folder}/{item.name}" if folder else item.name
                    if not is_text(name):
                        logger.warning("%s in %s is no Unicode text: passed over", ascii(name), root)
                    elif item.is_dir(follow_symlinks=False):
                        if is_output(item.path):
                            logger.warning("%s is an output folder: passed over", item.path)
                        else:
                            pending.append(name)
                    elif ending_of(name) in ENDINGS and _is_file(item):
                        facts = item.stat()
                        found = Found(root=root, name=name, size=facts.st_size, changed=facts.st_mtime_ns)
                        if not item.is_symlink() or found.inside():
                            yield found
                        else:
                            logger.warning("%s leads out of %s: passed over", name, root)
                    elif name.lower().endswith(".zip") and item.is_file(follow_symlinks=False):
                        yield from _if_archive(root / name)
        except OSError as error:
            raise DatasetError(f"{root / folder}: cannot be read ({error.strerror})") from None


def _is_file(item: "os.DirEntry[str]") -> bool:
    """Whether it is a regular file; a link that goes round in a circle is none."""
    try:
        return item.is_file()
    except OSError as error:
        logger.warning("%s: %s; passed over", item.path, error.strerror)
        return False


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
    except (OSError, *BROKEN) as error:
        raise DatasetError(f"{path}: cannot be read as a zip archive ({error})") from None
    changed = path.stat().st_mtime_ns
    for member in members:
        last = member.filename.replace("\\", "/").rsplit("/", 1)[-1]
        hidden = last.startswith(".") or "__MACOSX" in member.filename
        if not member.is_dir() and not hidden and ending_of(last) in ENDINGS:
            yield Found(root=path, name=member.filename, size=member.file_size, packed=True, changed=changed)
