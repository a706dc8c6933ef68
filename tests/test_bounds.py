"""Settings beyond their bounds are refused by name."""

from dataclasses import dataclass
from math import inf, nan

import pytest

from chereme.bounds import between, one_of, require
from chereme.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Some:
    most_clips: float = 1
    share: float = 0.5
    pad: str = "zero"


def test_the_first_that_does_not_fit_is_named_as_one_writes_it() -> None:
    require(Some(), ("most_clips", "share"), lambda value: value > 0, "is above 0")
    with pytest.raises(SettingsError) as wrong:
        require(Some(most_clips=-1, share=-2), ("most_clips", "share"), lambda value: value > 0, "is above 0", "[a] ")
    assert str(wrong.value) == "[a] most-clips is above 0, not -1"


@pytest.mark.parametrize("share", [-0.1, 1.1, nan, inf])
def test_bounds_are_kept_and_no_number_is_within_none(share: float) -> None:
    between(Some(share=0), {"share": (0, 1), "most_clips": (1, inf)}, "live.")
    with pytest.raises(SettingsError, match=rf"^live\.share must be between 0 and 1, not {share}$"):
        between(Some(share=share), {"most_clips": (1, inf), "share": (0, 1)}, "live.")


def test_choices_are_told() -> None:
    one_of(Some(), "pad", ("zero", "edge"))
    with pytest.raises(SettingsError, match=r"^pad is one of zero, edge, not 'zeros'$"):
        one_of(Some(pad="zeros"), "pad", ("zero", "edge"))
