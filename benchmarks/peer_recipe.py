"""The usual recipe, as many projects write it: OpenCV and `mp.solutions.hands` in static mode, one process.

    python peer_recipe.py arrays|crops VIDEOS OUT

It runs under a Python of its own that has mediapipe 0.10.21; `bench_words.py` sets that up and calls it. `arrays` keeps
up to 32 frames of a clip at stride 2 and writes (clips, 32, 126); `crops` seeks 5 frames evenly spaced in the middle
70 % of a clip and writes the hands of the best of them, 224x224.
"""

import sys
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np


def landmarks(result):
    """(126,) left then right hand, zeros where unseen, and the sum of scores."""
    row, score = np.zeros((2, 63), np.float32), 0.0
    for hand, side in zip(result.multi_hand_landmarks or [], result.multi_handedness or [], strict=True):
        points = np.array([[p.x, p.y, p.z] for p in hand.landmark], np.float32).ravel()
        row[0 if side.classification[0].label == "Right" else 1] = points
        score += side.classification[0].score
    return row.ravel(), score


def arrays(videos, out, hands):
    """Up to 32 frames at stride 2 of each clip."""
    sequences = []
    for video in videos:
        capture, rows, index = cv2.VideoCapture(str(video)), [], 0
        while len(rows) < 32:
            ok, frame = capture.read()
            if not ok:
                break
            if index % 2 == 0:
                rows.append(landmarks(hands.process(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)))[0])
            index += 1
        capture.release()
        sequence = np.zeros((32, 126), np.float32)
        sequence[: len(rows)] = rows
        sequences.append(sequence)
    np.savez(out / "landmarks.npz", sequences=np.stack(sequences))


def crops(videos, out, hands):
    """The best of 5 sought frames of each clip."""
    for video in videos:
        capture, best = cv2.VideoCapture(str(video)), None
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        for share in 0.15 + 0.7 * (np.arange(5) + 0.5) / 5:
            capture.set(cv2.CAP_PROP_POS_FRAMES, int(share * count))
            ok, frame = capture.read()
            if not ok:
                continue
            row, score = landmarks(hands.process(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)))
            if score and (best is None or score > best[0]):
                best = score, frame, row
        capture.release()
        if best is not None:
            _, frame, row = best
            points = row.reshape(42, 3)[:, :2]
            points = points[points.any(axis=1)] * frame.shape[1::-1]
            (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
            half = 0.7 * max(x1 - x0, y1 - y0)
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            image = frame[max(0, int(y - half)) : int(y + half), max(0, int(x - half)) : int(x + half)]
            folder = out / video.parent.name
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{video.stem}.jpg"), cv2.resize(image, (224, 224)))


if __name__ == "__main__":
    job, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    target.mkdir(parents=True, exist_ok=True)
    clips = sorted(source.rglob("*.mp4"))
    with mp.solutions.hands.Hands(static_image_mode=True, max_num_hands=2, min_detection_confidence=0.5) as network:
        {"arrays": arrays, "crops": crops}[job](clips, target, network)
