"""`chereme` with a fault armed: the program that the harness starts, and that its workers are spawned with.

Nothing in the product knows of it. What the process does to files below the output folder is told by Python's audit
events and by `os.fsync`; these are its moments. The plan, JSON in the environment, says at which of them what happens.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

PLAN = "CHEREME_FAULT"
PART_CLIPS = 2
"""Clips of a part: so few that a small collection makes several."""
PARTS_TOGETHER = 3
"""Parts that are merged."""

ONE, TWO = ("os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"), ("os.rename", "os.link")
PATHS = dict.fromkeys(ONE, 1) | dict.fromkeys(TWO, 2)
"""Audit events that are moments, and how many of their arguments are paths; files that are opened besides."""


class Moments:
    """What this process does to the files below a folder, one after the other."""

    def __init__(self, plan: dict[str, Any], act: Callable[[str, str], None]) -> None:
        self.plan, self.act = plan, act
        self.folder = str(plan["folder"])
        self.lock = threading.RLock()
        self.inside = False
        self.journal = os.open(f"{plan['notes']}/journal-{os.getpid()}", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: what it raises is raised where the event happens."""
        if event == "open":
            paths, event = arguments[:1], "write" if arguments[2] & (os.O_WRONLY | os.O_RDWR) else "read"
        elif event in PATHS:
            paths = arguments[: PATHS[event]]
        else:
            return
        if self.inside or not all(isinstance(path, str | bytes | os.PathLike) for path in paths):
            return
        names = [str(Path.cwd() / os.fsdecode(path)) for path in paths]
        if any(name.startswith(self.folder + os.sep) for name in names):
            self.moment(event, *names)

    def fsync(self, descriptor: Any) -> None:
        """In place of `os.fsync`."""
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        name = str(Path(f"/proc/self/fd/{number}").readlink())
        if not name.startswith(self.folder):
            return
        self.moment("flush", name)
        stat = os.fstat(number)
        FSYNC(number)
        self.note("flushed", ino=stat.st_ino, mtime=stat.st_mtime_ns, size=stat.st_size)

    def moment(self, event: str, *names: str) -> None:
        """One has come: note it, and let happen what is planned."""
        with self.lock:
            self.inside = True
            try:
                self.keep(event, names)
                self.act(event, names[-1])
            finally:
                self.inside = False

    def keep(self, event: str, names: tuple[str, ...]) -> None:
        """Write a change of names down, and keep under another name what it takes away, for a power cut to undo."""
        facts: dict[str, Any] = {"names": [name.removeprefix(self.folder + os.sep) for name in names]}
        if event in ("os.rename", "os.remove") and self.plan.get("undo"):
            lost = f"{self.plan['notes']}/kept-{os.getpid()}-{time.monotonic_ns()}"
            with suppress(OSError):
                os.link(names[-1], lost)
                facts["lost"] = lost
            with suppress(OSError):
                facts["ino"] = Path(names[0]).stat().st_ino
        self.note(event, **facts)

    def note(self, event: str, **facts: Any) -> None:
        """A line in the journal of this process."""
        line = json.dumps({"at": time.monotonic_ns(), "event": event} | facts)
        os.write(self.journal, f"{line}\n".encode())


class Fault:
    """What happens to this process: at moment `at`, or `after` so many seconds."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan, self.count, self.over = plan, 0, False
        self.random = random.Random(plan["seed"])

    def act(self, event: str, name: str) -> None:
        """Called at every moment."""
        self.count += 1
        plan = self.plan
        if self.over and "error" in plan and plan.get("lasting") and event != "read":
            raise OSError(plan["error"], os.strerror(plan["error"]), name)
        if self.over or self.count != plan.get("at"):
            return
        self.over = True
        self.struck(f"{event} {name}")
        if "error" in plan:
            raise OSError(plan["error"], os.strerror(plan["error"]), name)
        if plan.get("pause"):
            while not Path(plan["notes"], "go").exists():
                time.sleep(0.02)
        elif plan.get("after"):
            threading.Thread(target=self.later, daemon=True).start()
        else:
            self.kill()

    def later(self) -> None:
        """Wait, then kill."""
        time.sleep(self.plan["after"])
        self.kill()

    def kill(self) -> None:
        """A signal to this process, to all of its group, or to workers of it."""
        number = self.plan["signal"]
        if self.plan["whom"] == "group":
            os.killpg(os.getpgid(0), number)
        os.kill(os.getpid(), number)

    def struck(self, how: str) -> None:
        """Say that it happened."""
        with suppress(FileExistsError):
            os.close(os.open(f"{self.plan['notes']}/struck", os.O_CREAT | os.O_EXCL))
        journal = os.open(f"{self.plan['notes']}/strikes", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.write(journal, f"{os.getpid()} {how}\n".encode())
        os.close(journal)


class WorkerFault(Fault):
    """What happens to a worker: killed after a time, or whenever it opens one video."""

    def start(self) -> None:
        """Begin to wait; each worker draws its own time."""
        if "times" in self.plan:
            threading.Thread(target=self.wait, daemon=True).start()
        else:
            sys.addaudithook(self.opened)

    def wait(self) -> None:
        """Die after a while, unless enough of them have."""
        for number in range(self.plan["times"]):
            time.sleep(random.Random(f"{self.plan['seed']} {number}").uniform(0, self.plan["within"]))
            with suppress(FileExistsError):
                os.close(os.open(f"{self.plan['notes']}/dead-{number}", os.O_CREAT | os.O_EXCL))
                self.struck(f"worker {number}")
                os.kill(os.getpid(), signal.SIGKILL)

    def opened(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: the video `deadly` kills who opens it, but not the first `spared` times."""
        if event != "open" or not str(arguments[0]).endswith(f"{self.plan['deadly']}.mp4"):
            return
        for number in range(self.plan["spared"]):
            with suppress(FileExistsError):
                os.close(os.open(f"{self.plan['notes']}/spared-{number}", os.O_CREAT | os.O_EXCL))
                return
        self.struck(f"worker on {arguments[0]}")
        os.kill(os.getpid(), signal.SIGKILL)


def arm(plan: dict[str, Any], worker: bool) -> None:
    """Arm what is planned, in the first process or in a worker."""
    if worker and plan["role"] == "worker":
        WorkerFault(plan).start()
    quiet = worker or plan["role"] == "worker"
    moments = Moments(plan, (lambda event, name: None) if quiet else Fault(plan).act)
    os.fsync = moments.fsync  # type: ignore[assignment]
    sys.addaudithook(moments.audit)


def main(arguments: Sequence[str], folder: str, said: str, plan: dict[str, Any]) -> None:
    """`chereme` in a process of its own: what it says goes to a file, and what is planned happens to it."""
    os.setsid()
    os.chdir(folder)
    for number, path in ((1, os.devnull), (2, said)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ[PLAN] = json.dumps(plan)
    sys.modules["__main__"] = sys.modules[__name__]  # what workers import first
    from chereme.cli import main as chereme
    from chereme.run import tracks
    from chereme.store import merge

    tracks.PART_CLIPS = PART_CLIPS
    if hasattr(merge, "TOGETHER"):
        merge.TOGETHER = PARTS_TOGETHER
    arm(plan, worker=False)
    chereme(arguments)


FSYNC = os.fsync

if __name__ == "__mp_main__" and PLAN in os.environ:
    arm(json.loads(os.environ[PLAN]), worker=True)
