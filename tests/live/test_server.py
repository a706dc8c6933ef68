"""The web application: what it gives, and what it refuses, with which words."""

import io
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi")

from PIL import Image
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chereme.live.access import Access
from chereme.live.interpreter import recognize
from chereme.live.limits import Limits
from chereme.live.place import Place
from chereme.live.server import application
from chereme.live.settings import Live
from chereme.training.checkpoint import Opened
from tests.live.recognizer import tracked
from tests.live.test_interpreter import pictures

HERE = "http://localhost"
TOKEN = "open-sesame"


@contextmanager
def served(recognizer: Opened, *, token: str = "", **limits: Any) -> Iterator[TestClient]:
    app = application(Place(recognizer, Live()), Access(token=token), Limits(**limits))
    with TestClient(app, base_url=HERE) as client:
        yield client


@pytest.fixture(scope="module")
def client(recognizer: Opened) -> Iterator[TestClient]:
    with served(recognizer, most_fps=10_000) as client:
        yield client


def frame(seconds: float, pixels: Any = None, kind: str = "JPEG") -> bytes:
    held = io.BytesIO()
    Image.fromarray(np.zeros((48, 64, 3), np.uint8) if pixels is None else pixels).save(held, kind, quality=90)
    return struct.pack("<d", seconds) + held.getvalue()


def test_the_page_and_its_headers(client: TestClient) -> None:
    for path, kind in (("/", "text/html"), ("/app.js", "text/javascript"), ("/style.css", "text/css")):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
    page = client.get("/").text
    assert "http://" not in page
    assert "https://" not in page
    assert "<style" not in page
    assert " style=" not in page


def test_what_it_is(client: TestClient) -> None:
    about = client.get("/about").json()
    assert about["recognizer"] == "nearest"
    assert about["words"] == 3
    assert about["token"] is False
    assert [part["name"] for part in about["parts"]] == ["left_hand", "right_hand"]


@pytest.mark.parametrize("path", ["/none", "/docs", "/openapi.json", "/../pyproject.toml", "/page/app.js"])
def test_what_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["message"] == "Not Found"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"host": "evil.example"}, "does not answer to that name"),
        ({"origin": "http://evil.example"}, "its own page only"),
        ({"origin": "null"}, "its own page only"),
    ],
)
def test_strangers_are_refused(client: TestClient, headers: dict[str, str], words: str) -> None:
    for answer in (client.get("/about", headers=headers), client.post("/clip", headers=headers, content=b"x")):
        assert answer.status_code == 403
        assert words in answer.json()["message"]
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("ws://localhost/camera", headers=headers),
    ):
        pass
    assert refused.value.code == 1008


def test_a_camera_from_skeleton_to_word(client: TestClient, drawn: Path) -> None:
    seen = pictures(drawn / "videos" / "0300501.mp4")
    with client.websocket_connect("ws://localhost/camera", headers={"origin": HERE}) as camera:
        assert camera.receive_json()["type"] == "hello"
        answers = []
        for number, pixels in enumerate([*seen, *[seen[-1]] * 16]):
            if number % 2 == 0:
                camera.send_bytes(frame(7 + number / 25, pixels))
                answers.append(camera.receive_json())
    assert all(answer["type"] == "seen" and len(answer["points"]) == 42 for answer in answers)
    assert sum(point is not None for point in answers[10]["points"]) == 21
    assert answers[10]["signing"]
    assert not answers[-1]["signing"]
    words = [answer["finished"]["word"] for answer in answers if answer["finished"]]
    assert words == ["where"]


def test_pictures_may_change_their_size(client: TestClient) -> None:
    with client.websocket_connect("ws://localhost/camera") as camera:
        camera.receive_json()
        for seconds, shape in ((1.0, (48, 64, 3)), (1.1, (64, 48, 3)), (1.2, (64, 48, 3))):
            camera.send_bytes(frame(seconds, np.zeros(shape, np.uint8)))
            assert camera.receive_json()["type"] == "seen"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "a time (8 bytes) and a JPEG"),
        (b"12345678", "a time (8 bytes) and a JPEG"),
        (struct.pack("<d", 1.0) + b"<html>", "no JPEG"),
        (frame(1.0, kind="PNG"), "no JPEG"),
        (frame(1.0)[:40], "no JPEG"),
        (frame(float("nan")), "finite number of seconds"),
        (frame(float("inf")), "finite number of seconds"),
        (frame(1.0, np.zeros((1300, 1300, 3), np.uint8)), "1300×1300"),
        (frame(1.0) + bytes(1 << 20), "bytes; at most"),
    ],
    ids=["empty", "time", "page", "png", "cut", "nan", "inf", "wide", "long"],
)
def test_frames_that_break_the_rules(client: TestClient, data: bytes, words: str) -> None:
    with client.websocket_connect("ws://localhost/camera") as camera:
        camera.receive_json()
        camera.send_bytes(data)
        answer = camera.receive_json()
        assert answer["type"] == "error"
        assert words in answer["message"]
        with pytest.raises(WebSocketDisconnect) as closed:
            camera.receive_json()
        assert closed.value.code == 1003


def test_time_runs_forward(client: TestClient) -> None:
    with client.websocket_connect("ws://localhost/camera") as camera:
        camera.receive_json()
        camera.send_bytes(frame(2.0))
        assert camera.receive_json()["type"] == "seen"
        camera.send_bytes(frame(1.0))
        assert "came after one at" in camera.receive_json()["message"]


def test_text_is_no_frame(client: TestClient) -> None:
    with client.websocket_connect("ws://localhost/camera") as camera:
        camera.receive_json()
        camera.send_text("hello")
        assert camera.receive_json()["type"] == "error"


def test_limits_of_cameras(recognizer: Opened) -> None:
    with served(recognizer, connections=1, most_fps=1, idle=0.3) as client:
        with client.websocket_connect("ws://localhost/camera") as camera:
            camera.receive_json()
            with client.websocket_connect("ws://localhost/camera") as second:
                assert "1 cameras are connected" in second.receive_json()["message"]
            answers = []
            for number in range(4):
                camera.send_bytes(frame(1.0 + number))
                answers.append(camera.receive_json())
                if answers[-1]["type"] == "error":
                    break
            assert "more than 1 frames a second" in answers[-1]["message"]
        with client.websocket_connect("ws://localhost/camera") as camera:  # the first one's place is free again
            assert camera.receive_json()["type"] == "hello"
            assert "no frame came for 0.3 s" in camera.receive_json()["message"]


def test_a_token_is_asked_for(recognizer: Opened) -> None:
    with served(recognizer, token=TOKEN) as client:
        assert client.get("/").status_code == 200
        assert client.get("/about").json()["token"] is True
        assert TOKEN not in client.get("/").text + client.get("/about").text
        for headers in ({}, {"authorization": "Bearer wrong"}):
            answer = client.post("/clip", headers=headers, content=b"x")
            assert (answer.status_code, answer.json()["error"]) == (401, "token")
        answer = client.post("/clip", headers={"authorization": f"Bearer {TOKEN}"}, content=b"x")
        assert answer.status_code == 422
        for protocols in (None, ["chereme"], ["chereme", "token.wrong"]):
            with client.websocket_connect("ws://localhost/camera", subprotocols=protocols) as camera:
                assert "wants its token" in camera.receive_json()["message"]
        with client.websocket_connect("ws://localhost/camera", subprotocols=["chereme", f"token.{TOKEN}"]) as camera:
            assert str(camera.accepted_subprotocol) == "chereme"
            assert camera.receive_json()["type"] == "hello"


def test_a_clip_is_what_the_build_makes_of_it(client: TestClient, recognizer: Opened, drawn: Path) -> None:
    video = drawn / "videos" / "0700501.mp4"
    track = tracked({"a": video})["a"]
    expected = recognize(recognizer, track, Live())
    found = client.post("/clip", content=video.read_bytes()).json()
    assert found["guess"]["word"] == expected.word == "four"
    assert found["guess"]["ranked"] == [[gloss, round(share, 4)] for gloss, share in expected.ranked]
    assert len(found["points"]) == len(found["seconds"]) == len(track.seconds)


def test_nothing_of_a_clip_is_left_nor_is_its_name(
    client: TestClient, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    opened: list[str] = []
    plain = Path.open

    def watched(self: Path, *arguments: Any, **named: Any) -> Any:
        opened.append(str(self))
        return plain(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", watched)
    body = (drawn / "videos" / "0700501.mp4").read_bytes()
    headers = {"content-disposition": 'attachment; filename="../../secret.mp4"', "x-file-name": "../../secret.mp4"}
    assert client.post("/clip?name=../../secret", content=body, headers=headers).status_code == 200
    assert any(str(tmp_path) in each for each in opened)
    assert not any("secret" in each for each in opened)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [(b"", 422, "empty_file"), (b"<html>no</html>", 422, "not_a_video"), (bytes(3000), 413, "too_large")],
)
def test_clips_that_are_none(
    recognizer: Opened, body: bytes, status: int, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with served(recognizer, clip_bytes=2000) as client:
        for content in (body, iter([body[:1500], body[1500:]])):  # with its length stated, and without
            answer = client.post("/clip", content=content)
            assert (answer.status_code, answer.json()["error"]) == (status, error)
            assert str(tmp_path) not in answer.text
    assert list(tmp_path.iterdir()) == []


def test_clips_that_are_too_long_too_wide_or_empty_of_hands(recognizer: Opened, drawn: Path) -> None:
    body = (drawn / "videos" / "0700501.mp4").read_bytes()
    for limits, error in (
        ({"clip_seconds": 0.5}, "too_long"),
        ({"clip_frames": 5}, "too_long"),
        ({"clip_pixels": 100}, "too_large"),
    ):
        with served(recognizer, **limits) as client:
            answer = client.post("/clip", content=body)
            assert (answer.status_code, answer.json()["error"]) == (422, error)
    with served(recognizer, clip_wait=0.001) as client:
        assert client.post("/clip", content=body).json()["error"] in ("timeout", "too_slow")
        assert client.get("/about").status_code == 200


def test_a_failure_within_is_told_without_particulars(
    recognizer: Opened, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("/home/someone/secret")

    monkeypatch.setattr("chereme.live.clip.recognize", broken)
    monkeypatch.setattr("chereme.live.interpreter.Interpreter.step", broken)
    with served(recognizer) as client:
        answer = client.post("/clip", content=(drawn / "videos" / "0700501.mp4").read_bytes())
        assert answer.status_code == 500
        with client.websocket_connect("ws://localhost/camera") as camera:
            camera.receive_json()
            camera.send_bytes(frame(1.0))
            told = camera.receive_json()["message"]
        assert "secret" not in answer.text + told
        assert "the server failed" in told
