"""Bytes to pixels: timelines, probing, spans, decoding and encoding of video files."""

from chereme.frames.decode import decode
from chereme.frames.encode import write_video
from chereme.frames.probe import Limits, Probed, probe
from chereme.frames.span import resolve
from chereme.frames.timeline import Timeline, timeline

__all__ = ["Limits", "Probed", "Timeline", "decode", "probe", "resolve", "timeline", "write_video"]
