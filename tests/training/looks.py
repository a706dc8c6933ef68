"""Clips and pictures for tests, as a build leaves them: signs are the way that a square goes before a gray wall."""

import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.exports.clips import Clips
from chereme.exports.crops import Crops
from chereme.frames.encode import write_video
from chereme.landmarks.hands import Hands
from chereme.plan import FramePlan
from chereme.samples.refine import Refine
from chereme.store.plain import plain
from chereme.types import Bytes

GLOSSES = ("across", "down", "up")
SPLITS = ("train", "train", "train", "train", "val", "test")
SIDE = 48


def picture(gloss: str, share: float, signer: int) -> Bytes:
    """(height, width, rgb): the square at a share of its way."""
    shown = np.full((SIDE, 64, 3), 60 + 20 * signer, np.uint8)
    near, far = 4 + signer, 32
    way = round(near + (far - near) * share)
    y, x = {"across": (16, way), "down": (way, 26), "up": (far - way + near, 26)}[gloss]
    shown[y : y + 12, x : x + 12] = 240, 200, 160
    return shown


def clips() -> list[tuple[str, str, int, str]]:
    """Id, gloss, signer and split of each."""
    return [
        (f"{place}{signer}", gloss, signer, split)
        for place, gloss in enumerate(GLOSSES)
        for signer, split in enumerate(SPLITS)
    ]


def build_clips(out: Path, frames: int = 8) -> Path:
    """An output folder with the export `clips`; signers are each of one split."""
    folder = out / "exports" / "clips"
    lines = ["split,gloss,label,video_id,path"]
    for id, gloss, signer, split in clips():
        path = Path("videos", split, gloss, f"{id}.mp4")
        write_video(folder / path, [picture(gloss, each / (frames - 1), signer) for each in range(frames)], 25, crf=10)
        lines.append(f"{split},{gloss},{GLOSSES.index(gloss)},{id},{path.as_posix()}")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return _described(out, folder, {"export": plain(Clips())})


def build_pictures(out: Path, count: int = 2) -> Path:
    """An output folder with the export `crops`, so many pictures a clip: each a shape of its own."""
    folder = out / "exports" / "crops"
    rows = []
    for id, gloss, signer, split in clips():
        for number in range(count):
            shown = picture(gloss, 0.9, signer + number)[:, 8:56]
            path = folder / split / gloss / f"{id}-{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes(cv2.imencode(".jpg", shown[:, :, ::-1])[1]))
            name = path.relative_to(folder).as_posix()
            rows.append({"id": id, "split": split, "gloss": gloss, "label": GLOSSES.index(gloss), "path": name})
    pq.write_table(pa.Table.from_pylist(rows), folder / "crops.parquet")
    made = {"landmarks": "hands", "model": plain(Hands()), "fingerprint": "test", "plan": plain(FramePlan(()))}
    return _described(out, folder, {**made, "refine": plain(Refine()), "export": plain(Crops(pictures=count))})


def _described(out: Path, folder: Path, made: dict[str, object]) -> Path:
    (folder / "label_map.json").write_text(json.dumps({gloss: label for label, gloss in enumerate(GLOSSES)}))
    (folder / "export.json").write_text(json.dumps({"made": made}))
    rows = [
        {"id": id, "gloss": gloss, "split": split, "signer": f"s{signer}", "source": None, "reason": None}
        for id, gloss, signer, split in clips()
    ]
    columns = ("id", "gloss", "split", "signer", "source", "reason")
    schema = pa.schema([(name, pa.string()) for name in columns])
    pq.write_table(pa.Table.from_pylist(rows, schema), out / "catalog.parquet")
    (out / "summary.json").write_text(json.dumps({"settings": {}}))
    return out
