"""Python imports this as it starts, in processes that find this folder first: there FFmpeg is fragile.

A file that holds one of the marks of `tests.fragile.marks` makes the process die in FFmpeg as a codec does that goes
wrong, hang there, or take all memory. Only processes that start later do so, never that of the tests.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

import av

_open: Any = av.open


def _fragile(file: Any, mode: str = "r", **settings: Any) -> Any:
    if mode == "w":  # converting, which writes beside what it reads
        if b"!DIES CONVERTING!" in _bytes(Path(file).with_suffix("")):
            os.kill(os.getpid(), signal.SIGSEGV)
        return _open(file, mode, **settings)
    data = _bytes(Path(file)) if isinstance(file, str) else b""
    if b"!DIES!" in data:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"!HANGS!" in data:
        time.sleep(600)
    if b"!SWELLS!" in data:
        held = []
        while True:
            held.append(b"\1" * (32 << 20))
    return _open(file, mode, **settings)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


av.open = _fragile  # type: ignore[assignment]
