"""What to fetch, from whom, how patiently, and what is too much."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from chereme.bounds import require
from chereme.catalog.choose import Choose
from chereme.catalog.msasl import Msasl
from chereme.catalog.table import Table
from chereme.catalog.wlasl import Wlasl
from chereme.download.addresses import Addresses
from chereme.download.reasons import REASONS
from chereme.errors import SettingsError
from chereme.frames.probe import Limits
from chereme.plugins import TABLES, load, suggest

REFERERS = {"aslpro.com": "http://www.aslpro.com/cgi-bin/aslpro/aslpro.cgi"}
"""Pages that a host wants to be named as where one comes from; WLASL's own downloader does the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """From URLs in a dataset's metadata to files that were checked."""

    dataset: str = "wlasl"
    """The form of the metadata: wlasl, msasl, csv, or a name that another package adds."""
    to: Path | None = None
    """The folder to fetch into; the same command on the same folder goes on where it stopped."""
    videos: tuple[Path, ...] = ()
    """Folders and zip archives that you have: what an entry finds there is not fetched."""
    only: tuple[str, ...] = ()
    """These sources or hosts only."""
    limit: int = 0
    """Ask for at most this many URLs; 0: all."""
    dry_run: bool = False
    """Only say what would be asked for, host by host."""
    retry: tuple[str, ...] = ()
    """Reasons to ask again for, of URLs that count as settled."""
    height: int = 480
    """Where a site offers several sizes, the largest of at most this many lines; the smallest if all have more."""
    format: str = ""
    """Which of a site's formats, in yt-dlp's own words, in place of the choice by height."""
    convert: bool = True
    """Make MP4 files of .swf, .mov and other containers that few programs read, when they can be read."""
    check_timeout: float = 3600.0
    """Seconds for looking at a file that came, and as many for converting it; 0: no limit."""
    memory: float = 8.0
    """Gigabytes (10⁹ bytes) that a process may hold which looks at files, on Linux; 0: no limit."""
    workers: int = 8
    """Files fetched at a time."""
    per_host: int = 2
    """Of these, at most this many from one host."""
    delay: float = 1.0
    """Seconds from one request to a host to the next."""
    timeout: float = 30.0
    """Seconds to wait for a connection or an answer."""
    slowest: float = 1000.0
    """Bytes a second; a host that sends less for as long as the timeout is left."""
    tries: int = 4
    """How often to ask for a URL when asking again may help."""
    backoff: float = 2.0
    """Seconds before the second try; each further one waits twice as long, with some chance in it."""
    most_wait: float = 300.0
    """Seconds to wait at most when a host asks for patience; a host that asks for more is left for the next run."""
    give_up: int = 10
    """After so many URLs in a row that fail through the host's own trouble, the rest of it is left for the next run."""
    most_gigabytes: float = 2.0
    """Largest file, in 10⁹ bytes."""
    total_gigabytes: float = 0.0
    """Stop when the folder holds this much, in 10⁹ bytes; 0: no limit."""
    private: tuple[str, ...] = ()
    """Networks that may be asked although their addresses are not public, such as 192.168.0.0/16."""
    proxy: str = ""
    """A proxy (http://host:port); it resolves the names then, so that addresses are not checked here."""
    agent: str = ""
    """The User-Agent to send to plain hosts, in place of chereme's own name."""
    cookies: Path | None = None
    """A file of cookies (cookies.txt, in Netscape's form) to show to sites that want one to be signed in; only read."""
    cookies_from_browser: str = ""
    """A browser on this machine whose cookies to show to such sites: firefox, or firefox:PROFILE."""
    referers: dict[str, str] = field(default_factory=dict)
    """The Referer that a host wants, by host, over the built-in table."""
    choose: Choose = field(default_factory=Choose)
    video: Limits = field(default_factory=Limits)
    wlasl: Wlasl = field(default_factory=Wlasl)
    msasl: Msasl = field(default_factory=Msasl)
    csv: Table = field(default_factory=Table)

    def __post_init__(self) -> None:
        counts = "workers", "per_host", "tries", "give_up", "height"
        amounts = "limit", "delay", "slowest", "backoff", "most_wait", "total_gigabytes", "check_timeout", "memory"
        require(self, counts, lambda value: value >= 1, "must be at least 1", "--")
        require(self, amounts, lambda value: value >= 0, "must be 0 or above", "--")
        require(self, ("timeout", "most_gigabytes"), lambda value: value > 0, "must be above 0", "--")
        for reason in self.retry:
            if reason not in REASONS:
                raise SettingsError(f"no download fails for '{reason}'; {suggest(reason, list(REASONS))}")
        if self.cookies and self.cookies_from_browser:
            raise SettingsError("cookies come of --cookies or of --cookies-from-browser, not of both")
        if self.proxy and not self.proxy.startswith(("http://", "https://")):
            raise SettingsError(f"--proxy must be like http://host:port, not '{self.proxy}'")
        Addresses(self.private)

    def reader(self) -> Any:
        """The dataset's settings by its name: ours, or another package's with its own defaults."""
        made = load("datasets", self.dataset)
        ours = {each.name for each in fields(self)} & set(TABLES["datasets"])
        return getattr(self, self.dataset) if self.dataset in ours else made()

    def referer(self, host: str) -> str | None:
        """The page that a host, or the domain it belongs to, wants to be named."""
        for known, page in (REFERERS | self.referers).items():
            if host == known or host.endswith(f".{known}"):
                return page
        return None
