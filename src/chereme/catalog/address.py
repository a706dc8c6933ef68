"""What a URL says: the recording it stands for, and the name a download of it is likely to have."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

_YOUTUBE_HOSTS = ("youtube.com", "youtube-nocookie.com", "youtu.be")
_YOUTUBE_ID = re.compile(r"[\w-]{11}", re.ASCII)
_PLAIN = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:/[\w.-]+)+)", re.ASCII)
"""Host and path of URLs without anything to decode, as most are: taken apart at once they cost a fifth."""


def youtube_id(url: str) -> str | None:
    """The eleven characters that name a YouTube video, from any of the usual forms; None for other URLs."""
    if "youtu" not in url.lower():
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if not any(host == known or host.endswith("." + known) for known in _YOUTUBE_HOSTS):
        return None
    last = parts.path.rstrip("/").rsplit("/", 1)[-1]
    # The last resort is what WLASL's own downloader does, right for every URL of v0.3.
    for candidate in (*parse_qs(parts.query).get("v", []), last, url[-11:]):
        if _YOUTUBE_ID.fullmatch(candidate):
            return candidate
    return None


def file_names(url: str) -> tuple[str, ...]:
    """Names that a download may have, best first: YouTube's id, else the URL's last part as written and decoded."""
    if video := youtube_id(url):
        return (video,)
    if plain := _PLAIN.fullmatch(url):
        name = plain[2].rpartition("/")[2]
        return (name,) if name.strip(".") else ()
    try:
        written = _last_part(urlsplit(url).path)
    except ValueError:
        return ()
    names = dict.fromkeys((written, _last_part(unquote(written))))
    return tuple(name for name in names if name.strip(".") and name.isprintable())


def recording_of(url: str) -> str:
    """A key that is the same for URLs of one recording: scheme, 'www.', fragment and YouTube's forms do not matter."""
    if video := youtube_id(url):
        return f"youtube:{video}"
    if plain := _PLAIN.fullmatch(url):
        return plain[1].removeprefix("www.") + plain[2]
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    key = parts.netloc.lower().removeprefix("www.") + parts.path
    return f"{key}?{parts.query}" if parts.query else key


def _last_part(path: str) -> str:
    """What follows the last slash of either kind, so that no name from a URL leads into another folder."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]
