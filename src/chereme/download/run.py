"""A run of downloads: what is left, who fetches it, and the book that is kept of it."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock, Timeout

from chereme.catalog.identity import unique
from chereme.contracts import Ask
from chereme.download.arrived import check, lying, spread
from chereme.download.ledger import Ledger, Row, write_csv
from chereme.download.progress import Progress, Silent
from chereme.download.reasons import REASONS, Failure
from chereme.download.settings import Download
from chereme.download.summary import Summary, reasons, tallies
from chereme.download.targets import Target, targets
from chereme.errors import DatasetError, ExtraMissing, OutputError, SettingsError
from chereme.frames.probe import Limits
from chereme.plugins import suggest
from chereme.run.local import Pool, cores
from chereme.run.output import disk_trouble, logged
from chereme.sources import Found, Library, digest
from chereme.types import Entry

log = logging.getLogger(__name__)

LEDGER, TABLE, LOG, ASIDE = "downloads.sqlite", "downloads.csv", "downloads.log", ".partial"
"""What lies in the folder beside the videos; `.partial` holds what is still arriving."""


def download(metadata: Path, asked: Download, progress: Progress | None = None) -> Summary:
    """Fetch what the metadata names and is not here; with `dry_run` only see how things stand, and write nothing.

    Raises `SettingsError`, `DatasetError`, `OutputError` (a full disk, a folder in use); an URL that fails is a row of
    the ledger. On `KeyboardInterrupt` what has come is kept, and the same call goes on from there.
    """
    if asked.to is None:
        raise SettingsError("say where to fetch to, with --to")
    wanted, elsewhere, without_url = _wanted(metadata, asked)
    facts = {"elsewhere": elsewhere, "without_url": without_url}
    if asked.dry_run:
        rows = _known(asked.to)
        left = _left(wanted, rows, asked)
        return _summary(wanted, rows, asked=len(left), **facts)
    for library in ("httpx", "tenacity", "yt_dlp"):
        if find_spec(library) is None:
            raise ExtraMissing(f"downloading, by way of {library},", "download")
    from chereme.download.cookies import shown
    from chereme.download.crew import Crew

    shown(asked)  # before anything is asked for, so that a mistake is said at once
    pool = Pool(workers=min(asked.workers, cores()), timeout=asked.check_timeout, memory=asked.memory)
    with _open(asked.to) as ledger, pool.asking() as ask:
        rows = _adopted(wanted, ledger, asked, ask)
        left = _left(wanted, rows, asked)
        log.info("%s: %d URLs, %d of them to ask for", metadata, len(wanted), len(left))
        held = sum(row.bytes for row in rows.values() if row.status == "fetched")
        crew = Crew(asked, asked.to, asked.to / ASIDE, progress or Silent(), ask, held=held)
        try:
            with closing(crew.work(left)) as settled:
                for row in settled:
                    ledger.write(row)
                    rows[row.key] = row
        finally:
            write_csv(asked.to / TABLE, [rows[target.key] for target in wanted if target.key in rows])
        made = _summary(
            wanted,
            rows,
            asked=len(left),
            fetched=crew.fetched,
            received=crew.received,
            dropped=crew.dropped,
            **facts,
        )
        if made.finished:
            shutil.rmtree(asked.to / ASIDE, ignore_errors=True)
        return made


def _wanted(metadata: Path, asked: Download) -> tuple[list[Target], int, int]:
    """What the metadata names and was chosen; how many entries are found elsewhere, and how many have no URL."""
    if not metadata.exists():
        raise DatasetError(f"{metadata}: there is no such file")
    entries, _ = unique(asked.reader().read(metadata))
    if not any(entry.url for entry in entries):
        raise DatasetError(f"{metadata}: no entry names a URL, so there is nothing to fetch")
    chosen = asked.choose.choose(entries, None, metadata.parent).entries
    with_url = [entry for entry in chosen if entry.url and entry.url.strip()]
    missing = _missing(entries, with_url, asked)
    found = targets(entries, missing)
    if asked.only:
        known = sorted({name for target in targets(entries, entries) for name in (target.source, target.host)})
        for name in asked.only:
            if name not in known:
                raise SettingsError(f"no entry has the source or host '{name}'; {suggest(name, known)}")
        found = [target for target in found if {target.source, target.host} & set(asked.only)]
    return found, len(with_url) - len(missing), len(chosen) - len(with_url)


def _missing(entries: list[Entry], chosen: list[Entry], asked: Download) -> list[Entry]:
    """Those that are not found in the folders which the user has."""
    if not asked.videos:
        return chosen
    matched = Library.open(asked.videos).match(entries)
    return [entry for entry in chosen if not isinstance(matched[entry.id], Found)]


@contextmanager
def _open(folder: Path) -> Iterator[Ledger]:
    """The folder made, locked against a second run, its log and ledger open."""
    try:
        with disk_trouble(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / ".lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise OutputError(f"{folder} is in use by another run; wait for it or choose another --out") from None
            with lock, logged(folder / LOG), Ledger(folder / LEDGER) as ledger:
                yield ledger
    except OutputError as trouble:
        raise OutputError(str(trouble).replace("--out", "--to")) from trouble


def _known(folder: Path) -> dict[str, Row]:
    """The ledger's rows, where there is one, whose files are still there."""
    if not (folder / LEDGER).exists():
        return {}
    with Ledger(folder / LEDGER) as ledger:
        return {key: row for key, row in ledger.rows().items() if _stands(row, folder)}


def _stands(row: Row, folder: Path) -> bool:
    """Whether a row is still true: a file that is gone, or has another size, must be fetched again."""
    if row.status == "failed":
        return True
    place = folder / row.file
    return place.is_file() and place.stat().st_size == row.bytes


def _adopted(wanted: list[Target], ledger: Ledger, asked: Download, ask: Ask) -> dict[str, Row]:
    """Rows that are true; files that lie in their place without a row are looked at and taken in when they are whole.

    So a run that was killed between putting a file in its place and writing that down loses nothing. A file that is
    no whole video gets a name by which nothing finds it, since beside the right one it would make that ambiguous; one
    that belongs to another URL, of another dataset say, is left, and nothing is fetched in its place.
    """
    folder = asked.to or Path()
    rows = {key: row for key, row in ledger.rows().items() if _stands(row, folder)}
    owners = {name: row for row in rows.values() for name in row.names}
    places = lying(folder)
    for target in wanted:
        row = rows.get(target.key)
        now = row if row and row.status == "fetched" else None
        for place in (place for name in target.names for place in places.get(name, ())):
            owner = owners.get(place.relative_to(folder).as_posix())
            if owner and owner.key != target.key:
                detail = f"{place.name} is {owner.url}"
                now = Row(**target.facts(), status="failed", reason="name_taken", detail=detail)
                break
            now = now or _taken_in(target, place, folder, asked.video, ask)
        if now and now.status == "fetched":
            now = replace(now, links=spread(target, folder, now.file))
        if now and now != row:
            ledger.write(now)
            rows[target.key] = now
        elif now is None and row and row.reason == "name_taken":
            del rows[target.key]  # no longer, so that it is asked for
    return rows


def _taken_in(target: Target, place: Path, folder: Path, limits: Limits, ask: Ask) -> Row | None:
    try:
        check(place, limits, ask)
    except Failure as trouble:
        broken = place.with_name(f"{place.name}.broken")
        log.warning("%s is no whole video (%s); it is now called %s", place, trouble, broken.name)
        place.replace(broken)
        return None
    return Row(
        **target.facts(),
        status="fetched",
        detail="was there",
        file=place.relative_to(folder).as_posix(),
        bytes=place.stat().st_size,
        sha256=digest(place),
    )


def _left(wanted: list[Target], rows: Mapping[str, Row], asked: Download) -> list[Target]:
    """What to ask for: not here, and neither known not to be had nor, then, asked for by its reason."""
    left = []
    for target in wanted:
        row = rows.get(target.key)
        settled = row is not None and (row.status == "fetched" or REASONS[row.reason].again == "never")
        if not settled or (row and row.status == "failed" and row.reason in asked.retry):
            left.append(target)
    return left[: asked.limit] if asked.limit else left


def _summary(wanted: list[Target], rows: Mapping[str, Row], **facts: object) -> Summary:
    whole, by_source, by_host = tallies(wanted, rows)
    made = Summary(all=whole, by_source=by_source, by_host=by_host, reasons=reasons(wanted, rows))
    return replace(made, **facts)  # type: ignore[arg-type]
