"""The command line as a person calls it, without a process of its own."""

import pytest

from chereme.cli import main


def run(*arguments: object) -> int:
    """The exit code of `chereme` with these arguments."""
    with pytest.raises(SystemExit) as left:
        main([str(each) for each in arguments])
    return int(left.value.code or 0)
