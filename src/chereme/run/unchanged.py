"""Whether a run asks the same of the same files as the one before, so that what that one found can be used as it is."""

import os
from dataclasses import fields
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from chereme.plugins import TABLES
from chereme.run.settings import Asked
from chereme.sources import Library

FORM = 1
"""To be counted up when the same question gets another answer."""
MOST_BESIDE = 10_000
"""Files beside the metadata above which they are not looked at one by one, and each run asks anew."""


def question(asked: Asked, metadata: Path, library: Library) -> str:
    """A mark of the settings, of the metadata with all files beside it, and of every video's name, size and time.

    Empty where it cannot be told what a dataset reads: that of another package, or folders of very many files.
    """
    if asked.dataset not in TABLES["datasets"] or (asked.dataset == "folder" and metadata not in asked.videos):
        return ""
    choose = asked.choose
    named = [choose.glosses_file, asked.nslt.classes, Path(choose.subset) if choose.subset else None]
    mark = blake2b(repr((FORM, version("chereme"), [getattr(asked, each.name) for each in fields(Asked)])).encode())
    for path in (metadata, *(path for path in named if path)):
        facts = _facts(path)
        if facts is None:
            return ""
        mark.update(repr(facts).encode(errors="surrogatepass"))
    for file in library.files:
        told = f"{file.root}\0{file.name}\0{file.size}\0{file.changed}\n"
        mark.update(told.encode(errors="surrogatepass"))
    return mark.hexdigest()[:32]


def _facts(path: Path) -> list[tuple[str, str, int, int]] | None:
    """Folder, name, size and time of change of a file and of those beside it, of a folder's, and of its `splits`."""
    beside = [path, path / "splits"] if path.is_dir() else [path.parent]
    facts = []
    for folder in beside:
        try:
            with os.scandir(folder) as items:
                for item in items:
                    if item.is_file():
                        stat = item.stat()
                        facts.append((os.path.realpath(folder), item.name, stat.st_size, stat.st_mtime_ns))
                    if len(facts) > MOST_BESIDE:
                        return None
        except OSError:
            continue
    return sorted(facts)
