"""Settings come back from plain values as they were, and from nothing else."""

import json
from dataclasses import dataclass
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import DatasetError
from chereme.plan import Every, FramePlan, Spread
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence
from chereme.store.plain import plain, restored


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    share: float = 0.5
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    count: int = 1
    most: float | None = None
    pair: tuple[int, float] = (1, 2.0)
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    either: Every | Spread = Every()


INNER = st.builds(Inner, share=st.floats(allow_nan=False), names=st.lists(st.text(max_size=5)).map(tuple))
OUTER = st.builds(
    Outer,
    count=st.integers(),
    most=st.none() | st.floats(allow_nan=False),
    pair=st.tuples(st.integers(), st.floats(allow_nan=False)),
    inner=INNER,
    many=st.lists(INNER, max_size=3).map(tuple),
    either=st.builds(Every, stride=st.integers(1, 9)) | st.builds(Spread, count=st.integers(1, 9)),
)


@given(OUTER)
def test_what_was_made_plain_comes_back_by_way_of_json(value: Outer) -> None:
    text = json.dumps(plain(value), allow_nan=False)
    assert restored(Outer, json.loads(text)) == value


@pytest.mark.parametrize("value", [Refine(), Sequence(), FramePlan((Every(stride=2), Spread(count=3)))])
def test_settings_of_our_own(value: Any) -> None:
    assert restored(type(value), json.loads(json.dumps(plain(value)))) == value


def test_numbers_that_json_lacks() -> None:
    assert plain({"a": inf, "b": [-inf]}) == {"a": "inf", "b": ["-inf"]}
    assert restored(Inner, {"share": "inf"}).share == inf


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "text",
        [],
        {"unknown": 1},
        {"inner": 7},
        {"inner": {"nobody": 1}},
        {"pair": [1]},
        {"pair": [1, 2, 3]},
        {"many": 7},
        {"inner": {"share": "no number"}},
        {"inner": {"share": [1]}},
    ],
)
def test_anything_else_is_no_settings(value: Any) -> None:
    with pytest.raises(DatasetError, match="no settings of Outer"):
        restored(Outer, value)


def test_settings_that_refuse_themselves_are_none() -> None:
    with pytest.raises(DatasetError, match="stride must be at least 1"):
        restored(Every, {"stride": 0})
