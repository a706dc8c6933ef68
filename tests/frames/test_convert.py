"""Any container to MP4: the same pictures at the same times."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from chereme.errors import Rejected
from chereme.frames.convert import to_mp4
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.types import Frames, Shot

Numbers = Callable[[Sequence[Frames]], list[int]]

COPIED: dict[str, Any] = {"name": "film.mov", "codec": "libx264", "b_frames": 2}
FILMS: dict[str, tuple[dict[str, Any], str]] = {
    "mov": (COPIED, "h264"),
    "mov, ntsc": (COPIED | {"fps": Fraction(30000, 1001)}, "h264"),
    "mov, mpeg4": ({"name": "film.mov", "codec": "mpeg4"}, "mpeg4"),
    "mov, jpeg": ({"name": "film.mov", "codec": "mjpeg", "pix_fmt": "yuvj420p"}, "h264"),
    "swf": ({"name": "film.swf", "codec": "flv", "fps": Fraction(15)}, "h264"),
    "ts": ({"name": "film.ts", "codec": "libx264", "b_frames": 2}, "h264"),
    "gif": ({"name": "film.gif", "codec": "gif", "pix_fmt": "rgb8"}, "h264"),
    "odd sides": ({"name": "film.mov", "codec": "mjpeg", "pix_fmt": "yuvj444p", "size": (129, 49)}, "h264"),
    "irregular": (COPIED | {"ticks": [i + (i > 20) * 30 for i in range(40)], "time_base": Fraction(1, 25)}, "h264"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", FILMS)
def test_pictures_and_times_stay(
    name: str, film: Callable[..., Path], whole: Callable[[Path], Shot], numbers_of: Numbers, tmp_path: Path
) -> None:
    settings, codec = FILMS[name]
    source, target = film(**settings), tmp_path / "out.mp4"
    to_mp4(source, target)
    before, after = probe(source), probe(target)
    assert after.media.frames == before.media.frames == 40
    np.testing.assert_allclose(after.seconds, before.seconds, atol=0.5 / before.media.fps)
    assert numbers_of(list(decode(whole(target), np.arange(40)))) == list(range(40))
    with av.open(str(target)) as container:
        assert container.streams.video[0].codec_context.name == codec
        assert not container.streams.audio
    assert target.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize("name", ["mov", "mov, jpeg"])
def test_the_same_bytes_twice(name: str, film: Callable[..., Path], tmp_path: Path) -> None:
    source = film(**FILMS[name][0])
    to_mp4(source, tmp_path / "a.mp4")
    to_mp4(source, tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_pictures_at_uneven_steps_are_not_encoded_at_even_ones(film: Callable[..., Path], tmp_path: Path) -> None:
    ticks = [i + (i > 20) * 30 for i in range(40)]
    source = film("film.mov", codec="mjpeg", pix_fmt="yuvj420p", ticks=ticks, time_base=Fraction(1, 25))
    with pytest.raises(Rejected, match="do not come at even steps"):
        to_mp4(source, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "a.swf").write_bytes(b"FWS and then nothing")
    with pytest.raises(Rejected):
        to_mp4(tmp_path / "a.swf", tmp_path / "out.mp4")
