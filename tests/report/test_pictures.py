"""Which clips the contact sheet shows."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chereme.report.pictures import spread_over


@given(st.dictionaries(st.text(max_size=4), st.sampled_from("abcdefg"), max_size=60), st.integers(1, 20))
def test_glosses_have_equal_parts_of_the_sheet(glosses: dict[str, str], most: int) -> None:
    ids = spread_over(glosses, most)
    assert len(ids) == len(set(ids)) == min(most, len(glosses))
    there, shown = Counter(glosses.values()), Counter(glosses[id] for id in ids)
    for gloss in there:
        fuller = max(shown.values(), default=0)
        assert shown[gloss] >= min(there[gloss], fuller - 1)


def test_it_depends_on_the_clips_alone() -> None:
    glosses = {str(number): str(number % 7) for number in range(100)}
    backwards = dict(reversed(glosses.items()))
    assert spread_over(glosses, 20) == spread_over(backwards, 20)
    assert spread_over(glosses, 20) != sorted(glosses)[:20]
