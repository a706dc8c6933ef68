"""Words from data are shown whole or visibly cut, and with nothing hidden in them."""

import unicodedata
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.report import words


@given(st.text(), st.integers(1, 50))
def test_nothing_stays_hidden_and_nothing_is_endless(text: str, most: int) -> None:
    shown = words.visible(text, most)
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not [c for c in shown if unicodedata.category(c) in hidden and c not in "\u200c\u200d"]
    assert len(shown) <= most * len("⟨U+10FFFF⟩")
    assert shown.endswith("…") or len(text) <= most


@pytest.mark.parametrize("text", ["thank you", "não", "كتاب", "本", "क्‍ष", "👩‍🏫", "what's-up?"])
def test_ordinary_words_of_any_script_stay_as_they_are(text: str) -> None:
    assert words.visible(text) == text


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 10, "0\u202f%"),
        (1, 100_000, "0.1\u202f%"),
        (99_999, 100_000, "99.9\u202f%"),
        (10, 10, "100\u202f%"),
        (1, 3, "33\u202f%"),
        (1, 0, "–"),
        (None, 3, "–"),
        (nan, 1, "–"),
    ],
)
def test_a_share_is_all_or_none_only_when_it_is(part: float | None, whole: float, shown: str) -> None:
    assert words.share(part, whole) == shown


def test_numbers_have_their_unit() -> None:
    assert words.count(6817) == "6\u202f817"
    assert words.duration(75) == "1\u202fmin 15\u202fs"
    assert words.duration(59.97) == "1\u202fmin 00\u202fs"
    assert words.duration(3599.8) == "1\u202fh 00\u202fmin"
    assert words.size(999) == "999\u202fB"
    assert words.size(1_200_000) == "1.2\u202fMB"
    assert words.number(nan) == "–"
