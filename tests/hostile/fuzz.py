"""`make fuzz`: the parsers and readers fed with what chance makes of sound files, for as long as one likes.

python -m tests.hostile.fuzz [--runs 20000] [--seed 0] [--engine auto|atheris|mutation] [TARGET …]

With atheris (pip install atheris; CPython on Linux) the readers written in Python are instrumented and inputs grow
towards new code; without, sound files are mutated blindly. Either way a finding is whatever a reader raises that is not
among its own errors; it is written to `fuzz-TARGET-SEED` and ends the run with exit code 1.
"""

import argparse
import io
import random
import struct
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from chereme.errors import CheremeError

LARGEST = 1 << 20
"""Bytes of an input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader."""

    suffix: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]
    instrument: tuple[str, ...]
    """Modules that atheris watches."""


def _tflite(path: Path) -> object:
    from chereme.landmarks import tflite

    return tflite.read(path)


def _networks() -> list[bytes]:
    from chereme.landmarks import weights

    files = [each.path for each in weights.status() if each.present]
    return [path.read_bytes() for path in files if path.stat().st_size < LARGEST] or [b"\x1c\0\0\0TFL3" + bytes(64)]


def _pose(path: Path) -> object:
    from chereme.landmarks.recorded import probe_recording, read_track
    from chereme.skeleton import HOLISTIC
    from chereme.types import Entry, Shot

    media, _ = probe_recording(path)
    import numpy as np

    frames = min(media.frames, 50)
    return read_track(
        Shot(entry=Entry(id="a", gloss="a"), media=media, first=0, stop=frames), np.arange(frames), HOLISTIC
    )


def _poses() -> list[bytes]:
    from tests.hostile import poses

    return [poses.whole()]


def _tables() -> list[bytes]:
    from tests.hostile import poses

    return [each.data for each in poses.cases() if each.name == "table_whole"]


def _ledger(path: Path) -> object:
    """A part of tracks, as a run finds it in its own output folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CheremeError(str(error)) from error


def _flash(path: Path) -> object:
    from chereme.frames.complete import missing_bytes
    from chereme.frames.flash import unpack_flash

    missing_bytes(path)
    return unpack_flash(path, path.with_suffix(".out"))


def _flashes() -> list[bytes]:
    import zlib

    from tests.hostile.videos import encoded

    plain = encoded("swf", "flv1", mux=())
    return [plain, b"CWS" + plain[3:8] + zlib.compress(plain[8:])]


def _length(path: Path) -> object:
    from chereme.frames.complete import missing_bytes

    return missing_bytes(path)


def _containers() -> list[bytes]:
    from tests.hostile.videos import encoded

    return [
        encoded(),
        encoded("matroska", "libx264", mux=()),
        encoded("avi", "mpeg4", mux=()),
        encoded("flv", "flv1", mux=()),
    ]


def _video(path: Path) -> object:
    from chereme.frames.probe import Limits, probe

    return probe(path, Limits(most_frames=2000, most_pixels=1 << 22))


def _zip(path: Path) -> object:
    from chereme.sources import Library, Limits, fetch

    limits = Limits(most_gigabytes=0.01)
    out = path.with_name("unpacked")
    for found in sorted(Library.open((path,)).files):
        try:
            fetch(found, out, limits)
        except CheremeError:
            continue
    return None


def _zips() -> list[bytes]:
    from tests.hostile.archives import zipped

    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/b.mp4", bytes(range(256)) * 8)
    return [zipped(("a.mp4", b"a" * 300), ("b/c.mp4", b"b" * 300)), held.getvalue()]


def _wlasl(path: Path) -> object:
    from chereme.catalog.wlasl import Wlasl

    return list(Wlasl().read(path))


def _json() -> list[bytes]:
    import json

    from tests.hostile.metadata import record, wlasl

    return [json.dumps(wlasl(record(), record("2"))).encode()]


def _csv(path: Path) -> object:
    from chereme.catalog.table import Table

    return list(Table().read(path))


def _rows() -> list[bytes]:
    return [b'id,gloss,path,split,start,end,box\n1,book,a/1.mp4,train,0.5,2,"0 0 9 9"\n2,"a ""b""",b.mp4,test,,,\n']


TARGETS = {
    "tflite": Target(
        suffix=".tflite",
        seeds=_networks,
        read=_tflite,
        instrument=("chereme.landmarks.tflite", "tflite", "flatbuffers"),
    ),
    "pose": Target(suffix=".pose", seeds=_poses, read=_pose, instrument=("chereme.landmarks.recorded", "pose_format")),
    "asl_signs": Target(suffix=".parquet", seeds=_tables, read=_pose, instrument=("chereme.landmarks.asl_signs",)),
    "parts": Target(suffix=".parquet", seeds=_tables, read=_ledger, instrument=()),
    "swf": Target(
        suffix=".swf", seeds=_flashes, read=_flash, instrument=("chereme.frames.flash", "chereme.frames.complete")
    ),
    "length": Target(suffix=".mp4", seeds=_containers, read=_length, instrument=("chereme.frames.complete",)),
    "video": Target(suffix=".mp4", seeds=_containers, read=_video, instrument=("chereme.frames",)),
    "zip": Target(suffix=".zip", seeds=_zips, read=_zip, instrument=("chereme.sources", "zipfile")),
    "wlasl": Target(suffix=".json", seeds=_json, read=_wlasl, instrument=("chereme.catalog",)),
    "csv": Target(suffix=".csv", seeds=_rows, read=_csv, instrument=("chereme.catalog",)),
}


def once(target: Target, data: bytes, folder: Path) -> None:
    """Read an input; what a reader may raise is passed over."""
    path = folder / f"a{target.suffix}"
    path.write_bytes(data)
    try:
        target.read(path)
    except (CheremeError, MemoryError):
        return


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes, numbers or stretches changed, most of them near the beginning, where heads are."""
    changed = bytearray(data)
    for _ in range(2 ** chance.randrange(6)):
        if not changed:
            break
        at = (
            min(int(chance.expovariate(6 / len(changed))), len(changed) - 1)
            if chance.random() < 0.5
            else chance.randrange(len(changed))
        )
        match chance.randrange(7):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at] = chance.choice((0, 0x7F, 0x80, 0xFF))
            case 2:
                number = chance.choice((0, 1, -1, 2**15, 2**31 - 1, -(2**31), 2**16))
                changed[at : at + 4] = struct.pack(chance.choice("<>") + "I", number % 2**32)
            case 3:
                del changed[at : at + chance.randrange(1, 64)]
            case 4:
                other = chance.randrange(len(changed))
                changed[at:at] = changed[other : other + chance.randrange(1, 64)]
            case 5:
                changed[at : at + 8] = chance.randbytes(8)
            case _:
                del changed[chance.randrange(1, len(changed) + 1) :]
    return bytes(changed[:LARGEST])


def mutation(name: str, runs: int, seed: int) -> bytes | None:
    """The first input that a reader does not take as it should; None after so many that it does."""
    target = TARGETS[name]
    seeds, chance = target.seeds(), random.Random(f"{name} {seed}")
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            data = mutated(chance.choice(seeds), chance)
            try:
                once(target, data, Path(folder))
            except Exception:
                return data
    return None


def atheris_run(name: str, runs: int, seed: int) -> None:
    """The same, led by coverage; atheris ends the process."""
    atheris = import_module("atheris")
    target = TARGETS[name]
    seeds = target.seeds()
    if target.instrument:
        with atheris.instrument_imports(include=list(target.instrument)):
            for each in target.instrument:
                __import__(each)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, data in enumerate(seeds):
            (corpus / str(number)).write_bytes(data)
        arguments = [
            f"-runs={runs}",
            f"-seed={seed + 1}",
            f"-max_len={LARGEST}",
            "-rss_limit_mb=4096",
            "-timeout=60",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *arguments, str(corpus)], lambda data: once(target, data, Path(folder)))
        atheris.Fuzz()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    asked.add_argument("--runs", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--engine", choices=("auto", "atheris", "mutation"), default="auto")
    given = asked.parse_args()
    engine = given.engine
    if engine == "auto":
        try:
            import_module("atheris")
        except ImportError:
            engine = "mutation"
        else:
            engine = "atheris"
    import logging
    import subprocess

    logging.disable(logging.WARNING)
    names = given.targets or list(TARGETS)
    if engine == "atheris" and len(names) > 1:  # which ends its process
        command = [
            sys.executable,
            "-m",
            "tests.hostile.fuzz",
            "--engine",
            engine,
            "--runs",
            str(given.runs),
            "--seed",
            str(given.seed),
        ]
        sys.exit(max(subprocess.run([*command, name]).returncode for name in names))
    for name in names:
        start = time.monotonic()
        if engine == "atheris":
            sys.stdout.write(f"{name}: {given.runs} runs by atheris\n")
            sys.stdout.flush()
            atheris_run(name, given.runs, given.seed)
            continue
        with redirect_stderr(io.StringIO()):
            found = mutation(name, given.runs, given.seed)
        said = "a finding" if found else "nothing found"
        sys.stdout.write(f"{name}: {given.runs} mutations, {time.monotonic() - start:.0f} s, {said}\n")
        sys.stdout.flush()
        if found:
            place = Path(f"fuzz-{name}-{given.seed}{TARGETS[name].suffix}")
            place.write_bytes(found)
            sys.exit(f"written to {place}")


if __name__ == "__main__":
    main()
