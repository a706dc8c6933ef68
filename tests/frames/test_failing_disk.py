"""A disk that fails within a file makes no short clip. A C compiler is needed, to stand between FFmpeg and the disk."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chereme.frames.encode import write_video

COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(not COMPILER or sys.platform != "linux", reason="no C compiler, or not Linux")

FAILS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t read(int file, void *into, size_t count) {
    static ssize_t (*real)(int, void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "read");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    if (getenv("FAILS_FROM") && strstr(path, "failing.mp4") && lseek(file, 0, SEEK_CUR) >= atol(getenv("FAILS_FROM"))) {
        errno = EIO;
        return -1;
    }
    return real(file, into, count);
}
"""

PROGRAM = """
import sys
from pathlib import Path
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.types import Entry, Shot

try:
    media = probe(Path("whole.mp4" if sys.argv[1] == "decode" else "failing.mp4")).media
    if sys.argv[1] == "decode":
        Path("whole.mp4").rename("failing.mp4")
        from dataclasses import replace
        media = replace(media, path=Path("failing.mp4"))
        list(decode(Shot(entry=Entry(id="1", gloss="a"), media=media, first=0, stop=media.frames), range(media.frames)))
except OSError as error:
    sys.exit(error.errno if error.filename == "failing.mp4" else 1)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What makes reading a file fail from some byte on."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "fails.c").write_text(FAILS)
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", "fails.so", "fails.c", "-ldl"], cwd=folder, check=True)
    return folder / "fails.so"


@pytest.mark.parametrize("what", ["probe", "decode"])
def test_it_stops_the_run(what: str, library: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    path = tmp_path / ("whole.mp4" if what == "decode" else "failing.mp4")
    write_video(path, (noise.integers(0, 255, (120, 160, 3), np.uint8) for _ in range(40)), 25)
    assert path.stat().st_size > 200_000
    for start, code in (("100000", errno.EIO), ("100000000", 0)):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, what],
            cwd=tmp_path,
            env=os.environ | {"LD_PRELOAD": str(library), "FAILS_FROM": start},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stderr
        if what == "decode":
            (tmp_path / "failing.mp4").rename(path)
