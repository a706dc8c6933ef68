"""The command line: arguments to settings, settings to a run, a table on the screen."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a sub-command; `sys.argv` says which, unless arguments are given."""
    # Worker processes import the program that started them, and need none of its commands: half their start.
    from chereme.cli.commands import main as run

    run(arguments)


__all__ = ["main"]
