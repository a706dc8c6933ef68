"""Many hosts abreast, few requests to each, and a pause between them."""

import time
from threading import Thread

import pytest

from chereme.download.lanes import Lanes
from chereme.download.reasons import Stopped
from tests.download.conftest import Fetching
from tests.download.server import Server, drip


def test_hosts_take_turns() -> None:
    lanes = Lanes([("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5)], per_host=9, delay=0)
    assert [lanes.take() for _ in range(6)] == [1, 4, 5, 2, 3, None]


def test_one_host_has_few_at_a_time() -> None:
    lanes = Lanes([("a", 1), ("a", 2), ("b", 3)], per_host=1, delay=0)
    assert [lanes.take(), lanes.take()] == [1, 3]
    taken: list[int | None] = []
    thread = Thread(target=lambda: taken.append(lanes.take()))
    thread.start()
    time.sleep(0.05)
    assert taken == []
    lanes.done("a")
    thread.join(5)
    assert taken == [2]


def test_a_pause_between_requests() -> None:
    lanes = Lanes([("a", 1), ("b", 2)], per_host=2, delay=0.1)
    began = time.monotonic()
    for host in ("a", "b", "a", "a"):
        lanes.turn(host)
    assert 0.2 <= time.monotonic() - began < 10


def test_a_host_that_asked_for_patience_gets_it() -> None:
    lanes = Lanes([("a", 1), ("b", 2)], per_host=2, delay=0)
    lanes.pause("a", 0.2)
    began = time.monotonic()
    assert [lanes.take(), lanes.take()] == [2, 1]
    assert time.monotonic() - began >= 0.2


def test_what_is_dropped_does_not_come() -> None:
    lanes = Lanes([("a", 1), ("a", 2), ("b", 3)], per_host=1, delay=0)
    assert lanes.take() == 1
    assert lanes.drop("a") == [2]
    assert [lanes.take(), lanes.take()] == [3, None]


def test_a_stop_wakes_all() -> None:
    lanes = Lanes([("a", 1), ("a", 2)], per_host=1, delay=60)
    assert lanes.take() == 1
    lanes.turn("a")
    ended: list[object] = []

    def wait_for_turn() -> None:
        try:
            lanes.turn("a")
        except Stopped:
            ended.append("turn")

    threads = [Thread(target=lambda: ended.append(lanes.take())), Thread(target=wait_for_turn)]
    for thread in threads:
        thread.start()
    lanes.stop()
    for thread in threads:
        thread.join(5)
    assert sorted(map(str, ended)) == ["None", "turn"]
    with pytest.raises(Stopped):
        lanes.rest(60)


def test_a_real_host_is_asked_politely(fetching: Fetching, server: Server, clip: bytes) -> None:
    urls = {str(i): f"/{i}.mp4" for i in range(5)}
    for path in urls.values():
        server.routes[path] = drip(clip, size=len(clip) // 4 + 1, every=0.1)
    fetching(urls, workers=8, per_host=2, delay=0.3)
    assert server.threads.most_abreast == 2
    assert server.threads.times[-1] - server.threads.times[0] > 3 * 0.3
    assert len(fetching.files) == 5
