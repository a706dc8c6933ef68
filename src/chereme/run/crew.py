"""The actors that work for the executor `ray`: what each has at hand, and who does it when one is lost.

Trouble with an input is the business of the actor that has it. Here an actor or its node may be lost: whatever was
under way there is then done elsewhere, and the actor replaced.
"""

import logging
import pickle
import queue
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from chereme.contracts import Job, Needs
from chereme.errors import WorkersError
from chereme.landmarks import weights
from chereme.run.actor import Actor, Packed, Surroundings
from chereme.run.jobs import Extract
from chereme.run.local import Pool

log = logging.getLogger(__name__)

AHEAD = 2
"""Inputs that an actor has at hand: one that it works on, and one so that it need not wait for this process."""
LOSSES = 5
"""Actors that may be lost with one input under way before it is thought to bring down whole nodes."""
STARTS = 10
"""Actors that may be lost in one place before any of them could begin: no chance, but a broken installation."""
LOOK_UP = 5.0
"""Seconds between looks whether nodes have joined."""
ROOMLESS = 60.0
"""Seconds without any actor ready after which that is said."""
SETTLED = 15.0
"""Seconds within which Ray tells what became of the inputs of an actor that is gone."""
MOST_TOLD = 400
"""Characters of what Ray says of an actor that is gone, which may be pages."""
GRACE = 1.0
"""Seconds that an actor has to end what it has at hand once the caller has stopped; a new one takes longer to start."""


@dataclass(slots=True, eq=False)
class _Task:
    """An input, and how many actors were lost with it under way."""

    item: Any
    losses: int = 0


@dataclass(slots=True, eq=False)
class _Post:
    """A place for one actor, and what that has at hand, the first of which it works on."""

    actor: Any = None
    beginning: Any = None
    """The reference to whether it is ready; None once it is."""
    doing: deque[tuple[Any, _Task]] = field(default_factory=deque)
    starts: int = 0
    """Actors in a row that were lost before they were ready."""

    @property
    def ready(self) -> bool:
        """Whether it can be given something to do."""
        return self.actor is not None and self.beginning is None


class Crew:
    """All posts, and the inputs that none of them has."""

    def __init__(self, ray: Any, pool: Pool, workers: int, shared: tuple[Path, ...]) -> None:
        """`ray` is the module, connected; `pool` is what each actor has; 0 `workers`: as many as there is room for."""
        self._ray, self._pool, self._workers, self._shared = ray, pool, workers, shared
        self._posts: list[_Post] = []
        self._news: queue.SimpleQueue[tuple[_Post, Any]] = queue.SimpleQueue()
        self._needs = Needs()
        self._spec: tuple[Any, ...] = ()
        self._inputs: Iterator[Any] = iter(())
        self._waiting: deque[_Task] = deque()

    def leave(self) -> None:
        """End all actors."""
        for post in self._posts:
            self._end(post)
        self._posts = []

    def run(self, job: Job[Any, Any], inputs: Iterator[Any]) -> Iterator[Any]:
        """Results as they come; the first exception of an actor, or of the inputs, is raised here."""
        self._inputs, self._waiting = inputs, deque(map(_Task, islice(inputs, 1)))
        if not self._waiting:
            return
        needs: Needs = getattr(job, "needs", Needs())
        if needs != self._needs:
            self.leave()
            self._needs = needs
        try:
            with _seen(job, self._shared) as shared:
                held = [self._ray.put(weights.held())] if isinstance(job, Extract) else []
                packed = Packed(self._ray.cloudpickle.dumps(job))
                self._spec = (self._ray.put(packed), self._ray.put(Surroundings.here(shared)), held)
                self._waiting.extend(map(_Task, islice(inputs, self._room() - 1)))
                for post in self._posts:
                    post.starts = 0
                    self._begin(post)
                self._grow(len(self._waiting))
                yield from self._work(job)
        finally:
            self._settle()

    def _settle(self) -> None:
        """End those that do not soon end what nobody waits for any more."""
        left = [reference for post in self._posts for reference, _ in post.doing]
        done = set(self._ray.wait(left, num_returns=len(left), timeout=GRACE)[0]) if left else set()
        for post in self._posts:
            if any(reference not in done for reference, _ in post.doing):
                self._end(post)
            post.doing.clear()

    def _work(self, job: Job[Any, Any]) -> Iterator[Any]:
        looked = heard = monotonic()
        while self._waiting or any(post.doing for post in self._posts):
            with suppress(queue.Empty):
                post, reference = self._news.get(timeout=LOOK_UP)
                heard = monotonic()
                yield from self._hear(job, post, reference)
            if monotonic() >= looked + LOOK_UP:
                looked = monotonic()
                if not self._workers:
                    self._grow(self._room())
            if monotonic() >= heard + ROOMLESS and not any(post.ready for post in self._posts):
                heard = monotonic()
                log.warning("no node has room yet for a worker that takes %s; still waiting", _told(self._needs))

    def _hear(self, job: Job[Any, Any], post: _Post, reference: Any) -> Iterator[Any]:
        """The results that follow of one answer; one of an actor that was ended since tells nothing."""
        if reference is post.beginning:
            self._ready(post)
        elif post.doing and reference is post.doing[0][0]:
            kind, value = self._came_of(reference)
            if kind == "gone":
                yield from self._gone(job, post, value)
                return
            if kind == "error":
                raise value
            post.doing.popleft()
            self._feed(post)
            yield value

    def _ready(self, post: _Post) -> None:
        """Set an actor to work, or another in its place if it is gone."""
        kind, value = self._came_of(post.beginning)
        if kind == "error":
            raise value
        if kind == "result":
            post.beginning, post.starts = None, 0
            self._feed(post, most=1)
            return
        post.starts += 1
        log.warning("an actor was lost before it could begin: %s", value)
        if post.starts >= STARTS:
            raise WorkersError(
                f"{STARTS} actors in a row were lost before they could begin; Ray's logs on their nodes, in "
                "/tmp/ray/session_latest/logs, say why. --executor pool does without Ray"
            )
        self._end(post)
        self._begin(post)

    def _gone(self, job: Job[Any, Any], post: _Post, why: str) -> Iterator[Any]:
        """Put another actor in place of one that was lost; what it had at hand is done again, by whoever is free."""
        doing = list(post.doing)
        self._end(post)
        results: list[Any] = []
        again: list[_Task] = []
        begun = True
        for reference, task in doing:
            kind, value = self._came_of(reference)
            if kind == "error":
                raise value
            if kind == "result":  # it was done before the actor went
                results.append(value)
                continue
            if begun:
                begun = False  # the others were not
                task.losses += 1
                log.warning("an actor or its node was lost with %s under way: %s", _name(task.item), why)
            if task.losses >= LOSSES:
                results.append(job.lost(task.item, "worker_died"))
            else:
                again.append(task)
        self._waiting.extendleft(reversed(again))
        self._begin(post)
        for other in self._posts:
            self._feed(other, most=1)
        yield from results

    def _came_of(self, reference: Any) -> tuple[str, Any]:
        """As an actor answers, or ("gone", what Ray says of it)."""
        try:
            kind, value = self._ray.get(reference, timeout=SETTLED)
        except self._ray.exceptions.RayError as error:
            return "gone", " ".join(str(error).split())[:MOST_TOLD]
        return kind, pickle.loads(value) if isinstance(value, bytes) else value

    def _feed(self, post: _Post, most: int = AHEAD) -> None:
        """Let an actor that is ready have so many inputs at hand."""
        while post.ready and len(post.doing) < most:
            if not self._waiting:
                self._waiting.extend(map(_Task, islice(self._inputs, 1)))
            if not self._waiting:
                return
            task = self._waiting.popleft()
            reference = post.actor.do.remote(pickle.dumps(task.item))
            post.doing.append((reference, task))
            self._listen(post, reference)

    def _listen(self, post: _Post, reference: Any) -> None:
        """Be told when there is an answer, so that nobody need ask a thousand actors in turn."""
        reference.future().add_done_callback(lambda _: self._news.put((post, reference)))

    def _begin(self, post: _Post) -> None:
        """Have an actor take the job."""
        if post.actor is None:
            settings = self._ray.remote(Actor).options(
                num_cpus=self._needs.cpus,
                num_gpus=self._needs.gpus,
                memory=int(self._needs.gigabytes * 1e9) or None,
                max_restarts=0,
                scheduling_strategy="SPREAD",
            )
            post.actor = settings.remote(self._pool)
        post.beginning = post.actor.take.remote(*self._spec)
        self._listen(post, post.beginning)

    def _end(self, post: _Post) -> None:
        if post.actor is not None:
            with suppress(Exception):  # it may be gone already, and the way to it
                self._ray.kill(post.actor)
        post.actor = post.beginning = None
        post.doing.clear()

    def _grow(self, posts: int) -> None:
        """Have at least so many posts, each with an actor."""
        for _ in range(posts - len(self._posts)):
            self._posts.append(_Post())
            self._begin(self._posts[-1])

    def _room(self) -> int:
        """How many actors to have: as asked, or as many as the cluster has room for now."""
        if self._workers:
            return self._workers
        there = self._ray.cluster_resources()
        takes = {"CPU": self._needs.cpus, "GPU": self._needs.gpus, "memory": self._needs.gigabytes * 1e9}
        return max(1, int(min(there.get(what, 0) / amount for what, amount in takes.items() if amount)))


@contextmanager
def _seen(job: Job[Any, Any], shared: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
    """What every node must see for a job: with a mark in the folder that it leaves files in, if there is one."""
    folder: Path | None = getattr(job, "writes", None)
    if folder is None:
        yield shared
        return
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / f".seen-{uuid4().hex}"
    mark.touch()
    try:
        yield (*shared, mark)
    finally:
        mark.unlink(missing_ok=True)


def _told(needs: Needs) -> str:
    takes = {"cores": needs.cpus, "GPUs": needs.gpus, "GB": needs.gigabytes}
    return ", ".join(f"{amount:g} {what}" for what, amount in takes.items() if amount)


def _name(item: Any) -> str:
    """What a log calls an input: the entry's id, where it has one."""
    entry = getattr(item, "entry", item)
    return str(getattr(entry, "id", type(item).__name__))
