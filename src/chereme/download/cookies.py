"""Cookies of the user's own, for sites that want one to be signed in: read once, kept in memory, never written."""

import io
import re
from functools import lru_cache
from pathlib import Path

from chereme.download.settings import Download
from chereme.errors import SettingsError

HEADER = re.compile(r"#( Netscape)? HTTP Cookie File")
HIDDEN = "#HttpOnly_"
"""What a line begins with that is no remark: a cookie which pages' own programs do not see."""
LINE = re.compile(r"([^\t]+\t){4}(\d+(\.\d+)?)?\t[^\t]*\t[^\t]*")
"""Domain, whether its subdomains too, path, whether by https alone, when it ends, name, value."""


def shown(asked: Download) -> io.StringIO | None:
    """The cookies as a file of their own in Netscape's form, which is how yt-dlp takes them; None where none are given.

    yt-dlp writes what it was given when it is done: so it is given no file of the user's. Raises `SettingsError` where
    they cannot be read; no message has any of them.
    """
    if not (asked.cookies or asked.cookies_from_browser):
        return None
    return io.StringIO(_read(asked.cookies, asked.cookies_from_browser))


@lru_cache(maxsize=4)
def _read(path: Path | None, browser: str) -> str:
    if path:
        return _of_file(path)
    from yt_dlp.cookies import SUPPORTED_BROWSERS, YoutubeDLCookieJar, extract_cookies_from_browser

    name, _, profile = browser.partition(":")
    if name not in SUPPORTED_BROWSERS:
        known = ", ".join(sorted(SUPPORTED_BROWSERS))
        raise SettingsError(f"--cookies-from-browser: yt-dlp knows no browser '{name}'; it knows {known}")
    try:
        found = extract_cookies_from_browser(name, profile or None, logger=_Silent())
    except Exception as error:
        raise SettingsError(
            f"--cookies-from-browser {browser}: its cookies cannot be read ({type(error).__name__}); close it, or "
            "export them to a cookies.txt for --cookies"
        ) from None
    if not len(found):
        raise SettingsError(f"--cookies-from-browser {browser}: it has no cookies")
    written = io.StringIO()
    copy = YoutubeDLCookieJar(written)
    for cookie in found:
        copy.set_cookie(cookie)
    copy.save()
    return written.getvalue()


def _of_file(path: Path) -> str:
    """The file's text, of which every line is as it should be: yt-dlp prints those that are not, secrets and all."""
    try:
        first, *lines = path.read_text("utf-8").splitlines() or [""]
    except FileNotFoundError:
        raise SettingsError(f"--cookies {path}: there is no such file") from None
    except (OSError, ValueError):
        first, lines = "", []
    held = [line for line in lines if line.strip() and (not line.startswith("#") or line.startswith(HIDDEN))]
    if not HEADER.match(first) or not all(LINE.fullmatch(line) for line in held):
        raise SettingsError(
            f"--cookies {path}: is no cookies.txt in Netscape's form: first a line '# Netscape HTTP Cookie File', then "
            "lines of seven words with tabs between them"
        )
    if not held:
        raise SettingsError(f"--cookies {path}: holds no cookies")
    return "\n".join([first, *held, ""])


class _Silent:
    """Takes yt-dlp's words on how it reads a browser's files, and drops them."""

    def debug(self, *_: object, **__: object) -> None:
        """Nothing."""

    info = warning = error = debug

    def progress_bar(self) -> None:
        """None, where a bar would be shown."""
