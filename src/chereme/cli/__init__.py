"""The command line: arguments to settings, settings to a run, a table on the screen."""

from chereme.cli.commands import main

__all__ = ["main"]
