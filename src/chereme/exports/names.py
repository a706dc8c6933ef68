"""Names from metadata made safe as parts of a path."""

import re
import unicodedata
from hashlib import sha256

from chereme.types import Split, Vocabulary

NO_SPLIT = "all"
"""The folder of clips that belong to no split."""

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
"""Windows opens devices under these names, whatever follows a dot
(learn.microsoft.com/windows/win32/fileio/naming-a-file)."""

_MOST_BYTES = 120
"""File systems allow 255 bytes a name; this leaves room for suffixes and for paths of 260 characters on Windows."""


class Names:
    """Gives each value a name of its own that is safe as one part of a path on Linux, macOS and Windows.

    Letters and digits of any script, `-`, `_` and inner dots stay; all else becomes `_` (`don't want` -> `don_t_want`).
    No name is empty, begins or ends with a dot, or is a device of Windows. Names that a file system may take for the
    same (other case, other Unicode form) get a hash of their value added: all but the first that came.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()

    def __call__(self, value: str) -> str:
        """The name of a value, the same each time."""
        if value not in self._names:
            name = plain = _safe(value)
            salt = 0
            while _folded(name) in self._taken:
                digest = sha256(f"{salt or ''}{value}".encode(errors="surrogatepass")).hexdigest()
                name, salt = f"{plain}-{digest[:8]}", salt + 1
            self._taken.add(_folded(name))
            self._names[value] = name
        return self._names[value]


def folders(vocabulary: Vocabulary) -> dict[str, str]:
    """The folder of each gloss, in label order."""
    names = Names()
    return {gloss: names(gloss) for gloss in vocabulary.glosses}


def split_folder(split: Split | None) -> str:
    """The folder of a split; `all` where there are none."""
    return split or NO_SPLIT


def _safe(value: str) -> str:
    kept = "".join(c if c in "-_." or unicodedata.category(c)[0] in "LMN" else "_" for c in value)
    name = unicodedata.normalize("NFC", kept).encode()[:_MOST_BYTES].decode(errors="ignore").strip(".")
    name = name or "unnamed"
    return f"_{name}" if _RESERVED.match(name) else name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
