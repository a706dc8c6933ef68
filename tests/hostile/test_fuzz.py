"""Readers take what chance makes of sound files, or say in their own words that they do not."""

import pytest

from tests.hostile import fuzz

RUNS = 40


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_a_few_of_many_mutations(name: str) -> None:
    found = fuzz.mutation(name, RUNS, seed=0)
    assert found is None, found[:200]
