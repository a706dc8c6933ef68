"""What was made: the summary's words about the exports and stages, and the files that lie there."""

from pathlib import Path
from typing import Any

from chereme.report.facts import Facts

MOST_FILES = 200_000
"""Files of an export that are measured; of more, the size is said to be more than that."""


def stages(facts: Facts) -> dict[str, float]:
    """Seconds by stage, of the last run."""
    return {stage: taken for stage, taken in facts.section("seconds").items() if isinstance(taken, int | float)}


def exports(facts: Facts) -> list[dict[str, Any]]:
    """What was made: the summary's words, and the files that lie there."""
    made = []
    for name, export in facts.section("exports").items():
        export = export if isinstance(export, dict) else {}
        path = export.get("path") or f"exports/{name}"
        folder = facts.inside(path)
        files, size, more = _measured(folder) if folder else (0, 0, False)
        rejected = export.get("rejected")
        made.append(
            {
                "name": name,
                "path": str(path),
                "there": folder is not None,
                "samples": export.get("samples") if isinstance(export.get("samples"), int) else None,
                "rows": export.get("rows") if isinstance(export.get("rows"), int) else None,
                "rejected": rejected if isinstance(rejected, dict) else {},
                "files": files,
                "bytes": size,
                "more": more,
            }
        )
    return made


def _measured(folder: Path) -> tuple[int, int, bool]:
    """Files below a folder, their bytes, and whether there are more than were looked at."""
    files = size = 0
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if files == MOST_FILES:
            return files, size, True
        files += 1
        size += path.stat().st_size
    return files, size, False
