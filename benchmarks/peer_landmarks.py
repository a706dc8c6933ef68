"""MediaPipe's points of frames that another process decoded: one line `FRAMES.npy OUT.npz` a clip on stdin.

It runs under a Python of its own that has mediapipe 0.10.21; `parity.py` sets that up and calls it. Every clip gets new
objects, so that nothing leaks from one to the next. A line on stdout says that a clip is done.

`FRAMES.npy` is uint8 (frames, height, width, rgb). `OUT.npz` has for each solution, mode and part an array
`solution/mode/part` float32 (frames, slots, points, x y z score), x and y as shares of the image, NaN where nothing was
found; slots of hands are those of detection, and `…/right` (frames, slots) is 1 for the signer's right hand, NaN where
nothing was found.
"""

import sys

import mediapipe as mp
import numpy as np

HAND, BODY, FACE = 21, 33, 468
MOST = 4
"""Slots for hands: while it follows one hand, `mp.solutions.hands` may add two, whatever `max_num_hands` says."""
NEAR_THRESHOLD = 0.6
"""Hands that go when this presence is asked for in place of 0.5 are near the threshold."""


def rows(landmarks, visible=False):
    """(points, x y z score) of a list of landmarks."""
    return [(p.x, p.y, p.z, p.visibility if visible else 1.0) for p in landmarks.landmark]


def hands(frames, static, presence=0.5):
    """Both hands by `mp.solutions.hands`; its "Left" is the right hand, since it takes images to be selfies."""
    points = np.full((len(frames), MOST, HAND, 4), np.nan, np.float32)
    right = np.full((len(frames), MOST), np.nan, np.float32)
    with mp.solutions.hands.Hands(
        static_image_mode=static, max_num_hands=2, min_tracking_confidence=presence
    ) as network:
        for i, frame in enumerate(frames):
            result = network.process(frame)
            found = zip(result.multi_hand_landmarks or [], result.multi_handedness or [], strict=True)
            for slot, (hand, side) in enumerate(found):
                points[i, slot] = rows(hand)
                right[i, slot] = side.classification[0].label == "Left"
    return {"hands": points, "hands/right": right}


def holistic(frames, static):
    """Everything by `mp.solutions.holistic`."""
    size = {"hands": (2, HAND), "body": (1, BODY), "face": (1, FACE)}
    points = {part: np.full((len(frames), *shape, 4), np.nan, np.float32) for part, shape in size.items()}
    with mp.solutions.holistic.Holistic(static_image_mode=static, model_complexity=1) as network:
        for i, frame in enumerate(frames):
            result = network.process(frame)
            for part, slot, found in (
                ("hands", 0, result.left_hand_landmarks),
                ("hands", 1, result.right_hand_landmarks),
                ("body", 0, result.pose_landmarks),
                ("face", 0, result.face_landmarks),
            ):
                if found:
                    points[part][i, slot] = rows(found, visible=part == "body")
    right = np.where(np.isnan(points["hands"][:, :, 0, 0]), np.nan, [0.0, 1.0]).astype(np.float32)
    return points | {"hands/right": right}


def face(frames, static):
    """One face by `mp.solutions.face_mesh`."""
    points = np.full((len(frames), 1, FACE, 4), np.nan, np.float32)
    with mp.solutions.face_mesh.FaceMesh(static_image_mode=static, max_num_faces=1) as network:
        for i, frame in enumerate(frames):
            if found := network.process(frame).multi_face_landmarks:
                points[i, 0] = rows(found[0])
    return {"face": points}


def pose(frames, static):
    """The body by `mp.solutions.pose`."""
    points = np.full((len(frames), 1, BODY, 4), np.nan, np.float32)
    with mp.solutions.pose.Pose(static_image_mode=static, model_complexity=1) as network:
        for i, frame in enumerate(frames):
            if found := network.process(frame).pose_landmarks:
                points[i, 0] = rows(found, visible=True)
    return {"body": points}


SOLUTIONS = {"hands": hands, "pose": pose, "face": face, "holistic": holistic}


if __name__ == "__main__":
    asked = sys.argv[1:] or list(SOLUTIONS)
    for line in sys.stdin:
        source, target = line.rstrip("\n").split("\t")
        clip = np.load(source, mmap_mode="r")
        found = {}
        for name in asked:
            for mode in ("static", "following"):
                for part, array in SOLUTIONS[name](clip, mode == "static").items():
                    found[f"{name}/{mode}/{part}"] = array
        if "hands" in asked:
            for part, array in hands(clip, True, NEAR_THRESHOLD).items():
                found[f"hands/sure/{part}"] = array
        np.savez(target, **found)
        print("done", flush=True)
