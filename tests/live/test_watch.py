"""Which connections are broken off, and when."""

from dataclasses import dataclass, field

from chereme.live.limits import Limits
from chereme.live.watch import Watch

LIMITS = Limits(head=10, clip_wait=60, sockets=3, frame_bytes=1000)


@dataclass(eq=False)
class Request:
    response_complete: bool = False


@dataclass(eq=False)
class Transport:
    unread: int = 0
    gone: bool = False

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.gone = True


@dataclass(eq=False)
class Http:
    cycle: Request | None = None
    transport: Transport = field(default_factory=Transport)


@dataclass(eq=False)
class Camera:
    transport: Transport = field(default_factory=Transport)


def gone(*connections: Http | Camera) -> list[bool]:
    return [each.transport.gone for each in connections]


def test_who_asks_nothing_goes() -> None:
    silent, asking, camera = Http(), Http(Request()), Camera()
    watch = Watch(LIMITS)
    for now in (5, 15):
        watch([silent, asking, camera], now)
    assert gone(silent, asking, camera) == [False, False, False]
    watch([silent, asking, camera], 15.1)
    assert gone(silent, asking, camera) == [True, False, False]


def test_time_begins_anew_with_each_request() -> None:
    visitor, watch = Http(Request(response_complete=True)), Watch(LIMITS)
    for now in range(0, 100, 8):
        watch([visitor], now)
        visitor.cycle = Request(response_complete=True)
    assert gone(visitor) == [False]
    watch([visitor], 96.5)
    watch([visitor], 107)
    assert gone(visitor) == [True]


def test_who_takes_no_answer_goes() -> None:
    slow, deaf = Http(Request(response_complete=True), Transport(unread=50_000)), Camera(Transport(unread=1))
    watch = Watch(LIMITS)
    for now in range(0, 61, 10):
        watch([slow, deaf], now)
        assert gone(slow, deaf) == [False, False], "an answer may take as long as a clip"
    watch([slow, deaf], 61)
    assert gone(slow, deaf) == [True, True]


def test_a_camera_that_lets_answers_pile_up_goes_at_once() -> None:
    deaf, fine = Camera(Transport(unread=1001)), Camera(Transport(unread=1000))
    Watch(LIMITS)([deaf, fine], 0)
    assert gone(deaf, fine) == [True, False]


def test_where_there_are_too_many_the_longest_silent_go() -> None:
    first, second, third, asking, camera = Http(), Http(), Http(), Http(Request()), Camera()
    watch = Watch(LIMITS)
    watch([first], 0)
    watch([first, second], 1)
    watch([camera, asking, third, second, first], 2)
    assert gone(first, second, third, asking, camera) == [True, True, False, False, False]


def test_new_connections_have_time_to_speak() -> None:
    crowd, watch = [Http() for _ in range(5)], Watch(LIMITS)
    watch(crowd, 0)
    watch(crowd, 0.4)
    assert gone(*crowd) == [False] * 5
    watch(crowd, 0.6)
    assert sum(gone(*crowd)) == 2
