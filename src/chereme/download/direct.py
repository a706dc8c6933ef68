"""One try at fetching a file from its own URL."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from chereme.download.connection import failure
from chereme.download.partial import Held, Partial, validator
from chereme.download.reasons import Failure, of_status
from chereme.download.settings import Download

log = logging.getLogger(__name__)

MOST_HOPS = 10
"""Redirects that are followed."""

Spend = Callable[[int], None]
"""Told of every block's bytes; raises when it is too much in all."""

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


def fetch(
    client: httpx.Client,
    url: str,
    partial: Partial,
    asked: Download,
    spend: Spend,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Fetch the whole file into `partial`, going on from what is there when the host says that it is the same file.

    Raises `Failure`; what came before it is kept for the next try, unless it turned out to be nothing.
    """
    held = partial.held(url)
    if held and held.size == held.total:
        return
    try:
        if not _once(client, url, partial, held, asked, spend, headers or {}):
            partial.remove()
            _once(client, url, partial, None, asked, spend, headers or {})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise failure(error) from error


def _once(
    client: httpx.Client,
    url: str,
    partial: Partial,
    held: Held | None,
    asked: Download,
    spend: Spend,
    headers: Mapping[str, str],
) -> bool:
    """Whether it came; False when what is held does not fit what the host has now."""
    wanted = {"Accept-Encoding": "identity", **headers}
    if held:
        wanted |= {"Range": f"bytes={held.size}-", "If-Range": held.validator}
    with _answered(client, url, wanted, asked) as answer:
        if held and (answer.status_code == 416 or (answer.status_code == 206 and not _fits(answer, held))):
            log.info("%s: what is here does not fit what the host has now; from the start", url)
            return False
        if answer.status_code != 200 and not (held and answer.status_code == 206):
            raise of_status(answer.status_code, wait=patience(answer.headers.get("Retry-After")))
        at = held.size if held and answer.status_code == 206 else 0
        _receive(answer, url, partial, at, held, asked, spend)
    return True


def _receive(
    answer: httpx.Response,
    url: str,
    partial: Partial,
    at: int,
    held: Held | None,
    asked: Download,
    spend: Spend,
) -> None:
    packed = answer.headers.get("Content-Encoding", "identity").lower() not in ("identity", "")
    length = answer.headers.get("Content-Length", "")
    total = at + int(length) if length.isdecimal() and not packed else None
    if at and held:
        total, mark = held.total or total, held.validator
        log.info("%s: goes on from byte %d", url, at)
    else:
        told = answer.headers
        mark = "" if packed else validator(told.get("ETag"), told.get("Last-Modified"), told.get("Date"))
    most = asked.most_gigabytes * 1e9
    if total is not None and total > most:
        raise Failure("too_large", f"{total / 1e9:.2f} GB, above {asked.most_gigabytes:g}")
    page = False
    with partial.writing(url, at=at, validator=mark, total=total) as writer:
        # Blocks as they come: httpx would lose what it gathers for larger ones when the connection is cut.
        for block in answer.iter_bytes() if packed else answer.iter_raw():
            if not writer.size and block.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
                page = True
                break
            spend(len(block))
            writer.write(block)
            if writer.size > most:
                break
    size = writer.size
    if page or not size or size > most:
        partial.remove()
    if page:
        raise Failure("html", f"a page of type {answer.headers.get('Content-Type', 'unknown')}")
    if size > most:
        raise Failure("too_large", f"above {asked.most_gigabytes:g} GB")
    if total is not None and size != total:
        raise Failure("cut_short", f"{size} of {total} bytes")
    if not size:
        raise Failure("empty_file", "an answer without bytes")


def _fits(answer: httpx.Response, held: Held) -> bool:
    """Whether a part that came goes on where we stopped, in the same file."""
    told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if told is None or int(told[1]) != held.size:
        return False
    if told[3] != "*" and held.total is not None and int(told[3]) != held.total:
        return False
    if int(told[2]) + 1 != (int(told[3]) if told[3] != "*" else held.total):
        return False
    # A host may pass over `If-Range` and still say that the file is another.
    mark = answer.headers.get("ETag" if held.validator.startswith('"') else "Last-Modified")
    return mark is None or mark == held.validator


@contextmanager
def _answered(client: httpx.Client, url: str, headers: Mapping[str, str], asked: Download) -> Iterator[httpx.Response]:
    """The answer to a GET, redirects followed one by one; each connection looks at the address it goes to."""
    request = client.build_request("GET", url, headers=_with_referer(headers, httpx.URL(url).host, asked))
    seen = Counter([str(request.url)])
    while True:
        answer = client.send(request, stream=True)
        try:
            following = answer.next_request
            if following is None:
                if answer.is_redirect or (300 <= answer.status_code < 400):
                    raise Failure("redirects", f"status {answer.status_code} without a place to go to")
                yield answer
                return
        finally:
            answer.close()
        where = str(following.url)
        seen[where] += 1
        # Once more to the same place is what a host does that sets a cookie first.
        if seen[where] > 2 or seen.total() > MOST_HOPS + 1:
            raise Failure("redirects", f"{seen.total() - 1} of them, the last to {where[:200]}")
        log.info("%s: redirected to %s", url, where)
        request = client.build_request("GET", where, headers=_with_referer(headers, following.url.host, asked))


def _with_referer(headers: Mapping[str, str], host: str, asked: Download) -> dict[str, str]:
    page = asked.referer(host)
    return {**headers, "Referer": page} if page else dict(headers)


def patience(told: str | None) -> float:
    """Seconds that a `Retry-After` asks for, in either of its forms; 0 where it says nothing that can be read."""
    if not told:
        return 0.0
    if told.strip().isdecimal():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except (TypeError, ValueError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
