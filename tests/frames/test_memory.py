"""Large pictures are written where earlier ones were, not on pages that the kernel has to make first."""

import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

DECODING = """
import resource, sys
from pathlib import Path
import numpy as np
from chereme.frames import decode, probe
from chereme.types import Entry, Shot

media = probe(Path(sys.argv[1])).media
shot = Shot(entry=Entry(id="film", gloss=""), media=media, first=0, stop=media.frames)

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for window in decode(shot, np.arange(shot.stop)):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

pages()
print(pages())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have other habits")
def test_pictures_take_each_others_memory(film: Callable[..., Path]) -> None:
    path = film(size=(1280, 720), count=20)
    told = subprocess.run([sys.executable, "-c", DECODING, path], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 20 * 100, "a picture has 675 pages"
