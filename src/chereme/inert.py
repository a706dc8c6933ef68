"""Words from outside as they may be shown: on a terminal, in a log, on a page."""

import logging
import unicodedata

_JOINERS = "\u200c\u200d"
"""Invisible, but part of how Persian, Indic scripts and emoji are written."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of what has no shape of its own: control, bidi and format characters, surrogates, separators."""


def visible(text: str, most: int) -> str:
    """The text with characters that one cannot see written out (`⟨U+202E⟩`), cut at `most` characters.

    Terminals obey control characters; bidi controls can make an id read as another one; line ends and the like break a
    table.
    """
    cut = text if len(text) <= most else text[: most - 1]
    if not cut.isprintable():
        cut = "".join(
            c if c in _JOINERS or unicodedata.category(c) not in _HIDDEN else f"⟨U+{ord(c):04X}⟩" for c in cut
        )
    return cut if len(text) <= most else cut + "…"


class OneLine(logging.Formatter):
    """A log's message in one line of at most so many characters, none of which a terminal obeys."""

    def __init__(self, form: str, most: int) -> None:
        super().__init__(form)
        self._most = most

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """The line."""
        return visible(super().formatMessage(record), self._most)


def is_text(text: str) -> bool:
    """Whether it can be written down: Unicode without halves of surrogate pairs."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
