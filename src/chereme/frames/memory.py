"""Memory for pictures: what one has left, the next one takes."""

from functools import cache

import numpy as np

LARGEST = 31 << 20
"""Bytes of a block that glibc still learns from: below 32 MiB, the DEFAULT_MMAP_THRESHOLD_MAX of mallopt(3)."""


@cache
def keep_freed_memory() -> None:
    """Have this process keep memory that is freed, up to 62 MiB of it; where malloc is not glibc's, nothing changes.

    Large blocks come from the kernel one by one and go back at once, until a larger one was freed: that size is then
    the limit, and twice it stays with the process. New pages cost more than what is written to them: 1 to 2 ms a
    picture of 1280×720, whose conversion takes 0.3. The block here is never written to, so it takes no memory.
    """
    np.empty(LARGEST, np.uint8)
