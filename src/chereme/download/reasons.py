"""Why a download failed, and whether asking again may help."""

from typing import Literal, NamedTuple


class Reason(NamedTuple):
    """A word's meaning."""

    again: Literal["soon", "later", "never"]
    """soon: tried again in the same run; later: by the next run; never: only when it is asked for by its name."""
    meaning: str


REASONS = {
    "gone": Reason("never", "the host has no such file (404, 410)"),
    "forbidden": Reason("never", "the host does not give it to us (401, 403 and other refusals)"),
    "removed": Reason("never", "the site took the video down, or its account is closed"),
    "private": Reason("never", "the video's owner made it private"),
    "login_required": Reason("never", "the site wants an account, a membership or a proof of age"),
    "geo_blocked": Reason("never", "not given to this country, or withheld for legal reasons (451)"),
    "private_address": Reason("never", "the host, or where it redirects to, has an address that is not public"),
    "redirects": Reason("never", "redirects that go round in a circle or do not end"),
    "name_taken": Reason("never", "the file of another URL has its name: fetch this dataset into another folder"),
    "bad_url": Reason("never", "no URL of http or https"),
    "html": Reason("never", "a web page in place of a video"),
    "no_video": Reason("never", "a page on which no video, or more than one, was found"),
    "empty_file": Reason("never", "a file without bytes"),
    "not_a_video": Reason("never", "a file that is no video container"),
    "no_video_stream": Reason("never", "a container without a video stream"),
    "no_frames": Reason("never", "a video stream without frames"),
    "undecodable": Reason("never", "a video that the decoder refuses"),
    "truncated": Reason("never", "the file that the host has is itself cut off: shorter than its container says"),
    "worker_died": Reason("never", "the process that looked at the file died of it, twice"),
    "check_timeout": Reason("never", "looking at the file took longer than the time limit"),
    "out_of_memory": Reason("never", "looking at the file took more memory than the limit, twice"),
    "too_large": Reason("never", "larger than a stated limit"),
    "too_long": Reason("never", "a video of more hours or frames than a stated limit"),
    "not_yet": Reason("later", "a live event or premiere that has not been shown"),
    "media_refused": Reason("later", "the site showed its page and refused its video; often yt-dlp is out of date"),
    "site_error": Reason("later", "yt-dlp failed in a way that it does not explain"),
    "rate_limited": Reason("soon", "the host asks for patience (429), or takes us for a robot"),
    "server_error": Reason("soon", "the host is in trouble (500 and above)"),
    "timeout": Reason("soon", "the host did not answer, or sent too slowly"),
    "unreachable": Reason("soon", "no connection: the name is unknown, the host refuses, or its certificate is wrong"),
    "cut_short": Reason("soon", "the connection ended before the file did"),
    "changed": Reason("soon", "the file changed on the host while it was fetched"),
}
"""The fixed list of reasons."""

TROUBLED = frozenset({"rate_limited", "server_error", "timeout", "unreachable"})
"""Reasons that tell of the host rather than of the file."""


class Failure(Exception):
    """A download that failed: raised where it is noticed, caught where the next attempt begins."""

    def __init__(self, reason: str, detail: str = "", *, wait: float = 0.0) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.wait = wait
        """Seconds that the host asks us to wait."""

    @property
    def again(self) -> str:
        """Whether asking again may help."""
        return REASONS[self.reason].again


class Stopped(Exception):
    """The run is being stopped: nothing is wrong with the file."""


def of_status(status: int, *, wait: float = 0.0) -> Failure:
    """What a status code that is no success stands for."""
    words = f"status {status}"
    if status in (404, 410):
        return Failure("gone", words)
    if status == 429:
        return Failure("rate_limited", words, wait=wait)
    if status == 451:
        return Failure("geo_blocked", words)
    if status == 408:
        return Failure("timeout", words)
    if status >= 500:
        return Failure("server_error", words, wait=wait)
    return Failure("forbidden", words)
