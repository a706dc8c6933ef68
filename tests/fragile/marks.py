"""What makes a sound video one that a fragile decoder does not survive."""

from pathlib import Path

import pytest

DIES, HANGS, SWELLS, DIES_CONVERTING = b"!DIES!", b"!HANGS!", b"!SWELLS!", b"!DIES CONVERTING!"


def marked(clip: bytes, mark: bytes) -> bytes:
    """An MP4 or MOV with a mark in a box that players pass over."""
    return clip + (8 + len(mark)).to_bytes(4) + b"free" + mark


def fragile(patch: pytest.MonkeyPatch) -> None:
    """Have a fragile FFmpeg in processes that are started from now on."""
    patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=":")
