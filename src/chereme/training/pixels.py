"""Clips and pictures to train on and to judge by, out of a finished build: their files, who signed, how made."""

import json
from dataclasses import dataclass, field, fields
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import DatasetError, Rejected
from chereme.exports.crops import Crops
from chereme.filenames import RECORD
from chereme.frames.cut import Cut
from chereme.store.plain import restored
from chereme.training.clip_form import ClipForm
from chereme.training.form import Mask, Unreadable, Values
from chereme.training.loading import Loading
from chereme.training.manifest import Row, read_manifest
from chereme.training.picture_form import PictureForm
from chereme.training.roll import Roll, people
from chereme.types import Bytes, Vocabulary

if TYPE_CHECKING:
    from chereme.training.fit import Fit

HELD = 2 << 30
"""Bytes of frames that are kept in memory, so that they are decoded once: 1 000 clips of 32 frames at 128 × 171."""
BUILD = "chereme build … --out {out} --export {export}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pixels(Roll):
    """Clips as files, loaded when they are asked for, with all that is known of them."""

    EACH: ClassVar[tuple[str, ...]] = (*Roll.EACH, "files")

    files: tuple[Any, ...] = field(repr=False)
    """Of each clip what its form loads: a row of a manifest, or the paths of its pictures."""
    preparation: ClipForm | PictureForm = field(repr=False)
    held: "Held" = field(default_factory=lambda: Held(HELD), repr=False)

    def show(self, place: int) -> tuple[Values, Mask]:
        """The middle of a clip's frames, or of its pictures."""
        return self.preparation.show(*self._loaded(place))

    def vary(self, place: int, fit: "Fit", random: np.random.Generator) -> tuple[Values, Mask]:
        """A clip changed by `fit.jitter`: of a clip the tempo too, of pictures one of them."""
        pixels, mask = self._loaded(place)
        own, size = int(mask.sum()), self.preparation.loading.size
        if isinstance(self.preparation, PictureForm):
            which = int(random.integers(own))
            return fit.jitter.change(pixels[which : which + 1], size, random), np.ones(1, np.bool_)
        places, mask = fit.jitter.paced(own, len(pixels), random)
        return fit.jitter.change(pixels[:own], size, random)[places], mask

    def digest(self, place: int) -> bytes:
        """Equal for equal files, and spans of them."""
        what = self.files[place]
        try:
            if isinstance(what, Row):
                return sha256(_digest(what.path) + repr((what.first, what.stop)).encode()).digest()
            return sha256(b"".join(map(_digest, what))).digest()
        except Rejected as trouble:
            raise self._unreadable(place, trouble) from trouble

    def _loaded(self, place: int) -> tuple[Bytes, Mask]:
        what = self.files[place]
        if (known := self.held.get(self.ids[place])) is not None:
            return known
        try:
            loaded = self.preparation.load(what)
        except Rejected as trouble:
            raise self._unreadable(place, trouble) from trouble
        self.held.put(self.ids[place], loaded)
        return loaded

    def _unreadable(self, place: int, trouble: Rejected) -> Unreadable:
        id, what = self.ids[place], self.files[place]
        where, again = "", "remove the export's folder and run chereme build again"
        if isinstance(what, Row):
            where, again = f"{what.path}: ", "run chereme build again, which makes it anew or says why not"
        return Unreadable(f"clip {id}: {where}{trouble}; {again}", trouble.reject(id, "deliver"))


class Held:
    """Frames of clips by id, up to so many bytes: the first that came. It does not travel to workers."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._clips: dict[str, tuple[Bytes, Mask]] = {}

    def __reduce__(self) -> tuple[type["Held"], tuple[int]]:
        return Held, (self._most,)

    def get(self, id: str) -> tuple[Bytes, Mask] | None:
        """A clip that is held."""
        return self._clips.get(id)

    def put(self, id: str, clip: tuple[Bytes, Mask]) -> None:
        """Hold it, if there is room."""
        if self._bytes + clip[0].nbytes <= self._most:
            self._bytes += clip[0].nbytes
            self._clips[id] = clip


def read_clips(out: Path, export: str, loading: Loading) -> Pixels:
    """The clips that a build cut below `out`, or else those that it listed in a manifest."""
    here = (name for name in ("clips", "manifest") if (out / "exports" / name / "manifest.csv").is_file())
    export = export or next(here, "clips")
    folder = out / "exports" / export
    manifest = folder / "manifest.csv"
    made, vocabulary = _record(folder, manifest, out, export)
    names = {each.name for each in fields(Cut)}
    settings = made.get("export", {})
    cut = restored(Cut, {k: v for k, v in settings.items() if k in names}) if "crf" in settings else None
    base = settings.get("base")
    rows = read_manifest(manifest, Path(base) if base else None)
    return _pixels(
        ids=[row.id for row in rows],
        labels=[row.label for row in rows],
        splits=[row.split for row in rows],
        files=list(rows),
        out=out,
        vocabulary=vocabulary,
        preparation=ClipForm(loading=loading, cut=cut),
    )


def read_pictures(out: Path, export: str, loading: Loading) -> Pixels:
    """The pictures that a build made below `out`, those of a clip together."""
    folder = out / "exports" / (export or "crops")
    index = folder / "crops.parquet"
    made, vocabulary = _record(folder, index, out, export or "crops")
    try:
        crops = restored(Crops, made["export"])
        preparation = PictureForm.restored(
            {**made, "crops": made["export"], "loading": {**_plain(loading), "frames": crops.pictures}}
        )
        rows = pq.read_table(index, columns=["id", "split", "label", "path"]).to_pylist()
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise DatasetError(f"{folder}: cannot be read: {error}; make it anew") from error
    clips: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        clips.setdefault(row["id"], []).append(row)
    return _pixels(
        ids=list(clips),
        labels=[each[0]["label"] for each in clips.values()],
        splits=[each[0]["split"] or "" for each in clips.values()],
        files=[tuple(_inside(folder, row["path"]) for row in each) for each in clips.values()],
        out=out,
        vocabulary=vocabulary,
        preparation=preparation,
    )


def _pixels(
    *, ids: list[str], labels: list[int], splits: list[str], files: list[Any], out: Path, vocabulary: Vocabulary,
    preparation: ClipForm | PictureForm,
) -> Pixels:  # fmt: skip
    return Pixels(
        files=tuple(files),
        labels=np.array(labels, np.int64),
        ids=tuple(ids),
        splits=tuple(splits),
        **people(out / "catalog.parquet", ids),
        vocabulary=vocabulary,
        preparation=preparation,
    )


def _record(folder: Path, needed: Path, out: Path, export: str) -> tuple[dict[str, Any], Vocabulary]:
    """How an export was made, and its labels."""
    build = BUILD.format(out=out, export=export)
    if not needed.is_file():
        raise DatasetError(f"{out} has no export {export}, which this is shown; make it with {build}")
    try:
        made = json.loads((folder / RECORD).read_bytes())["made"]
        labels = json.loads((folder / "label_map.json").read_bytes())
        return made, Vocabulary(tuple(sorted(labels, key=labels.__getitem__)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{folder}: no record of how it was made: {error!r}; run {build} again") from error


def _inside(folder: Path, path: str) -> Path:
    """A file of the folder; raises `DatasetError` for a path that leaves it."""
    inner = Path(path)
    if inner.is_absolute() or ".." in inner.parts:
        raise DatasetError(f"{folder}: a picture '{path}' outside of it; make the export anew")
    return folder / inner


def _plain(loading: Loading) -> dict[str, Any]:
    return {each.name: getattr(loading, each.name) for each in fields(loading)}


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").digest()
    except OSError as error:
        raise Rejected("missing_file", f"{path}: {error.strerror}") from error
