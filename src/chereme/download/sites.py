"""One try at fetching a video from a page: YouTube's, or any other that yt-dlp reads.

yt-dlp finds the video on the page. If that is a plain file, we fetch it as any other (`direct`), with its resumption
and limits; YouTube's media and streams that come in pieces are fetched by yt-dlp. It knows no validators, so what it
left half-done is gone on from only when format and exact length are the same as before.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from chereme.download import direct
from chereme.download.connection import Asked, client, failure
from chereme.download.cookies import shown
from chereme.download.messages import from_message
from chereme.download.partial import Partial
from chereme.download.reasons import Failure, Stopped, of_status
from chereme.download.settings import Download
from chereme.download.site_connection import director
from chereme.download.targets import Target

log = logging.getLogger(__name__)

RUNTIMES = ("deno", "node", "bun", "quickjs")
"""Programs that may run YouTube's JavaScript; yt-dlp takes the first that is installed."""


def fetch(
    target: Target, folder: Path, asked: Download, spend: direct.Spend, stopping: Asked, connect: httpx.Client
) -> Path:
    """The whole file, below `folder`.

    Raises `Failure`, `Stopped`, and what `spend` raises.
    """
    from yt_dlp import YoutubeDL

    handler = director(lambda cookies: client(asked, stopping, cookies))

    class Checked(YoutubeDL):  # type: ignore[misc]
        """yt-dlp that asks by way of our connections alone."""

        def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
            return super().build_request_director([handler], [])

    raised: list[BaseException] = []
    told = _Counter(spend, stopping, raised, asked.most_gigabytes)
    partial = Partial(folder, target.mark)
    try:
        with Checked(parameters(asked, folder, target.mark, told)) as site:
            video = _only_video(site.extract_info(target.url, download=False))
            told.exact = video.get("filesize")
            if _plain(video):
                headers = {name: each for name, each in (video.get("http_headers") or {}).items() if name != "Accept"}
                with _showing(site, asked, stopping, connect) as own:
                    direct.fetch(own, video["url"], partial, asked, spend, headers)
                return partial.path
            done = site.process_ie_result(video, download=True)
    except (Failure, Stopped):
        raise
    except Exception as error:
        if raised:
            raise raised[0] from error
        raise _failure(error) from error
    return _finished(done, folder, told.exact)


def parameters(asked: Download, folder: Path, mark: str, told: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """yt-dlp's settings; it reads no configuration of the user's own."""
    return {
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Log(),
        # Sign language needs no sound, and one stream needs no ffmpeg to be joined.
        "format": asked.format or "bv*",
        "format_sort": [f"res:{asked.height}", "vcodec:h264"],
        "outtmpl": {"default": f"{folder}/{mark}.%(format_id)s.%(filesize|{uuid4().hex})s".replace("//", "/")},
        "restrictfilenames": True,
        "progress_hooks": [told],
        "noplaylist": True,
        "socket_timeout": asked.timeout,
        "sleep_interval_requests": min(asked.delay, 1.0),
        "retries": 3,
        "fragment_retries": 3,
        "extractor_retries": 1,
        "skip_unavailable_fragments": False,
        "continuedl": True,
        "overwrites": True,
        "updatetime": False,
        "hls_prefer_native": True,
        "fixup": "never",
        "geo_bypass": False,
        "proxy": "",
        "cachedir": str(folder / "yt-dlp"),
        "js_runtimes": {name: {} for name in RUNTIMES},
        "cookiefile": shown(asked),
    }


@contextlib.contextmanager
def _showing(site: Any, asked: Download, stopping: Asked, connect: httpx.Client) -> Iterator[httpx.Client]:
    """The connections to fetch a page's video by: those of all, or some of its own where cookies are shown."""
    if not (asked.cookies or asked.cookies_from_browser):
        yield connect
        return
    with client(asked, stopping, site.cookiejar) as own:
        yield own


class _Counter:
    """Told by yt-dlp of its progress: counts bytes, and stops it."""

    def __init__(self, spend: direct.Spend, stopping: Asked, raised: list[BaseException], most: float) -> None:
        self._spend, self._stopping, self._raised, self._most = spend, stopping, raised, most
        self._counted = 0
        self.exact: int | None = None

    def __call__(self, state: dict[str, Any]) -> None:
        from yt_dlp.utils import DownloadCancelled

        done = int(state.get("downloaded_bytes") or 0)
        size = max(done, int(state.get("total_bytes") or 0))
        try:
            if self._stopping():
                raise Stopped
            if size > self._most * 1e9:
                raise Failure("too_large", f"{size / 1e9:.2f} GB, above {self._most:g}")
            if done > self._counted:
                self._spend(done - self._counted)
                self._counted = done
        except Exception as error:
            self._raised.append(error)
            raise DownloadCancelled from error


class _Log:
    """yt-dlp's words, in our log."""

    def debug(self, words: str) -> None:
        log.debug("%s", words)

    def info(self, words: str) -> None:
        log.debug("%s", words)

    def warning(self, words: str) -> None:
        log.info("%s", words)

    def error(self, words: str) -> None:
        log.info("%s", words)


def _only_video(found: Any) -> dict[str, Any]:
    """The video of a page; one that has several does not say which is the sign."""
    if found and "entries" in found:
        several = [each for each in found["entries"] if each]
        if len(several) != 1:
            raise Failure("no_video", f"{len(several)} videos on the page")
        return _only_video(several[0])
    if not found:
        raise Failure("no_video", "nothing was found on the page")
    return dict(found)


def _plain(video: dict[str, Any]) -> bool:
    """Whether it is one file at one URL, that may be asked for in one piece."""
    return (
        video.get("protocol") in ("http", "https")
        and bool(video.get("url"))
        and not video.get("requested_formats")
        and not video.get("downloader_options")
        and not video.get("is_live")
    )


def _finished(done: dict[str, Any], folder: Path, exact: int | None) -> Path:
    """The one file that yt-dlp made, if it is all there."""
    made = [Path(each["filepath"]) for each in done.get("requested_downloads") or () if each.get("filepath")]
    if len(made) != 1 or not made[0].is_file():
        raise Failure("site_error", "yt-dlp made no file")
    if made[0].resolve().parent != folder.resolve():
        raise Failure("site_error", f"yt-dlp wrote elsewhere: {made[0]}")
    size = made[0].stat().st_size
    if exact and size != exact:
        made[0].unlink()
        raise Failure("cut_short", f"{size} of {exact} bytes")
    return made[0]


def _failure(error: BaseException) -> Failure:
    """The reason for an exception of yt-dlp: a status or a failure of ours further down, else its words."""
    from yt_dlp.networking.exceptions import HTTPError
    from yt_dlp.utils import GeoRestrictedError, UnsupportedError

    for each in _causes(error):
        match each:
            case Failure():
                return each
            case Stopped():
                raise each
            case GeoRestrictedError():
                return Failure("geo_blocked", str(each.msg)[:200])
            case UnsupportedError():
                return Failure("no_video", "yt-dlp finds no video on the page")
            case HTTPError() if each.status != 403:
                wait = direct.patience(each.response.headers.get("Retry-After"))
                return of_status(each.status, wait=wait)
            case httpx.HTTPError():
                return failure(each)
    return from_message(str(error))


def _causes(error: BaseException) -> list[BaseException]:
    """An exception and those that led to it, by all the ways in which yt-dlp keeps them."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            inner = getattr(each, "exc_info", None)
            with contextlib.suppress(TypeError, IndexError):
                waiting.append(inner[1] if inner else None)
            waiting += [getattr(each, "cause", None), each.__cause__, each.__context__]
    return found
