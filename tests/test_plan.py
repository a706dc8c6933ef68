import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.plan import Every, FramePlan, Need, Spread

everys = st.builds(Every, stride=st.integers(1, 6), most=st.none() | st.integers(1, 40))
spreads = st.builds(Spread, count=st.integers(1, 9), middle=st.floats(0.05, 1.0))
needs: st.SearchStrategy[Need] = everys | spreads
plans = st.lists(needs, max_size=4).map(lambda each: FramePlan(tuple(each)))
shots = st.tuples(st.integers(0, 500), st.integers(1, 300)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def asked(need: Every, first: int, stop: int) -> set[int]:
    """What `Every` means, said in another way than the code says it."""
    frames = [frame for frame in range(first, stop) if (frame - first) % need.stride == 0]
    return set(frames if need.most is None else frames[: need.most])


@given(st.lists(plans, max_size=4), shots)
def test_a_union_serves_every_need(several: list[FramePlan], shot: tuple[int, int]) -> None:
    frames = FramePlan.union(several).frames(*shot)
    strides = [need.stride for plan in several for need in plan.needs if isinstance(need, Every)]
    for plan in several:
        for need in plan.needs:
            if isinstance(need, Every):
                assert asked(need, *shot) <= set(frames.tolist())
            else:
                far = np.abs(frames[:, None] - need.frames(*shot)[None]).min(axis=0)
                assert (far < min(strides, default=1)).all()


@given(plans, shots)
def test_frames_are_sorted_unique_and_within_the_shot(plan: FramePlan, shot: tuple[int, int]) -> None:
    frames = plan.frames(*shot)
    assert frames.dtype == np.int64
    assert (np.diff(frames) > 0).all()
    assert ((frames >= shot[0]) & (frames < shot[1])).all()
    assert (len(frames) == 0) is (plan.needs == ())


@given(plans, plans, shots)
def test_a_plan_that_covers_another_has_its_frames(a: FramePlan, b: FramePlan, shot: tuple[int, int]) -> None:
    if not a.covers(b):
        return
    mine = set(a.frames(*shot).tolist())
    for need in b.needs:
        if isinstance(need, Every):
            assert asked(need, *shot) <= mine


@given(everys, everys, st.integers(1, 300))
def test_covering_is_exact_on_a_long_shot(a: Every, b: Every, length: int) -> None:
    if a.covers(b):
        assert asked(b, 0, length) <= asked(a, 0, length)
    elif b.most is None or b.most > 1:  # one frame alone, the first, is in every plan
        long = 6 * 40 + 60
        assert not asked(b, 0, long) <= asked(a, 0, long)


@given(st.lists(plans, min_size=1, max_size=4))
def test_a_union_covers_its_parts_and_is_canonical(several: list[FramePlan]) -> None:
    union = FramePlan.union(several)
    assert all(union.covers(plan) for plan in several)
    assert union == FramePlan.union(reversed(several))
    assert union == FramePlan.union([union, *several])


@given(spreads, shots)
def test_spread_keeps_to_the_middle(spread: Spread, shot: tuple[int, int]) -> None:
    first, stop = shot
    frames = spread.frames(first, stop)
    assert 1 <= len(frames) <= spread.count
    margin = (1 - spread.middle) / 2 * (stop - first)
    assert frames[0] >= np.floor(first + margin) - 1
    assert frames[-1] <= np.ceil(stop - margin)
    assert (frames < stop).all()


def test_spread_takes_the_center_of_each_part() -> None:
    assert Spread(count=5, middle=1.0).frames(100, 200).tolist() == [110, 130, 150, 170, 190]
    assert Spread(count=5, middle=0.5).frames(0, 100).tolist() == [30, 40, 50, 60, 70]
    assert Spread(count=5).frames(7, 8).tolist() == [7]


def test_spread_snaps_only_to_frames_closer_than_the_stride() -> None:
    center = Spread(count=1, middle=1.0)  # of 0..20: frame 10
    assert FramePlan((Every(stride=4, most=3), center)).frames(0, 20).tolist() == [0, 4, 8]
    assert FramePlan((Every(stride=4, most=2), center)).frames(0, 20).tolist() == [0, 4, 10]
    assert FramePlan((Every(stride=2, most=5), center)).frames(0, 20).tolist() == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("a", "b", "covers"),
    [
        (Every(), Every(stride=3), True),
        (Every(stride=2), Every(stride=4, most=9), True),
        (Every(stride=2), Every(stride=3), False),
        (Every(most=31), Every(stride=2, most=16), True),
        (Every(most=30), Every(stride=2, most=16), False),
        (Every(most=30), Every(), False),
        (Every(), Spread(), True),
        (Every(stride=2), Spread(), False),
        (Every(most=500), Spread(), False),
        (Spread(), Spread(), True),
        (Spread(count=3), Spread(count=5), False),
    ],
)
def test_covers(a: Need, b: Need, covers: bool) -> None:
    assert FramePlan((a,)).covers(FramePlan((b,))) is covers


def test_a_union_leaves_out_what_another_need_covers() -> None:
    several = [FramePlan((Every(stride=stride, most=most),)) for stride, most in ((2, 5), (2, 9), (4, 5), (3, 2))]
    assert FramePlan.union(several).needs == (Every(stride=2, most=9), Every(stride=3, most=2))


def test_a_plan_covers_nothing_asked() -> None:
    assert FramePlan(()).covers(FramePlan(()))
    assert not FramePlan(()).covers(FramePlan((Every(),)))


def test_no_frames_of_an_empty_shot() -> None:
    assert FramePlan((Every(), Spread())).frames(5, 5).tolist() == []


def test_words() -> None:
    plan = FramePlan.union([FramePlan((Spread(),)), FramePlan((Every(stride=2, most=32), Every(stride=4, most=2)))])
    assert plan.text() == "every frame in 2, at most 32 + 5 spread over the middle 0.7"
    assert FramePlan((Every(),)).text() == "every frame"
    assert FramePlan(()).text() == "no frames"


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (Every, {"stride": 0}, "stride must be at least 1, not 0"),
        (Every, {"most": 0}, "most must be at least 1 or None, not 0"),
        (Spread, {"count": 0}, "count must be at least 1, not 0"),
        (Spread, {"middle": 0.0}, "middle must be above 0"),
        (Spread, {"middle": 1.1}, "middle must be above 0"),
    ],
)
def test_impossible_needs_are_refused(kind: type[Need], settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**settings)  # type: ignore[arg-type]
