"""Builds of poses and a lexicon, of landmarks tracked before: no video, no networks."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pose_format import Pose

from chereme.exports.lexicon import Lexicon
from chereme.exports.pose import Poses
from chereme.exports.pose_file import as_pose, pose_bytes
from chereme.run.settings import Build
from chereme.run.stages import build
from tests.people import Build as Body
from tests.people import person
from tests.run.conftest import digests

GLOSSES = {"book": 90.0, "help": 120.0, "no": 150.0}
RATES = (25.0, 29.97, 23.976)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three signs by three people at three rates: at rest, up, held, down, at rest; and what is no pose."""
    folder = tmp_path_factory.mktemp("recorded")
    for gloss, height in GLOSSES.items():
        for take, fps in enumerate(RATES):
            way = np.interp(np.arange(60), [0, 12, 20, 40, 48, 60], [0, 0, 1, 1, 0, 0])
            body = Body(hand=1 + 0.2 * take, head=1 - 0.1 * take)
            # The surest of them is the last.
            track = person(20 * way, height * way, body, fps=fps, jitter=0.001, seed=take, score=0.8 + 0.05 * take)
            (folder / gloss).mkdir(exist_ok=True)
            (folder / gloss / f"{take}.pose").write_bytes(pose_bytes(as_pose(track)))
    faint = person(np.zeros(30), np.linspace(0, 90, 30), score=0.1)
    (folder / "no" / "faint.pose").write_bytes(pose_bytes(as_pose(faint)))
    (folder / "no" / "page.pose").write_bytes(b"<html>gone</html>")
    return folder


@pytest.fixture(scope="module")
def asked(recorded: Path) -> Build:
    return Build(
        dataset="folder",
        videos=(recorded,),
        landmarks="holistic",
        export=("pose", "lexicon", "arrays"),
        executor="here",
    )


@pytest.fixture(scope="module")
def built(asked: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHEREME_MODELS", str(out / "nowhere"))
        build(replace(asked, out=out))
        yield out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pose(path: Path) -> Pose:
    return Pose.read(path.read_bytes())


def test_nothing_is_lost_unseen(built: Path) -> None:
    summary = json.loads((built / "summary.json").read_bytes())
    assert (summary["asked"], summary["kept"]) == (11, 10)
    assert summary["rejected"] == {"not_a_pose": 1}
    assert summary["exports"]["pose"]["samples"] == 10
    assert summary["exports"]["pose"]["rejected"] == {"low_confidence": 1}
    assert summary["exports"]["lexicon"]["samples"] == 9
    assert summary["exports"]["lexicon"]["rejected"] == {"low_confidence": 1}


def test_the_raw_file_is_the_one_that_was_read(built: Path, recorded: Path) -> None:
    table = rows(built / "exports/pose/poses.csv")
    assert len(table) == 10
    for row in table:
        ours, theirs = (
            pose(built / "exports/pose" / row["raw"]),
            pose(recorded / f"{row['video_id'].replace('-', '/')}.pose"),
        )
        for one, other in zip(ours.header.components, theirs.header.components, strict=True):
            assert (one.name, one.points, one.limbs) == (other.name, other.points, other.limbs)
        assert ours.body.fps == theirs.body.fps
        np.testing.assert_allclose(ours.body.data.data, theirs.body.data.data, atol=1e-3)


def test_a_clip_that_cannot_be_cleaned_has_its_raw_file_and_its_reason(built: Path) -> None:
    (row,) = (row for row in rows(built / "exports/pose/poses.csv") if "faint" in row["video_id"])
    assert row["reason"] == "low_confidence"
    assert row["raw"]
    assert not row["processed"]
    reasons = rows(built / "rejects.csv")
    assert {(each["stage"], each["reason"]) for each in reasons} == {
        ("acquire", "not_a_pose"),
        ("deliver", "low_confidence"),
    }


def test_cleaned_files_are_small_and_of_one_rate(built: Path) -> None:
    for row in rows(built / "exports/pose/poses.csv"):
        if not row["processed"]:
            continue
        cleaned = pose(built / "exports/pose" / row["processed"])
        assert cleaned.header.total_points() == 178
        assert cleaned.body.fps == 25
        assert (cleaned.header.dimensions.width, cleaned.header.dimensions.height) == (512, 512)
        # 60 frames less the rest at both ends
        assert 24 / float(row["fps"]) * 25 < len(cleaned.body) < 42 / float(row["fps"]) * 25


def test_a_lexicon_as_spoken_to_signed_writes_it(built: Path) -> None:
    index = built / "exports/lexicon/all/index.csv"
    columns = "path,spoken_language,signed_language,start,end,words,glosses,priority"
    assert index.read_text("utf-8").splitlines()[0] == columns
    table = rows(index)
    assert [(row["words"], row["glosses"], row["priority"]) for row in table] == [
        (gloss, gloss.upper(), str(place)) for gloss in GLOSSES for place in range(3)
    ]
    assert {(row["spoken_language"], row["signed_language"], row["start"]) for row in table} == {("en", "ase", "0")}
    for row in table:
        sign = pose(index.parent / row["path"])
        assert int(row["end"]) == np.ceil(1000 * len(sign.body) / 25)


def test_the_best_clip_of_a_gloss_comes_first(built: Path) -> None:
    first = [row["path"] for row in rows(built / "exports/lexicon/all/index.csv") if row["priority"] == "0"]
    assert [Path(path).stem.split("_")[-1].split("-")[-1] for path in first] == ["2", "2", "2"]


def test_statistics_of_a_lexicon(built: Path) -> None:
    statistics = json.loads((built / "exports/lexicon/statistics.json").read_bytes())
    assert statistics["all"]["glosses"] == 3
    assert statistics["all"]["clips_per_gloss"] == {"book": 3, "help": 3, "no": 3}


def test_spoken_to_signed_joins_the_signs(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from spoken_to_signed.gloss_to_pose import CSVPoseLookup, gloss_to_pose
    from spoken_to_signed.gloss_to_pose.concatenate import join_poses
    from spoken_to_signed.text_to_gloss.simple import text_to_gloss

    folder = built / "exports/lexicon/all"
    (glosses,) = text_to_gloss("book help no", language="en")
    signs = [sign.pose for sign in CSVPoseLookup(str(folder)).lookup_sequence(glosses, "en", "ase")]
    best = {row["words"]: row["path"] for row in rows(folder / "index.csv") if row["priority"] == "0"}
    frames = [len(pose(folder / best[gloss]).body) for gloss in GLOSSES]
    assert [len(sign.body) for sign in signs] == frames, "a sign lost frames at its end"
    joined = join_poses(signs)
    assert len(joined.body) == sum(frames)
    assert np.isfinite(joined.body.data).all()
    spoken = gloss_to_pose(glosses, CSVPoseLookup(str(folder)), "en", "ase").pose
    assert spoken.body.data.shape[1:] == (1, 178, 3)
    assert np.isfinite(spoken.body.data).all()
    assert "No poses found" not in capsys.readouterr().out


@pytest.mark.parametrize("rate", [23.976, 29.97, 30.0, 50.0])
def test_no_rate_loses_a_frame(asked: Build, rate: float, tmp_path: Path) -> None:
    from spoken_to_signed.gloss_to_pose import CSVPoseLookup
    from spoken_to_signed.text_to_gloss.types import GlossItem

    build(replace(asked, out=tmp_path, export=("lexicon",), lexicon=Lexicon(fps=rate, trim=False)))
    folder = tmp_path / "exports/lexicon/all"
    lookup = CSVPoseLookup(str(folder))
    for gloss in GLOSSES:
        (sign,) = lookup.lookup_sequence([GlossItem(word=gloss, gloss=gloss)], "en", "ase")
        path = next(row["path"] for row in rows(folder / "index.csv") if row["words"] == gloss)
        assert len(sign.pose.body) == len(pose(folder / path).body)


def test_the_same_again_with_other_workers_to_the_byte(asked: Build, built: Path, tmp_path: Path) -> None:
    build(replace(asked, out=tmp_path, workers=2, executor="pool"))
    again = digests(tmp_path / "exports")
    assert again == digests(built / "exports")


def test_a_second_run_does_nothing(asked: Build, built: Path) -> None:
    before = digests(built / "exports")
    summary = build(replace(asked, out=built))
    assert digests(built / "exports") == before
    assert summary["exports"]["pose"]["rejected"] == {"low_confidence": 1}


def test_raw_alone_and_cleaned_alone(asked: Build, tmp_path: Path) -> None:
    build(replace(asked, out=tmp_path / "raw", export=("pose",), pose=Poses(processed=False)))
    assert not (tmp_path / "raw/exports/pose/poses/processed").exists()
    summary = build(replace(asked, out=tmp_path / "clean", export=("pose",), pose=Poses(raw=False)))
    assert not (tmp_path / "clean/exports/pose/poses/raw").exists()
    assert summary["exports"]["pose"]["samples"] == 9


def test_hands_alone_give_files_of_hands(asked: Build, tmp_path: Path) -> None:
    build(replace(asked, out=tmp_path, landmarks="hands", export=("pose",)))
    (row, *_) = rows(tmp_path / "exports/pose/poses.csv")
    for kind in ("raw", "processed"):
        made = pose(tmp_path / "exports/pose" / row[kind])
        assert [each.name for each in made.header.components] == ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"]


def test_most_clips_of_a_gloss(asked: Build, tmp_path: Path) -> None:
    build(replace(asked, out=tmp_path, export=("lexicon",), lexicon=Lexicon(most=1)))
    folder = tmp_path / "exports/lexicon/all"
    assert len(rows(folder / "index.csv")) == len(list(folder.rglob("*.pose"))) == 3


def test_read_write_read_loses_nothing(built: Path) -> None:
    for path in sorted((built / "exports/pose/poses").rglob("*.pose"))[::5]:
        once = pose(path)
        buffer = BytesIO()
        once.write(buffer)
        assert buffer.getvalue() == path.read_bytes()
