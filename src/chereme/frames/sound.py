"""The sound of a part of a file, exact to the sample."""

import logging
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from chereme.frames.container import open_video, whose_fault
from chereme.frames.encode import Sound
from chereme.types import Floats

logger = logging.getLogger(__name__)

RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
"""Samples a second that AAC knows (ISO/IEC 14496-3, table 1.18) and MP4 players play; others become the first."""
SLACK = 0.005
"""Seconds by which a time stamp may be off before it counts as a gap: containers round them."""
LEAD = 0.25
"""Seconds decoded before the start: codecs need a packet or two before their sound is right."""


def sound_between(path: Path, start: float, stop: float) -> Sound | None:
    """The file's main sound from `start` to `stop`, in seconds of the container's own clock.

    float32 (channels, samples), one or two channels, at the sound's own rate where AAC knows it; silence where there is
    none. None for a file without sound, or with one that cannot be decoded, which is logged.
    """
    with open_video(path, quick=False) as (container, _):
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream) or stream.codec_context is None or stream.time_base is None:
            return None
        rate = stream.rate if stream.rate in RATES else RATES[0]
        layout = "mono" if stream.channels == 1 else "stereo"
        samples = np.zeros((1 if layout == "mono" else 2, max(1, round((stop - start) * rate))), np.float32)
        resampler = AudioResampler(format="fltp", layout=layout, rate=rate)
        try:
            if start > LEAD:
                container.seek(int((start - LEAD) / stream.time_base), stream=stream)
            due: int | None = None
            for frame in container.decode(stream):
                if frame.time is None:
                    continue
                if frame.time >= stop:
                    break
                at = round((frame.time - start) * rate)
                if due is not None and abs(at - due) <= SLACK * rate:
                    at = due
                for part in resampler.resample(frame):
                    at += _place(part, at, samples)
                due = at
        except av.error.FFmpegError as error:
            whose_fault(path, error)
            logger.warning("%s: its sound breaks off: %s", path.name, error.strerror)
        return samples, rate


def _place(part: AudioFrame, at: int, samples: Floats) -> int:
    """Put what lies within into `samples`; how many samples the part has."""
    data = part.to_ndarray()
    length: int = data.shape[1]
    low, high = max(at, 0), min(at + length, samples.shape[1])
    if low < high:
        samples[:, low:high] = data[:, low - at : high - at]
    return length
