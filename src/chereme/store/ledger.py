"""The ledger of a part: which clips are finished, and of which smaller parts it was made."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Lines = list[dict[str, Any]]
"""A line a clip: id, key, seconds, and either stage, reason and detail of a reject, or a note where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What one says."""

    clips: Lines
    merged: tuple[str, ...] = ()
    """Names of the parts that this one was made of; empty for one that was written by a run."""


def read_ledger(path: Path) -> Ledger:
    """A ledger; an unreadable one (cut off by a full disk, say) does not count, and is said."""
    try:
        found = json.loads(path.read_bytes())
        return Ledger(clips=found["clips"], merged=tuple(found.get("merged", ())))
    except FileNotFoundError:  # merged by another process meanwhile
        return Ledger(clips=[])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s does not count: %s", path.name, error)
        return Ledger(clips=[])


def number(path: Path) -> int:
    """The number of a part, by which a later one stands over an earlier one."""
    return int(path.name.split("-")[1])
