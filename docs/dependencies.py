"""What is installed for chereme: each library with version, license and who wants it; for a page and `make audit`."""

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
TOOLS = {"dev", "docs"}
"""Extras with tools for developing and for the pages, which users do not install."""
PERMITTED = re.compile(
    r"\b(apache|mit|bsd|0bsd|isc|psf|python software foundation|mpl|mozilla|unlicense|hpnd|zlib|lgpl|lesser|cc0|zpl|"
    r"unicode|public domain|boost|bsl-1\.0|nvidia|intel)",
    re.IGNORECASE,
)
"""Licenses under which a library may be used and passed on by anyone, in research and business. LGPL: FFmpeg, in PyAV's
wheels, linked at run time. NVIDIA's own: its CUDA libraries, which come with PyTorch's builds for GPUs."""
REFUSED = re.compile(r"\b(agpl|affero|sspl|non-?commercial|cc-by-nc|busl|business source)", re.IGNORECASE)
UNTOLD = "not told by its package"
LOOKED_UP = {"pose-format"}
"""Libraries whose packages do not tell; see their repositories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One that is installed."""

    name: str
    version: str
    license: str
    wanted: tuple[str, ...]
    """By which extras; "" is chereme itself."""

    @property
    def fine(self) -> bool:
        """Whether its license is known to be one of those permitted."""
        told = bool(PERMITTED.search(self.license)) or (self.license == UNTOLD and self.name in LOOKED_UP)
        return told and not REFUSED.search(self.license)


def libraries(project: Path = PROJECT) -> list[Library]:
    """All that chereme and its extras need, and what these need, as far as it is installed here; by name."""
    stated = tomllib.loads(project.read_text("utf-8"))["project"]
    needs = {"": stated["dependencies"]} | stated["optional-dependencies"]
    wanted: dict[str, set[str]] = {}
    for extra in needs.keys() - TOOLS:
        for name in _needed(needs[extra], "", set()):
            wanted.setdefault(name, set()).add(extra)
    found = []
    for name in sorted(wanted):
        there = distribution(name)
        found.append(
            Library(name=name, version=there.version, license=license_of(there), wanted=tuple(sorted(wanted[name])))
        )
    return found


def _needed(lines: Iterable[str], extra: str, met: set[tuple[str, str]]) -> set[str]:
    """Names of what is asked for in these lines, directly or not, and is installed here."""
    for need in map(Requirement, lines):
        name = re.sub(r"[-_.]+", "-", need.name).lower()
        if need.marker and not need.marker.evaluate({"extra": extra}):
            continue
        for each in {"", *need.extras} - {extra for known, extra in met if known == name}:
            try:
                below = distribution(name).requires or []
            except PackageNotFoundError:
                continue
            met.add((name, each))
            _needed(below, each, met)
    return {name for name, _ in met}


def license_of(there: Distribution) -> str:
    """As its metadata has it: the expression, else the classifiers, else the first line of the text."""
    told = there.metadata
    classes = [each.split(" :: ")[-1] for each in told.get_all("Classifier") or [] if each.startswith("License")]
    classes = [each for each in classes if each != "OSI Approved"]
    text = (told.get("License") or "").strip().split("\n")[0][:60]
    return told.get("License-Expression") or ", ".join(classes) or text or UNTOLD


def table(found: Iterable[Library]) -> str:
    """As Markdown."""
    lines = ["| library | version | license | for |", "|---|---|---|---|"]
    for each in found:
        wanted = ", ".join("chereme" if not extra else f"`{extra}`" for extra in each.wanted)
        lines.append(f"| {each.name} | {each.version} | {each.license.replace('|', '/')} | {wanted} |")
    return "\n".join(lines)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the table where a page asks for it; called by mkdocs for each page."""
    mark = "<!-- dependencies -->"
    return markdown.replace(mark, table(libraries())) if mark in markdown else markdown


def main() -> int:
    """Print the table; 1 when there is a library whose license is not known to be permitted."""
    found = libraries()
    print(table(found))  # noqa: T201
    odd = [each for each in found if not each.fine]
    for each in odd:
        print(f"{each.name} {each.version}: its license, {each.license}, is none of those permitted", file=sys.stderr)  # noqa: T201
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main())
