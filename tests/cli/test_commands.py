import os
import re
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from chereme.cli import main, screen
from chereme.cli.progress import waiting
from chereme.cli.summaries import show_summary
from chereme.exports.pose_file import as_pose, pose_bytes
from chereme.run.settings import Build
from chereme.run.stages import build
from tests.people import person


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command, white space folded."""
    code = 0
    try:
        main([str(each) for each in arguments])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    said = capsys.readouterr()
    return code, " ".join(said.out.split()), " ".join(re.sub("[│╭╮╰╯─]", " ", said.err).split())


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    path = tmp_path / "m.json"
    path.write_text('[{"gloss": "book", "instances": [{"video_id": "1", "bbox": [1, 2, 3]}]}]')
    return path


BAD = {
    "no metadata": (["build", "--out", "{tmp}/o"], "needs its file with --metadata"),
    "absent metadata": (["build", "--metadata", "{tmp}/x.json", "--out", "{tmp}/o"], "x.json: there is no such file"),
    "metadata of another dataset": (
        ["inspect", "--dataset", "nslt", "--metadata", "{drawn}/metadata.json"],
        "it looks like metadata for --dataset wlasl",
    ),
    "malformed metadata": (
        ["build", "--metadata", "{tmp}/m.json", "--videos", "{tmp}", "--out", "{tmp}/o"],
        "m.json: [0].instances[0].bbox",
    ),
    "no out": (["build", "--dataset", "folder", "--videos", "{drawn}/videos"], "--out"),
    "absent videos": (["inspect", "--dataset", "folder", "--videos", "{tmp}/none"], "there is no such folder"),
    "no place for videos": (
        ["build", "--metadata", "{drawn}/metadata.json", "--out", "{tmp}/o"],
        "say where the videos are",
    ),
    "output among the videos": (
        ["build", "--dataset", "folder", "--videos", "{drawn}", "--out", "{drawn}/../{drawn.name}"],
        "name a new folder",
    ),
    "recipe behind flags": (
        ["build", "--workers", "1", "{tmp}/r.toml", "--out", "{tmp}/o"],
        "the recipe comes before all flags",
    ),
    "a limit below nothing": (["inspect", "--dataset", "folder", "--videos", "{drawn}", "--limit", "-1"], "0 for all"),
    "workers below none": (
        ["build", "--dataset", "folder", "--videos", "{drawn}", "--out", "{tmp}/o", "--workers", "-3"],
        "workers must be 0 or above, not -3",
    ),
    "no videos": (["inspect", "--dataset", "folder", "--videos", "{tmp}"], "holds no video; looked"),
    "a folder to draw": (["draw", "{tmp}"], "name a clip to draw with --clip"),
    "unknown dataset": (["inspect", "--dataset", "wlas", "--metadata", "{tmp}/m.json"], "did you mean 'wlasl'?"),
    "unknown gloss": (
        ["inspect", "--metadata", "{drawn}/metadata.json", "--videos", "{drawn}", "--choose.glosses", "helo"],
        "no gloss 'helo': did you mean 'hello'?",
    ),
    "unknown export": (
        ["build", "--dataset", "folder", "--videos", "{drawn}", "--out", "{tmp}/o", "--export", "crop"],
        "did you mean 'crops'?",
    ),
    "names run together": (
        ["inspect", "--metadata", "{drawn}/metadata.json", "--videos", "{drawn}", "--choose.glosses", "hello,book"],
        "no gloss 'hello,book': several are given one after the other, as hello book",
    ),
    "unknown landmarks": (
        ["build", "--dataset", "folder", "--videos", "{drawn}", "--out", "{tmp}/o", "--landmarks", "hand"],
        "landmarks: there is no 'hand'; did you mean 'hands'?",
    ),
    "unknown reason": (
        ["build", "--dataset", "folder", "--videos", "{drawn}", "--out", "{tmp}/o", "--retry", "nohands"],
        "did you mean 'no_hands'",
    ),
    "unknown setting": (["build", "--crops.sise", "3"], "Did you mean --crops.size?"),
    "impossible setting": (["build", "--crops.size", "0"], "at least 1"),
    "a word for a number": (["build", "--limit", "few"], 'unable to convert "few"'),
    "absent recipe": (["build", "{tmp}/none.toml"], "cannot read the recipe"),
    "unwritable out": (
        ["build", "--dataset", "folder", "--videos", "{drawn}", "--out", "{tmp}/m.json/o"],
        "choose another --out",
    ),
    "report of nothing": (["report", "{tmp}/none"], "none"),
    "drawing into what is no film": (["draw", "{tmp}/none.mp4", "--out", "{tmp}/a.avi"], "a.avi ends in none of .mp4"),
    "drawing nothing": (["draw", "{tmp}/none.mp4"], "none.mp4"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_message(
    case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path, metadata: Path
) -> None:
    arguments, words = BAD[case]
    code, out, err = run(capsys, *(a.format(tmp=tmp_path, drawn=drawn) for a in arguments))
    assert code == 2, (out, err)
    assert words in err
    assert "Traceback" not in err
    assert out == ""


RECIPES = {
    "[crops]\nsise = 160": "[crops] has no setting 'sise'; did you mean 'size'?",
    "crop = 3": "recipe.toml has no setting 'crop'; did you mean 'crops'?",
    "crops = 3": "write [crops]",
    "[crops": "is not TOML",
    "workers = 'many'": "workers",
}


@pytest.mark.parametrize("text", RECIPES)
def test_a_bad_recipe_names_the_place(text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(text)
    code, _, err = run(capsys, "build", recipe)
    assert code == 2
    assert RECIPES[text] in err


def test_a_recipe_and_flags_that_win(capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'metadata = "{drawn}/metadata.json"\nvideos = ["{drawn}/videos"]\nexport = ["crops"]\nlimit = 5\n'
        '[choose]\nglosses = ["hello"]\n[crops]\nsize = 64\ncomplete-classes = false\n'
    )
    code, out, _ = run(capsys, "build", recipe, "--limit", "1", "--out", tmp_path / "out", "--executor", "here")
    assert code == 0
    assert "crops 3 0" in out
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(
    ("command", "stopped", "words"),
    [
        ("report", "chereme.report.write_report", "stopped"),
        ("train", "chereme.plugins.load", "the same command with --resume goes on"),
    ],
)
def test_a_command_that_is_stopped_says_how_it_goes_on(
    command: str,
    stopped: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stopped, stop)
    code, _, err = run(capsys, command, tmp_path)
    assert code == 130
    assert err.removeprefix("stopped; ").startswith(words)


def test_what_exports_left_out_and_what_an_earlier_run_made_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made = {"crops": {"path": "exports/crops", "samples": 0, "rejected": {"incomplete_class": 3}}}
    for name in ("arrays", "crops"):
        (tmp_path / "exports" / name).mkdir(parents=True)
        (tmp_path / "exports" / name / "export.json").touch()
    (tmp_path / "rejects.csv").touch()
    show_summary({"exports": {"arrays": {"path": "exports/arrays", "samples": 3, "rejected": {}}}}, tmp_path)
    assert "every dropped clip" not in capsys.readouterr().out, "there is none"
    for name, time in (("report.html", 1), ("summary.json", 2)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    show_summary({"exports": made}, tmp_path)
    out = " ".join(capsys.readouterr().out.split())
    assert "report of an earlier run: " in out
    assert "crops incomplete_class 3" in out
    assert "every dropped clip: " in out
    assert "--crops.no-complete-classes" in out
    assert "left as an earlier run made them: arrays" in out


def test_what_takes_a_while_is_said_on_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with waiting("loading") as now:
        now("judging")
    assert capsys.readouterr() == ("", "")
    shown = StringIO()
    monkeypatch.setattr(screen, "err", Console(file=shown, force_terminal=True, width=80))
    with waiting("loading [bold]\x1b[2J") as now:
        sys.stdout.write("on stdout\n")
        now("judging")
    said = shown.getvalue()
    assert re.search(r"loading \[bold\].*judging", said, re.DOTALL)
    assert "\x1b[2J" not in said
    assert capsys.readouterr().out == "on stdout\n", "which may be piped elsewhere"


def test_rows_are_told_where_they_are_not_one_a_clip(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made: dict[str, dict[str, object]] = {"arrays": {"path": "exports/arrays", "samples": 18, "rejected": {}}}
    show_summary({"exports": made}, tmp_path)
    assert "export clips left out where" in " ".join(capsys.readouterr().out.split())
    show_summary({"asked": 9, "unfinished": 3, "exports": made}, tmp_path)
    assert "asked 9 still to be tracked 3" in " ".join(capsys.readouterr().out.split())
    made["augmented"] = {"path": "exports/augmented", "samples": 12, "rows": 36, "rejected": {}}
    show_summary({"exports": made}, tmp_path)
    out = " ".join(capsys.readouterr().out.split())
    assert "export clips rows left out where" in out
    assert "arrays 18 18 0" in out
    assert "augmented 12 36 0" in out


def test_a_dry_run_says_what_would_be_done(capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path) -> None:
    code, out, _ = run(
        capsys, "build", "--metadata", drawn / "metadata.json", "--videos", drawn, "--dry-run", "--workers", "1",
        "--limit", "1", "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0
    assert "clips found 3" in out
    assert not (tmp_path / "out").exists()


def test_inspect_without_videos_counts_what_the_metadata_hold(capsys: pytest.CaptureFixture[str], drawn: Path) -> None:
    code, out, _ = run(capsys, "inspect", "--metadata", drawn / "metadata.json")
    assert code == 0
    assert "found not looked for" in out
    assert re.search(r"train \d+ \d+ \d+ val", out), "no number of clips found"
    assert "clips a gloss: 6 to 6" in out


def test_inspect_takes_the_recipe_of_a_build(capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        f'metadata = "{drawn}/metadata.json"\nexport = ["arrays"]\n[choose]\nglosses = ["book"]\n[arrays]\nlength = 8\n'
    )
    code, out, _ = run(capsys, "inspect", recipe)
    assert code == 0
    assert "clips 6" in out
    recipe.write_text("[arrays]\nlenght = 8\n")
    code, _, err = run(capsys, "inspect", recipe)
    assert code == 2
    assert "[arrays] has no setting 'lenght'; did you mean 'length'?" in err


def test_inspect_names_what_is_missing_by_source(capsys: pytest.CaptureFixture[str], shared_data: Path) -> None:
    metadata, videos = shared_data / "wlasl/WLASL_v0.3_partial.json", shared_data / "wlasl_videos"
    code, out, _ = run(capsys, "inspect", "--metadata", metadata, "--videos", videos)
    assert code == 0
    assert "missing 6,801" in out
    assert "found 16" in out
    assert "00335.mp4" in out
    assert re.search(r"asl5200 [\d,]+ [\d,]+", out)


def test_drawing_points_over_a_video(capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path) -> None:
    video = sorted((drawn / "videos").iterdir())[0]
    code, out, _ = run(capsys, "draw", video, "--out", tmp_path / "seen.mp4")
    assert code == 0
    assert "right hand in" in out
    assert (tmp_path / "seen.mp4").stat().st_size > 1000


def test_drawing_whatever_model(capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path) -> None:
    video = sorted((drawn / "videos").iterdir())[0]
    code, out, _ = run(capsys, "draw", video, "--landmarks", "pose", "--body.no-refine", "--out", tmp_path / "seen.mp4")
    assert code == 0
    assert "body in 100%" in out


def test_drawing_a_pose_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    track = person(np.zeros(12), np.linspace(0, 90, 12))
    (tmp_path / "a.pose").write_bytes(pose_bytes(as_pose(track)))
    code, out, _ = run(capsys, "draw", tmp_path / "a.pose")
    assert code == 0
    assert "12 frames, body in 100%" in out
    assert (tmp_path / "a.drawn.mp4").stat().st_size > 1000


def test_drawing_a_clip_that_was_built(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "in" / "book").mkdir(parents=True)
    track = person(np.zeros(12), np.linspace(0, 90, 12))
    (tmp_path / "in" / "book" / "1.pose").write_bytes(pose_bytes(as_pose(track)))
    out = tmp_path / "out"
    build(
        Build(
            dataset="folder",
            videos=(tmp_path / "in",),
            landmarks="holistic",
            export=("pose",),
            out=out,
            executor="here",
        )
    )
    code, said, _ = run(capsys, "draw", out, "--clip", "book-1", "--out", tmp_path / "sheet.png")
    assert code == 0, said
    assert (tmp_path / "sheet.png").exists()
    code, _, err = run(capsys, "draw", out, "--clip", "book-2", "--out", tmp_path / "sheet.png")
    assert code == 2
    assert "has no track of a clip 'book-2'" in err


def test_help_shows_every_command_and_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"build", "inspect", "demo", "synth", "report", "draw", "models"} <= set(run(capsys, "--help")[1].split())
    assert "--crops.size" in run(capsys, "build", "--help")[1]
