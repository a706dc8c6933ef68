import json
from dataclasses import replace
from pathlib import Path

import pytest

from chereme.errors import DatasetError, SettingsError
from chereme.plan import Every, FramePlan
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence
from chereme.training.evaluate import Evaluate, evaluate
from chereme.training.examples import Examples
from chereme.training.taught import Taught
from tests.training.judged import GLOSSES, Judged, recognizer, trained_otherwise


@pytest.fixture
def clips() -> Judged:
    """Train clips of two signers; three test clips, one answered wrongly."""
    made = Judged()
    for gloss in GLOSSES:
        made.add(gloss, "train", signer="a" if gloss < "l" else "b")
    made.add("book", "test", signer="a", source="tv")
    made.add("can", "test", signer="c", source="web")
    made.add("hello", "test", said="light", signer="c", source="web")
    return made


def test_a_split_is_judged(clips: Judged, tmp_path: Path) -> None:
    found = evaluate(recognizer(clips=6), clips.write(tmp_path))
    assert found.answers.ids == ("006", "007", "008")
    assert found.scores.top[0].per_instance.value == 2 / 3
    assert [(pair.gloss, pair.answer) for pair in found.scores.confused] == [("hello", "light")]
    assert found.scores.seen_signers is not None
    assert found.scores.unseen_signers is not None
    assert (found.scores.seen_signers.of, found.scores.unseen_signers.of) == (1, 2)
    assert [row.name for row in found.scores.sources] == ["web", "tv"]
    counts = found.counts
    assert (counts.official, counts.asked, counts.found, counts.kept, counts.judged, counts.twins) == (3, 3, 3, 3, 3, 0)
    assert found.notes == ()


def test_clips_that_are_missing_are_counted(clips: Judged, tmp_path: Path) -> None:
    for gloss in ("book", "wind", "wind"):
        clips.lack(gloss, "test")
    clips.lack("book", "train")
    counts = evaluate(recognizer(), clips.write(tmp_path)).counts
    assert (counts.official, counts.asked, counts.found, counts.kept) == (6, 6, 3, 3)


def test_the_official_number_can_be_stated(clips: Judged, tmp_path: Path) -> None:
    found = evaluate(recognizer(), clips.write(tmp_path), Evaluate(official=258))
    assert (found.counts.official, found.counts.asked) == (258, 3)


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        ({"splits": "stratified"}, "build's own"),
        ({"settings": {"splits.by": "signer"}}, "build's own"),
        ({"settings": {"limit": "3"}}, "--limit"),
        ({"settings": {"choose.max-clips": "9"}}, "--choose.max"),
    ],
)
def test_what_is_not_official_is_not_called_so(
    clips: Judged, tmp_path: Path, summary: dict[str, object], why: str
) -> None:
    clips.summary = summary
    found = evaluate(recognizer(), clips.write(tmp_path))
    assert found.counts.official is None
    assert found.counts.asked == 3
    assert why in " ".join(found.notes)


def test_twins_of_clips_trained_on_are_counted_and_left_out_on_demand(clips: Judged, tmp_path: Path) -> None:
    clips.add("stop", "val", show=500)
    clips.add("wind", "test", id="of-val", show=500)
    clips.summary = {"twins": {"across_splits": [["001", "007"], ["of-val", "009"], ["elsewhere", "006"]]}}
    out = clips.write(tmp_path)
    kept, left_out = evaluate(recognizer(), out), evaluate(recognizer(), out, Evaluate(twins="exclude"))
    assert kept.twins == left_out.twins == ("007",), "a twin in val was not trained on"
    assert (kept.counts.kept, kept.counts.judged, kept.counts.twins) == (4, 4, 1)
    assert (left_out.counts.kept, left_out.counts.judged, left_out.counts.twins) == (4, 3, 1)
    assert left_out.answers.ids == ("006", "008", "of-val")


def test_the_same_points_are_a_twin_whatever_they_are_called(clips: Judged, tmp_path: Path) -> None:
    clips.add("can", "test", said="book", id="copy", show=0.0)
    clips.add("can", "test", said="book", id="alike", show=0.1)
    assert evaluate(recognizer(), clips.write(tmp_path)).twins == ("copy",)


def test_glosses_it_does_not_know_are_left_out_and_counted(clips: Judged, tmp_path: Path) -> None:
    clips.lack("hello", "test")
    clips.lack("can", "test")
    found = evaluate(recognizer(("light", "book", "can")), clips.write(tmp_path))
    assert found.answers.ids == ("006", "007")
    assert found.answers.labels.tolist() == [1, 2], "labels are the recognizer's own"
    assert found.scores.top[0].per_instance.value == 1
    assert (found.counts.official, found.counts.unknown, found.counts.judged) == (3, 1, 2)


def test_arrays_alone_will_do(clips: Judged, tmp_path: Path) -> None:
    folder = clips.write_arrays(tmp_path / "elsewhere")
    for where in (folder, folder / "landmarks.npz"):
        found = evaluate(recognizer(), where)
        assert found.scores.top[0].per_instance.value == 2 / 3
        assert (found.counts.official, found.counts.asked, found.counts.kept) == (None, None, 3)
        assert "--official" in found.notes[0]
        assert found.scores.signers == ()
    assert evaluate(recognizer(), folder, Evaluate(official=9)).counts.official == 9


def test_an_export_in_its_build_knows_the_build(clips: Judged, tmp_path: Path) -> None:
    out = clips.write(tmp_path)
    assert evaluate(recognizer(), out / "exports" / "arrays").counts.official == 3


def test_val_and_train_come_with_a_caution(clips: Judged, tmp_path: Path) -> None:
    clips.add("book", "val")
    out = clips.write(tmp_path)
    assert "chose its weights" in evaluate(recognizer(), out, Evaluate(split="val")).notes[0]
    train = evaluate(recognizer(), out, Evaluate(split="train"))
    assert "trained on" in train.notes[0]
    assert train.counts.twins == 0, "a clip is no twin of itself"


def test_another_training_collection_is_noticed(clips: Judged, tmp_path: Path) -> None:
    (note,) = evaluate(recognizer(clips=1442), clips.write(tmp_path)).notes
    assert "trained on 1442 clips, the train split here has 6" in note


def test_a_checkpoint_tells_which_clips_and_signers_it_was_trained_on(clips: Judged, tmp_path: Path) -> None:
    """Another collection than the one trained on: its train split was not trained on, clips of other splits may be."""
    there = Examples.read(clips.write(tmp_path / "trained"))
    taught = Taught.by(there.split("train"))
    assert taught.ids == tuple(id for id, split in zip(there.ids, there.splits, strict=True) if split == "train")
    opened = replace(recognizer(clips=len(taught.ids)), taught=replace(taught, signers=("ann",)))
    other = Judged()
    other.add("book", "train", id="a", signer="bob", show=7.0)
    other.add("book", "test", id="b", signer="bob", show=7.0)  # twin of one that was not trained on
    other.add("hello", "test", id="c", signer="ann", show=8.0)
    shown = clips.rows[there.ids.index(taught.ids[0])]
    other.add(shown["gloss"], "test", said=shown["said"], id="d", signer="cas", show=shown["show"])
    found = evaluate(opened, other.write(tmp_path / "other"))
    assert found.twins == ("d",)
    assert not any("trained on" in note for note in found.notes)
    assert {each.name: each.seen for each in found.scores.signers} == {"ann": True, "bob": False, "cas": False}
    same = evaluate(opened, tmp_path / "trained")
    assert same.twins == evaluate(recognizer(), tmp_path / "trained").twins


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sequence": Sequence(length=64, min_frames=1)}, r"\[arrays\] length = 64"),
        ({"sequence": Sequence(length=4, min_frames=1, normalize="hand")}, r"\[arrays\] normalize = \"hand\""),
        ({"sequence": Sequence(length=4, min_frames=1, parts=("left_hand",))}, r"parts = \[\"left_hand\"\]"),
        ({"refine": Refine(trim=True)}, r"\[refine\] trim = true"),
        (
            {"sequence": Sequence(length=64, stride=3, min_frames=1), "refine": Refine(trim=True)},
            r"on, with \[arrays\] length = 64, \[arrays\] stride = 3, \[refine\] trim = true$",
        ),
    ],
)
def test_sequences_made_otherwise_are_refused(
    clips: Judged, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        evaluate(trained_otherwise(recognizer(), **changes), clips.write(tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fingerprint": "another"}, "other weights or settings"),
        ({"plan": FramePlan((Every(stride=1, most=4),))}, "Other frames"),
    ],
)
def test_points_that_differ_slightly_are_mentioned(
    clips: Judged, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    found = evaluate(trained_otherwise(recognizer(), **changes), clips.write(tmp_path))
    assert message in found.notes[0]


def test_what_is_not_there_is_said(clips: Judged, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="neither an output folder"):
        evaluate(recognizer(), tmp_path / "none")
    out = clips.write(tmp_path)
    with pytest.raises(DatasetError, match=r"split 'val'.*test, train"):
        evaluate(recognizer(), out, Evaluate(split="val"))
    with pytest.raises(DatasetError, match="exports/sequences"):
        evaluate(recognizer(), out, Evaluate(export="sequences"))
    for broken in ("[]", "{}", '{"twins": 3, "settings": null}', '{"twins": {"across_splits": [7]}}'):
        (out / "summary.json").write_text(broken)
        assert evaluate(recognizer(), out).counts.judged == 3
    (out / "exports" / "arrays" / "export.json").write_text(json.dumps({"made": None}))
    with pytest.raises(DatasetError, match="again"):
        evaluate(recognizer(), out)


def test_why_no_clip_is_left_to_judge_by_is_said(clips: Judged, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none of the glosses of its 3 clips, but tea$"):
        evaluate(recognizer(("tea",)), clips.write(tmp_path / "other"))
    with pytest.raises(DatasetError, match=r"but BOOK, TEA; capitals count$"):
        evaluate(recognizer(("BOOK", "TEA")), tmp_path / "other")
    for row in clips.rows:
        row |= {"show": 0.0, "said": "book"}
    with pytest.raises(DatasetError, match="each of its 3 clips shows the same signing as one trained on"):
        evaluate(recognizer(), clips.write(tmp_path), Evaluate(twins="exclude"))


def test_settings_say_what_they_may_be() -> None:
    with pytest.raises(SettingsError, match="'keep' or 'exclude'"):
        Evaluate(twins="drop")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="number of clips"):
        Evaluate(official=-1)
