"""What is shown while something goes on: bars for clips, a word for what takes a moment."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.spinner import Spinner
from rich.text import Text

from chereme.cli import screen
from chereme.types import Reject


class Rate(ProgressColumn):
    """Clips a second."""

    def render(self, task: Task) -> Text:
        """The rate since the stage began, or nothing yet."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="cyan")


class Bars:
    """A bar a stage, with rate, time left and rejects by reason; nothing at all when stderr is no terminal."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:9}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
            TextColumn("[yellow]{task.fields[rejects]}"),
            console=screen.err,
            disable=not screen.err.is_terminal,
            speed_estimate_period=20,
        )
        self._task: TaskID | None = None
        self._reasons: Counter[str] = Counter()

    def __enter__(self) -> "Bars":
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def stage(self, name: str, total: int, done: int = 0) -> None:
        """A new bar."""
        self._reasons.clear()
        self._task = self._bars.add_task(name, total=total, completed=done, rejects="")

    def count(self, name: str) -> Callable[[int, int], None]:
        """A bar for work that tells how many of how many are done."""

        def tell(done: int, total: int) -> None:
            if self._task is None or self._bars.tasks[self._task].description != name:
                self.stage(name, total)
            self._bars.update(self._task or TaskID(0), completed=done)

        return tell

    def step(self, reject: Reject | None = None) -> None:
        """One clip more."""
        if self._task is None:
            return
        if reject:
            self._reasons[reject.reason] += 1
        words = "  ".join(f"{reason} {count}" for reason, count in self._reasons.most_common(3))
        self._bars.update(self._task, advance=1, rejects=words)


@contextmanager
def waiting(words: str) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done and moves, until the block ends; what is given says something else.

    Nothing at all when stderr is no terminal. What is printed on stdout meanwhile would meet it: nothing is.
    """
    if not screen.err.is_terminal:
        yield lambda words: None
        return
    with Live(Spinner("dots", screen.escape(words)), console=screen.err, transient=True, redirect_stdout=False) as line:
        yield lambda words: line.update(Spinner("dots", screen.escape(words)))
