"""The kinds of trouble, a function each: it happens in a scene, and the program must say the right thing to it.

Afterwards the same command is given again, and nothing may tell that there was trouble.
"""

import errno
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.faults import power
from tests.faults.collection import CLIPS
from tests.faults.scene import PATIENCE, Ended, Scene

Kind = Callable[[Scene], None]
CLEAR = "error:"
"""How a message for the person at the keyboard begins."""
LONGEST_DELAY = 0.4
"""Seconds between a moment and a signal, so that it also comes while nothing is written."""


def worker_killed(scene: Scene) -> None:
    """Workers die one to three times, each time at another moment; the run itself goes on."""
    scene.executor = "pool"
    ended = scene.run(role="worker", times=scene.random.randint(1, 3), within=1.5)
    expect(ended, 0)


def worker_killed_by_a_clip(scene: Scene) -> None:
    """A clip kills whoever opens it, from some time on: it is rejected, and kept when it is tried again."""
    scene.executor = "pool"
    clip = scene.random.choice(CLIPS)
    ended = scene.run(role="worker", deadly=clip, spared=scene.random.randint(0, 6))
    expect(ended, 0)
    expect(scene.run("--retry", "worker_died"), 0)


def driver_killed(scene: Scene) -> None:
    """SIGKILL to the first process."""
    expect(scene.run(at=scene.moment(), after=delay(scene)), -signal.SIGKILL, 0)


def driver_terminated(scene: Scene) -> None:
    """SIGTERM to the first process."""
    ended = scene.run(at=scene.moment(), after=delay(scene), signal=signal.SIGTERM)
    expect(ended, -signal.SIGTERM, 128 + signal.SIGTERM, 0)


def driver_interrupted(scene: Scene) -> None:
    """Ctrl-C: SIGINT to every process."""
    ended = scene.run(at=scene.moment(), after=delay(scene), signal=signal.SIGINT, whom="group")
    expect(ended, 128 + signal.SIGINT, 0)


def disk_full(scene: Scene) -> None:
    """No more room: a small disk of its own, or, where none may be mounted, an error at every further change."""
    room = int(scene.size * scene.random.uniform(0.02, 1.0))
    with suppress(subprocess.CalledProcessError, FileNotFoundError):
        mount(scene, "-t", "tmpfs", "-o", f"size={room}", "tmpfs")
    if scene.out.is_mount():
        ended = scene.run()
        mount(scene, "-o", "remount,size=1g")
        (scene.notes / "struck").touch()
    else:
        ended = scene.run(at=scene.moment(), error=errno.ENOSPC, lasting=True)
    expect(ended, 2, 0)
    if ended.code:
        said(ended, CLEAR, "No space left" if "No space left" in ended.said else "the disk is full")


def store_fails_once(scene: Scene) -> None:
    """One change of one file fails."""
    ended = scene.run(at=scene.moment(), error=scene.random.choice((errno.EIO, errno.ENOSPC)))
    expect(ended, 2, 0)
    if ended.code:
        said(ended, CLEAR)


def store_goes_away(scene: Scene) -> None:
    """From some moment on every change of a file fails."""
    kind = scene.random.choice((errno.EIO, errno.EROFS, errno.ESTALE))
    ended = scene.run(at=scene.moment(), error=kind, lasting=True)
    expect(ended, 2, 0)
    if ended.code:
        said(ended, CLEAR)


def power_cut(scene: Scene) -> None:
    """The machine stops: all processes at once, and with them what was not flushed to the disk."""
    ended = scene.run(at=scene.moment(), after=delay(scene), whom="group", undo=True)
    expect(ended, -signal.SIGKILL, 0)
    power.cut(scene.out, scene.notes, scene.random)


def file_torn(scene: Scene) -> None:
    """Files that the next run goes on from are spoiled, and temporary files lie about."""
    ended = scene.run(at=scene.moment())
    expect(ended, -signal.SIGKILL, 0)
    kept = sorted(path for path in scene.out.rglob("*") if path.is_file() and _read_again(path.relative_to(scene.out)))
    for path in scene.random.sample(kept, min(len(kept), scene.random.randint(1, 3))):
        power.tear(path, scene.random, sized="videos" in path.parts)
    for path in kept[:: max(1, len(kept) // 3)] if ended.code else ():
        path.with_name(f".{path.name}.4242.tmp").write_bytes(b"left over")


def two_at_once(scene: Scene) -> None:
    """A second run on the same folder while the first one is in the middle: it is refused, and the first goes on."""
    with scene.started(at=scene.moment(), pause=True) as first:
        notes = scene.notes
        if caught(scene, first):
            second = scene.run()
            if second.code:  # else the first was before its lock, or had given it back
                expect(second, 2)
                said(second, "in use by another run")
        (notes / "go").touch()
        ended = scene.ended(first)
        expect(ended, 0, 2)
        if ended.code:
            said(ended, "in use by another run")


def ray_node_killed(scene: Scene) -> None:
    """One of two nodes of a Ray cluster is gone in the middle: what it had under way is done on the other."""
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 100 << 20}
    cluster = Cluster(initialize_head=True, head_node_args=small | {"include_dashboard": False})
    try:
        node = cluster.add_node(**small)
        scene.executor, scene.workers = "ray", 2
        with scene.started("--address", cluster.address, at=scene.moment(), pause=True) as run:
            if caught(scene, run):
                cluster.remove_node(node, allow_graceful=False)
            (scene.notes / "go").touch()
            expect(scene.ended(run), 0)
    finally:
        cluster.shutdown()


KINDS: tuple[Kind, ...] = (
    worker_killed,
    worker_killed_by_a_clip,
    driver_killed,
    driver_terminated,
    driver_interrupted,
    disk_full,
    store_fails_once,
    store_goes_away,
    power_cut,
    file_torn,
    two_at_once,
)
RARE: tuple[Kind, ...] = (ray_node_killed,)
"""Those that take a minute."""
RARELY = 50
"""Of so many runs the last is of a rare kind."""


def kind_of(number: int) -> Kind:
    """The kind of a run: all in turn."""
    if number % RARELY == RARELY - 1:
        return RARE[number // RARELY % len(RARE)]
    return KINDS[number % len(KINDS)]


class Unexpected(AssertionError):
    """The program ended in another way than it should."""


def expect(ended: Ended, *codes: int) -> None:
    """Raise unless the program ended with one of these exit codes, and without a trace of Python's."""
    if ended.code not in codes or "Traceback" in ended.said:
        raise Unexpected(f"exit code {ended.code}, not {' or '.join(map(str, codes))}:\n{ended.said[-3000:]}")


def caught(scene: Scene, process: ForkServerProcess) -> bool:
    """Wait until the program pauses; False when it ended before that."""
    until = time.monotonic() + PATIENCE
    while not scene.struck and process.is_alive() and time.monotonic() < until:
        time.sleep(0.02)
    return process.is_alive()


def said(ended: Ended, *words: str) -> None:
    """Raise unless the program said all of these."""
    for each in words:
        if each not in " ".join(ended.said.split()):
            raise Unexpected(f"it did not say '{each}':\n{ended.said[-3000:]}")


def delay(scene: Scene) -> float:
    """None in every second case."""
    return scene.random.choice((0.0, scene.random.uniform(0.01, LONGEST_DELAY)))


def mount(scene: Scene, *options: str) -> None:
    """Mount something at the output folder, or change what is mounted there."""
    scene.out.mkdir(exist_ok=True)
    subprocess.run(["mount", *options, scene.out], check=True, capture_output=True)


def unmount(scene: Scene) -> None:
    """Undo that."""
    if scene.out.is_mount():
        subprocess.run(["umount", "--lazy", scene.out], check=True)


def _read_again(path: Path) -> bool:
    """Whether a later run goes on from a file: not from locks, logs, reports, and what exports hold."""
    state = len(path.parts) == 1 and path.suffix in (".parquet", ".csv", ".json")
    return state or path.name == "export.json" or path.parts[0] in ("tracks", "cut", "videos")
