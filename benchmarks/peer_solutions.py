"""MediaPipe's solutions over whole clips, every frame, as scripts of the field call them: OpenCV, one process.

    python peer_solutions.py hands-static|hands-tracking|holistic VIDEOS OUT

It runs under a Python of its own that has mediapipe 0.10.21; `bench_engine.py` sets that up and calls it. One object
serves all clips, which is the quickest way (and lets tracking leak from clip to clip).
"""

import sys
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np


def rows(landmarks):
    """(points, xyz)."""
    return np.array([(p.x, p.y, p.z) for p in landmarks.landmark], np.float32)


def hands(result):
    """The hands of a frame."""
    return [rows(each) for each in result.multi_hand_landmarks or []]


def holistic(result):
    """What there is of a person in a frame."""
    found = result.pose_landmarks, result.face_landmarks, result.left_hand_landmarks, result.right_hand_landmarks
    return [rows(each) for each in found if each]


SOLUTIONS = {
    "hands-static": (lambda: mp.solutions.hands.Hands(static_image_mode=True, max_num_hands=2), hands),
    "hands-tracking": (lambda: mp.solutions.hands.Hands(max_num_hands=2), hands),
    "holistic": (lambda: mp.solutions.holistic.Holistic(), holistic),
}


if __name__ == "__main__":
    make, read = SOLUTIONS[sys.argv[1]]
    out = Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    with make() as network:
        for video in sorted(Path(sys.argv[2]).rglob("*.mp4")):
            capture, found = cv2.VideoCapture(str(video)), {}
            for index in range(1 << 30):
                ok, frame = capture.read()
                if not ok:
                    break
                for slot, points in enumerate(read(network.process(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)))):
                    found[f"{index}/{slot}"] = points
            capture.release()
            np.savez(out / f"{video.parent.name}-{video.stem}.npz", **found)
