"""What names tell before anything is opened: which files are taken for videos, which folders a build wrote."""

import os

VIDEOS = frozenset(
    f".{suffix}"
    for suffix in (
        *("3g2", "3gp", "asf", "avi", "divx", "f4v", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg"),
        *("mts", "mxf", "ogv", "qt", "rm", "rmvb", "swf", "ts", "vob", "webm", "wmv"),
    )
)
"""Endings of files that are taken for videos, in lower case."""

OUTPUT = ("catalog.parquet", "run.log")
"""What lies in a folder that `chereme build` wrote: the videos in there are copies of those that it was made of."""

RECORD = "export.json"
"""What lies beside an export's files: the fingerprint of all that went into them, the settings, what was left out."""


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of a person's own: hidden, or what macOS adds to archives."""
    return name.startswith(".") or name == "__MACOSX"


def is_output(folder: str) -> bool:
    """Whether a build wrote the folder at this path."""
    return all(os.path.lexists(f"{folder}/{name}") for name in OUTPUT)
