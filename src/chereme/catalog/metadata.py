"""Reading metadata files so that whatever is wrong with them is a `DatasetError` naming the file and the place."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from chereme.errors import DatasetError
from chereme.types import Split

_TYPES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_SPLITS: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def read_text(path: Path) -> str:
    """The file's text, UTF-8 with or without a byte-order mark."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DatasetError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise DatasetError(f"{path}: is a folder; give the metadata file itself") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def read_json(path: Path) -> Any:
    """The value that a JSON file holds."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DatasetError(f"{path}: no valid JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise DatasetError(f"{path}: no JSON that can be read ({error})") from None


_BLOCK = 1 << 20
"""Characters of a file that are read at a time, at first."""


def read_lines(path: Path) -> Iterator[str]:
    """The file's lines with their ends as they are, one at a time, so that a large file needs little memory."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except (OSError, UnicodeDecodeError):
        read_text(path)  # says what is wrong
        raise


def read_items(path: Path) -> Iterator["Place"]:
    """The items of the list that a JSON file holds, one at a time, so that a large file needs little memory.

    What is wrong with the file is told as by `read_json`, but only when it is come to.
    """
    top = Place(path, None)
    given = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for given, value in enumerate(_items(file), start=1):
                yield Place(path, value, top, given - 1)
        return
    except (OSError, ValueError, RecursionError):
        pass
    yield from Place(path, read_json(path)).items()[given:]


def _items(file: TextIO) -> Iterator[Any]:
    """The items of a JSON list; a ValueError where it is none."""
    decode = json.JSONDecoder().raw_decode
    text, at = "", 0
    block = _BLOCK

    def more() -> bool:
        nonlocal text, at
        new = file.read(block)
        text, at = text[at:] + new, 0
        return bool(new)

    def mark() -> str:
        """The next character that is no space; '' at the end of the file."""
        nonlocal at
        while True:
            at = _space(text, at)
            if at < len(text):
                return text[at]
            if not more():
                return ""

    if mark() != "[":
        raise ValueError("no list")
    at += 1
    if mark() == "]":
        at += 1
    else:
        while True:
            if not mark():
                raise ValueError("cut off")
            try:
                value, end = decode(text, at)
            except ValueError:
                value, end = None, len(text)
            if _CUT.fullmatch(text, end):  # by the block's end, it seems
                block *= 2
                if not more():
                    raise ValueError("cut off")
                continue
            block, at = _BLOCK, end
            yield value
            after = mark()
            at += 1
            if after == "]":
                break
            if after != ",":
                raise ValueError("no comma")
    if mark():
        raise ValueError("more than a list")


def _space(text: str, at: int) -> int:
    """The place of the first character from `at` on that JSON does not pass over."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


_SPACE = re.compile(r"[ \t\n\r]*")
_CUT = re.compile(r"[-+.eE0-9]*")
"""What is left of a text that ends within a value: nothing, or `e+` of the number 1e+16, say, which reads as 1."""
_MISSING = object()

LARGEST = 10**12
"""Numbers from here on are taken for mistakes: no frame, pixel or serial number of a collection is that large."""


class Place:
    """A value within a JSON file that knows where it lies, in words on demand: `[12].instances[3].bbox`."""

    __slots__ = ("_above", "_key", "path", "value")

    def __init__(self, path: Path, value: Any, above: "Place | None" = None, key: str | int = "") -> None:
        self.path, self.value, self._above, self._key = path, value, above, key

    @property
    def at(self) -> str:
        """Where it lies, from the top."""
        if self._above is None:
            return ""
        if isinstance(self._key, int) or not self._key.isidentifier():
            return f"{self._above.at}[{_short(self._key)}]"
        return f"{self._above.at}.{self._key}".lstrip(".")

    def wrong(self, wanted: str) -> DatasetError:
        """The error to raise: where, what was wanted, what came."""
        came = _TYPES.get(type(self.value), type(self.value).__name__)
        if isinstance(self.value, (str, int, float)):
            came = f"{came} ({_short(self.value)})"
        return DatasetError(f"{self.path}: {self.at or 'the top level'} must be {wanted}, not {came}")

    def items(self) -> list["Place"]:
        """The places in a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [Place(self.path, each, self, i) for i, each in enumerate(self.value)]

    def keys(self) -> list[str]:
        """The keys of an object."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return list(self.value)

    def __getitem__(self, key: str) -> "Place":
        """The place of a key that must be there."""
        place = self.get(key, _MISSING)
        if place.value is _MISSING:
            there = ", ".join(map(_short, self.keys()[:12])) or "nothing"
            raise DatasetError(f"{self.path}: {self.at or 'the top level'} has no '{key}'; it has {there}")
        return place

    def get(self, key: str, default: Any = None) -> "Place":
        """The place of a key that may be missing."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return Place(self.path, self.value.get(key, default), self, key)

    def text_or(self, key: str, default: str | None = None) -> str | None:
        """The string of a key; the default when the key is missing, null or ''. No place is made, for speed."""
        value = self.value.get(key)
        return default if value is None or value == "" else value if type(value) is str else self.get(key).text()

    def whole_or(self, key: str, default: int | None = None) -> int | None:
        """The whole number of a key; the default when the key is missing or null. No place is made, for speed."""
        value = self.value.get(key)
        return (
            default
            if value is None
            else value
            if type(value) is int and abs(value) < LARGEST
            else self.get(key).whole()
        )

    def text(self) -> str:
        """A string that is not blank, without blanks around it."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("a string that is not empty")
        return self.value.strip()

    def whole(self) -> int:
        """A whole number."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or abs(self.value) >= LARGEST:
            raise self.wrong("a whole number")
        return self.value

    def number(self) -> float:
        """A finite number."""
        value = self.value
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) < LARGEST:
            raise self.wrong("a number")
        return float(value)


def split_named(text: str) -> Split | None:
    """The split that a word such as 'Validation' stands for; None for any other word."""
    return _SPLITS.get(text.strip().lower())


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
