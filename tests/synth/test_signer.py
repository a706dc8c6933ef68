from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats.contingency import association, crosstab

from chereme.synth.signer import Signer, draw_signer

MANY = 360


def attributes(signer: Signer) -> dict[str, Any]:
    facts = asdict(signer)
    facts |= facts.pop("look") | {f"shift {axis}": value for axis, value in zip("xyz", facts.pop("shift"), strict=True)}
    del facts["name"]
    return facts


def test_no_attribute_tells_anything_about_another() -> None:
    drawn = [attributes(draw_signer(number)) for number in range(MANY)]
    columns = dict[str, Any]()
    for name in drawn[0]:
        values = np.array([facts[name] for facts in drawn])
        distinct = len(np.unique(values))
        assert distinct > 1, name
        columns[name] = values if distinct < 10 else np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values)
    for one, other in combinations(columns, 2):
        assert association(crosstab(columns[one], columns[other]).count) < 0.25, (one, other)


def test_six_signers_already_differ_in_everything() -> None:
    six = [attributes(draw_signer(number)) for number in range(6)]
    for name in ("skin", "light", "wall", "decor", "shirt", "size", "hand_size", "tempo", "tilt"):
        assert len({facts[name] for facts in six}) == 6, name
    assert sum(facts["left_handed"] for facts in six) == 2


def test_a_signer_depends_on_number_and_seed_alone() -> None:
    assert draw_signer(3, seed=7) == draw_signer(3, seed=7)
    assert draw_signer(3, seed=7) != draw_signer(3, seed=8)
    assert draw_signer(3).name == "4"
