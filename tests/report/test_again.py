"""The command on the page is one that the command line takes, and it asks for the same."""

import shlex
from pathlib import Path

import pytest

from chereme.cli.commands import app
from chereme.exports.crops import Crops
from chereme.report.again import command
from chereme.run.settings import Build, differing

BUILDS = {
    "defaults": Build(out=Path("x")),
    "several": Build(out=Path("x"), videos=(Path("a"), Path("it's here.zip")), export=("crops", "arrays")),
    "a comma in one value": Build(out=Path("x"), metadata=Path("a, b.json")),
    "a switch off": Build(out=Path("x"), crops=Crops(complete_classes=False, size=160)),
    "a switch on": Build(out=Path("x"), dry_run=True),
    "a leading dash": Build(out=Path("-x"), videos=(Path("-a"), Path("b"))),
    "shell words": Build(out=Path('$(touch /tmp/no) `x` "y" \\'), dataset="*"),
}


@pytest.mark.parametrize("settings", BUILDS.values(), ids=BUILDS)
def test_it_asks_for_the_same(settings: Build) -> None:
    words = shlex.split(command(differing(settings)).replace(" \\\n", ""))  # shlex keeps what a shell joins
    assert words[0] == "chereme"
    _, bound, _ = app.parse_args(words[1:], exit_on_error=False, print_error=False)
    assert bound.arguments["settings"] == settings
