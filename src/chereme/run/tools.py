"""What a run works with, made from its settings: landmark model, exports, frame plan, executor."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from chereme import plugins
from chereme.contracts import Abreast, Executor, Export, LandmarkModel, Listing, Particular
from chereme.errors import SettingsError
from chereme.plan import FramePlan
from chereme.run.local import cores
from chereme.run.settings import Build
from chereme.types import REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a run works with."""

    model: LandmarkModel
    exports: dict[str, Export]
    plan: FramePlan
    executor: Executor
    workers: int

    @classmethod
    def of(cls, settings: Build) -> "Tools":
        """Those that settings ask for; `SettingsError` for unknown names, and for exports of what is not tracked."""
        for reason in settings.retry:
            if reason not in REASONS:
                raise SettingsError(f"--retry: there is no reason '{reason}'; {plugins.suggest(reason, list(REASONS))}")
        exports = {name: settings.spec("exports", name) for name in dict.fromkeys(settings.export)}
        model = settings.spec("models", settings.landmarks)
        for export in exports.values():
            if isinstance(export, Particular):
                export.check(model.skeleton)
        workers = settings.workers or cores()
        together = settings.device != "cpu" and isinstance(model, Abreast)
        name = settings.executor or ("gpu" if together else "pool")
        executor = plugins.load("executors", name)
        return cls(
            model=model,
            exports=exports,
            plan=settings.refine.plan(FramePlan.union(export.needs for export in _asking(exports.values()))),
            executor=_made(
                executor,
                workers=settings.workers,
                timeout=settings.timeout,
                memory=settings.memory,
                address=settings.address,
                shared=settings.holding,
            ),
            workers=1 if name == "here" else workers,
        )


def _asking(exports: Iterable[Export]) -> list[Export]:
    """The exports whose needs count: what lists clips asks for none beside clips that are made without tracks."""
    listing = [export for export in exports if isinstance(export, Listing)]
    others = [export for export in exports if not isinstance(export, Listing)]
    return others if others and not any(export.needs.needs for export in others) else [*others, *listing]


def _made(executor: type[Executor], **offered: Any) -> Executor:
    """An executor with those of the run's settings that it has a field for."""
    known: list[str] = [each.name for each in fields(executor)] if is_dataclass(executor) else []
    return executor(**{name: value for name, value in offered.items() if name in known})
