"""Where the bytes are: matching entries to files, reading archives, finding files with the same bytes."""

from chereme.sources.archive import Limits, Room, fetch
from chereme.sources.digest import digest, digests
from chereme.sources.found import Found
from chereme.sources.library import Library

__all__ = ["Found", "Library", "Limits", "Room", "digest", "digests", "fetch"]
