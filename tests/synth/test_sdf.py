import numpy as np
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from chereme.synth.anatomy import HANDSHAPES, Vector, hand_axes, hand_joints
from chereme.synth.hand import Pose, flesh
from chereme.synth.rays import Camera
from chereme.synth.sdf import Surface, march
from chereme.synth.solids import Solid, Solids

CAMERA = Camera(width=64, height=48, scale=3.0, x=32.0, y=24.0)
NO_FLOOR = np.full((48, 64), -1e4, np.float32)
PLACES = st.tuples(st.floats(-7, 7), st.floats(-5, 5), st.floats(-5, 5)).map(np.array)
RADII = st.floats(0.8, 2.5)
CAPSULES = (
    st.tuples(PLACES, PLACES, RADII, RADII)
    .map(lambda facts: Solid(*facts))
    .filter(lambda solid: np.linalg.norm(solid.end - solid.start) > abs(solid.end_radius - solid.start_radius) + 0.1)
)
"""Of any taper, up to that at which one end holds the other."""
SHARP = [Solid(np.zeros(3), np.array([1, 0, 1.5]), 2.5, 0.8)]
"""The ball at its thicker end stands out of its body, whose flank is steeper than the rays."""
THIN = [
    Solid(np.array([-7, -1, 2]), np.array([6, -2, 4]), 1.9, 2.1),
    Solid(np.array([5, -4, -1]), np.array([-7, 0, 4]), 1.1, 1.5),
]
"""One that stands before another and can be leapt over."""
NEAR = 0.021
"""Centimeters: at this scale a ray has arrived 0.02 from the surface."""


def places(surface: Surface) -> Vector:
    return np.stack([surface.field.rays.x, surface.field.rays.y, surface.z], axis=1).astype(float)


def distance(points: Vector, solid: Solid) -> Vector:
    """Straight from the definition of a tapered capsule."""
    axis = solid.end - solid.start
    share = np.clip((points - solid.start) @ axis / (axis @ axis + 1e-6), 0, 1)
    radius = solid.start_radius + share * (solid.end_radius - solid.start_radius)
    gaps = np.linalg.norm(points - solid.start - share[:, None] * axis, axis=1)
    return np.asarray(gaps - radius)


def test_a_ball_is_met_where_geometry_says() -> None:
    center = np.array([1.0, -0.5, 2.0])
    surface = march(Solids.of([Solid(center, center, 4.0, 4.0)]), CAMERA, NO_FLOOR)
    inside = surface.cover == 1
    points = places(surface)
    across = np.linalg.norm(points[:, :2] - center[:2], axis=1)
    assert across[inside].max() < 4.1
    assert abs(inside.sum() - np.pi * 16 * 9) < 30
    flat = inside & (across < 3.6)
    np.testing.assert_allclose(surface.z[flat], 2 + np.sqrt(16 - across[flat] ** 2), atol=0.05)
    normal, _, _ = surface.field.touch(surface.z)
    np.testing.assert_allclose(normal[flat], (points[flat] - center) / 4, atol=0.03)


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(CAPSULES, min_size=1, max_size=4))
@example(SHARP)
@example(THIN)
def test_surfaces_of_several_limbs_lie_on_the_nearest_and_leave_nothing_out(solids: list[Solid]) -> None:
    limbs = [solid._replace(limb=limb) for limb, solid in enumerate(solids)]
    surface = march(Solids.of(limbs), CAMERA, NO_FLOOR)
    hit = surface.cover == 1
    gaps = np.min([distance(places(surface), solid) for solid in limbs], axis=0)
    assert np.abs(gaps[hit]).max(initial=0) < NEAR

    # Every pixel whose ray passes well inside of some axis' own radius is met, and no later than that axis.
    met = np.full(48 * 64, -np.inf)
    met[surface.field.rays.pixel[hit]] = surface.z[hit]
    for solid in limbs:
        for share in np.linspace(0, 1, 7):
            x, y, z = solid.start + share * (solid.end - solid.start)
            column, row = int(np.floor(CAMERA.x + x * CAMERA.scale)), int(np.floor(CAMERA.y - y * CAMERA.scale))
            if 0 <= column < 64 and 0 <= row < 48:
                assert met[row * 64 + column] > z - 0.1


def test_a_floor_hides_what_lies_behind_it() -> None:
    ball = Solids.of([Solid(np.zeros(3), np.zeros(3), 3.0, 3.0)])
    assert len(march(ball, CAMERA, np.full((48, 64), 5.0, np.float32)).z) == 0
    assert march(ball, CAMERA, np.full((48, 64), 2.5, np.float32)).z.min() > 2.3


def test_fingers_flow_into_the_palm_and_not_into_each_other() -> None:
    pose = Pose(hand_axes((0, 1, 0), (0, 0, 1)), np.array([0.0, -6.0, 0.0]), 0.7)
    hand = flesh(hand_joints(HANDSHAPES["open"]), pose, 0, 0)
    whole = march(Solids.of(hand), CAMERA, NO_FLOOR)
    apart = march(Solids.of([solid._replace(trunk=-1) for solid in hand]), CAMERA, NO_FLOOR)

    def depth(surface: Surface) -> Vector:
        image = np.full(48 * 64, np.nan)
        image[surface.field.rays.pixel[surface.cover == 1]] = surface.z[surface.cover == 1]
        return image

    raised = depth(whole) - depth(apart)
    assert np.nanmax(raised) > 0.05
    tips = pose.place(hand_joints(HANDSHAPES["open"]).joints[[8, 12, 16, 20]])
    rows = np.floor(CAMERA.y - tips[:, 1] * CAMERA.scale).astype(int)
    np.testing.assert_allclose(np.nan_to_num(raised.reshape(48, 64)[: rows.max()]), 0, atol=0.03)
