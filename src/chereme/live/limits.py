"""How much a client may ask of the server."""

from dataclasses import dataclass

from chereme.bounds import require


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client, and all of them, may send."""

    connections: int = 4
    """Cameras at a time; they share one core."""
    sockets: int = 64
    """Connections of any kind at a time; beyond it those that have asked nothing for longest are broken off."""
    head: float = 10.0
    """Seconds that a connection may take to say what it wants."""
    frame_bytes: int = 1 << 20
    """Largest picture of a camera, bytes of JPEG."""
    frame_pixels: int = 1280 * 1280
    """Largest picture of a camera, width times height."""
    most_fps: float = 60.0
    """Frames a second that a camera may send."""
    idle: float = 30.0
    """Seconds without a frame after which a connection is closed."""
    minutes: float = 60.0
    """Longest connection, in minutes."""
    clip_bytes: int = 64 << 20
    """Largest clip that is taken, bytes."""
    clip_pixels: int = 4096 * 2304
    """Largest picture of a clip, width times height."""
    clip_seconds: float = 20.0
    """Longest clip, in seconds."""
    clip_frames: int = 2400
    """Most frames of a clip that are looked at."""
    clip_wait: float = 60.0
    """Seconds that sending a clip, looking at it, and taking the answer may take each."""
    clip_memory: int = 2 << 30
    """Bytes that the process which decodes a clip may take, where the system can hold it to that."""
    clips: int = 4
    """Clips at a time that are sent or wait for their turn; they are looked at one after the other."""

    def __post_init__(self) -> None:
        require(self, self.__dataclass_fields__, lambda value: value > 0, "must be above 0", "limits.")


class Pace:
    """Whether frames come no faster than allowed, over any second: a bucket that fills at that rate."""

    def __init__(self, most_fps: float) -> None:
        self._most, self._left, self._last = most_fps, most_fps, 0.0

    def keeps(self, now: float) -> bool:
        """Whether one more at this time, seconds, is still within the rate."""
        self._left = min(self._most, self._left + max(0.0, now - self._last) * self._most) - 1
        self._last = now
        return self._left >= 0
