"""Which dataset's form a metadata file seems to have: for the message where it was read as that of another."""

from pathlib import Path

from chereme.catalog import asl_citizen, msasl

HEAD = 4096
"""Bytes of a file that are looked at."""


def kind_of(metadata: Path) -> str | None:
    """The name of the dataset whose form this is by its first bytes and its ending; None where neither tells.

    A folder is known by the lists that it holds.
    """
    if any((metadata / name).is_file() for name in msasl.FILES):
        return "msasl"
    if any((metadata / below / name).is_file() for below in ("", "splits") for name in asl_citizen.FILES):
        return "asl_citizen"
    try:
        with metadata.open("rb") as file:
            head = file.read(HEAD).decode("utf-8-sig", errors="ignore").lstrip()
    except OSError:
        return None
    if head.startswith("{"):
        return "nslt" if '"subset"' in head and '"action"' in head else None
    if head.startswith("["):
        return "wlasl" if '"instances"' in head else "msasl" if '"clean_text"' in head else None
    if "Participant ID" in head.partition("\n")[0]:
        return "asl_citizen"
    return "csv" if metadata.suffix.lower() in (".csv", ".tsv") else None
