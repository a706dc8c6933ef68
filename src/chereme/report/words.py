"""How words from data and numbers are shown: nothing hidden in them, nothing endless."""

import math

from chereme import inert

LONGEST = 160
"""Characters of a word that are shown where nothing else is said."""


def visible(text: str, most: int = LONGEST) -> str:
    """As `chereme.inert` shows it, short."""
    return inert.visible(text, most)


def count(number: float | None) -> str:
    """A whole number with thin spaces between thousands; a dash for none."""
    return "–" if number is None else f"{number:,.0f}".replace(",", "\u202f")


def share(part: float | None, whole: float | None = 1) -> str:
    """A share in percent; a dash where it has no meaning."""
    if part is None or not whole or math.isnan(part):
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 1 or 99 < percent < 100:  # neither none nor all, and said so
        return f"{min(max(percent, 0.1), 99.9):.1f}\u202f%"
    return f"{percent:.0f}\u202f%"


def number(value: float | None, digits: int = 2) -> str:
    """A measure with a fixed number of digits; a dash for none."""
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def duration(seconds: float | None) -> str:
    """Seconds as people say them."""
    if seconds is None or math.isnan(seconds):
        return "–"
    if seconds < 59.95:
        return f"{seconds:.1f}\u202fs"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}\u202fmin {whole % 60:02}\u202fs"
    return f"{whole // 3600}\u202fh {whole % 3600 // 60:02}\u202fmin"


def size(number_of_bytes: int) -> str:
    """Bytes in the unit that suits, of 1000."""
    value = float(number_of_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.{0 if unit == 'B' or value >= 100 else 1}f}\u202f{unit}"
        value /= 1000
    return f"{value:.1f}\u202fTB"
