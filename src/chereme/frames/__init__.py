"""Bytes to pixels: timelines, probing, spans, decoding and encoding of video files."""
