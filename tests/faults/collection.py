"""The small collection that the runs are about: clips of the drawn one, some in an archive, and a few that are bad."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chereme.frames.encode import write_video

CLIPS = ("0100101", "0100501", "0100601", "0200101", "0200501", "0200601")
"""Two glosses with a clip in each split."""
PACKED = ("0100601", "0200101")
"""Those that lie in the archive."""
BAD = ("torn", "noise", "blank", "missing")
IDS = (*CLIPS, *BAD)

RECIPE = """
metadata = "{folder}/metadata.json"
videos = ["{folder}/videos", "{folder}/more.zip"]
export = ["arrays", "crops", "manifest", "clips"]

[arrays]
stride = 6
length = 6
min_frames = 3

[crops]
count = 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Where it lies."""

    recipe: Path


def draw(drawn: Path, folder: Path) -> Collection:
    """The collection, made below a folder out of the drawn one that is committed."""
    videos = folder / "videos"
    videos.mkdir(parents=True)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for id in CLIPS:
            data = (drawn / "videos" / f"{id}.mp4").read_bytes()
            if id in PACKED:
                archive.writestr(zipfile.ZipInfo(f"{id}.mp4"), data)
            else:
                (videos / f"{id}.mp4").write_bytes(data)
    whole = (drawn / "videos" / "0200201.mp4").read_bytes()
    (videos / "torn.mp4").write_bytes(whole[: len(whole) // 30])
    (videos / "noise.mp4").write_bytes(np.random.default_rng(1).bytes(3000))
    write_video(videos / "blank.mp4", [np.full((96, 96, 3), 90, np.uint8)] * 30, 25)
    glosses = json.loads((drawn / "metadata.json").read_bytes())
    kept = [
        {"gloss": each["gloss"], "instances": [one for one in each["instances"] if one["video_id"] in CLIPS]}
        for each in glosses[:2]
    ]
    like = kept[1]["instances"][0]
    kept[1]["instances"] += [like | {"video_id": id, "instance_id": 90 + at} for at, id in enumerate(BAD)]
    (folder / "metadata.json").write_text(json.dumps(kept))
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(folder=folder))
    return Collection(recipe=recipe)
