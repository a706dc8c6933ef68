"""What yt-dlp says when it fails, in our reasons.

The messages are those of YouTube and of yt-dlp itself, as people quote them in yt-dlp's issues. Order matters: the
first line that fits decides, so that 'Video unavailable', with which YouTube begins most of its refusals, comes last.
"""

import re

from chereme.download.reasons import Failure

MESSAGES: tuple[tuple[str, str], ...] = (
    (r"confirm you.{0,3}re not a bot|rate-limited by YouTube|HTTP Error 429|Too Many Requests", "rate_limited"),
    (r"try again later", "rate_limited"),
    (r"in your country|geo.?restrict|not available from your location|in your location", "geo_blocked"),
    (r"HTTP Error 451", "geo_blocked"),
    (r"live event will begin|Premieres in|Premiere will begin|is not yet available|offline.*live", "not_yet"),
    (r"members.only|Join this channel|requires payment|only available to (?:Music )?Premium", "login_required"),
    (r"confirm your age|age.restricted|inappropriate for some users", "login_required"),
    (r"private video|video is private|This video has been made private", "private"),
    (r"account associated with this video has been terminated|account has been (?:terminated|closed)", "removed"),
    (r"removed by the uploader|has been removed|no longer available|copyright claim|Terms of Service", "removed"),
    (r"video is unavailable|video unavailable|video is not available|video isn.t available|does not exist", "removed"),
    (r"Incomplete YouTube ID|looks truncated", "gone"),
    (r"login required|log ?in to|registered users|sign in|use --cookies", "login_required"),
    (r"unable to download video data: HTTP Error 403|fragment.*HTTP Error 403", "media_refused"),
    (r"HTTP Error 40[1-3]", "forbidden"),
    (r"HTTP Error (?:404|410)", "gone"),
    (r"HTTP Error 5\d\d", "server_error"),
    (r"timed? ?out", "timeout"),
    (r"redirect loop|redirect error|too many redirects", "redirects"),
    (r"name resolution|getaddrinfo|Name or service not known|Connection refused|unreachable", "unreachable"),
    (r"CERTIFICATE_VERIFY_FAILED|certificate", "unreachable"),
    (r"bytes read|IncompleteRead|Connection (?:aborted|reset)|did not get any data|retries", "cut_short"),
    (r"larger than max-filesize|File is larger", "too_large"),
    (r"Unsupported URL|no video formats found|no media found|Requested format is not available", "no_video"),
    (r"is not a valid URL|unsupported url scheme", "bad_url"),
)
"""A pattern, without regard to case, and the reason it stands for."""

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_TABLE = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), reason) for pattern, reason in MESSAGES)

MOST = 300
"""Characters of a message that are kept."""


def from_message(message: str) -> Failure:
    """The reason that a message stands for; `site_error` for words that are not in the table."""
    plain = " ".join(_COLORS.sub("", message).removeprefix("ERROR: ").split())
    plain = re.split(r"; please report this issue|\. ?Use --cookies|\(caused by", plain)[0]
    for pattern, reason in _TABLE:
        if pattern.search(message):
            return Failure(reason, plain[:MOST])
    return Failure("site_error", plain[:MOST])
