"""An arm: sleeve, forearm and hand as solids."""

import numpy as np

from chereme.synth import anatomy
from chereme.synth.anatomy import HandJoints, Vector, unit
from chereme.synth.hand import LIMBS, Pose, flesh
from chereme.synth.look import SHIRT, Look
from chereme.synth.solids import Solid, capsule

SIDES = (1.0, -1.0)
"""Which side of the image the left and the right arm are on: the signer faces the camera."""
LIMBS_OF_AN_ARM = LIMBS + 1
"""The sleeve and the hand's, whose palm goes on into the bare arm."""
SLEEVE_BLEND = 0.6


def arm(
    wrist: Vector, axes: Vector, bones: HandJoints, look: Look, side: float, number: int = 0
) -> tuple[list[Solid], Pose]:
    """Sleeve, forearm and hand of one arm in the world, and where the hand is.

    `wrist` (xyz) and `axes` (3, 3) describe a right hand; `side` as in `SIDES`; `number` tells the arms of
    a picture apart.
    """
    mirror = np.diag([-side, 1.0, 1.0])
    elbow, wrist = anatomy.bend_arm(wrist)
    pose = Pose(mirror @ axes, mirror @ wrist, look.hand_size)
    sleeve = number * LIMBS_OF_AN_ARM
    skin = sleeve + 1
    solids = flesh(bones, pose, skin, number)

    along = unit(wrist - elbow)
    volar = axes[:, 2]
    across = unit(np.cross(along, volar)) if abs(along @ volar) < 0.97 else axes[:, 0]
    middle = elbow * 0.55 + wrist * 0.45
    for edge in (-1.0, 1.0):  # two bones side by side make wrist and forearm oval
        start = wrist + axes[:, 0] * edge * look.hand_size + axes[:, 1] * 0.2
        solids.append(
            capsule(
                mirror @ start,
                mirror @ (middle + across * edge * 1.1),
                1.4 * look.hand_size,
                2.6 * look.hand_size,
                limb=skin,
                hand=number,
            )
        )
    shoulder = anatomy.SHOULDER + np.array([1.0, -0.5, 0])
    cloth = {"limb": sleeve, "blend": SLEEVE_BLEND, "material": SHIRT}
    if look.sleeve >= 0:
        cuff = elbow * (1 - look.sleeve) + wrist * look.sleeve
        width = 4.1 - 0.9 * look.sleeve
        solids.append(capsule(mirror @ shoulder, mirror @ elbow, 5.0, 4.2, **cloth))
        solids.append(capsule(mirror @ elbow, mirror @ cuff, 4.2, width, **cloth))
    else:
        cuff = elbow * (1 + look.sleeve) - shoulder * look.sleeve
        solids.append(capsule(mirror @ shoulder, mirror @ cuff, 5.0, 4.8, **cloth))
        bare = {"limb": skin, "hand": number}
        solids.append(capsule(mirror @ cuff, mirror @ elbow, 3.8, 3.2, **bare))
        solids.append(capsule(mirror @ elbow, mirror @ (elbow * 0.4 + wrist * 0.6), 3.2, 2.6, **bare))
    return solids, pose
