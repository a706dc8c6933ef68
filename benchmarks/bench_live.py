"""The page of `chereme serve` from camera to word: frames a second and latency, in a headless Chromium on this machine.

    python benchmarks/bench_live.py [--seconds 30] [--picture page.png]

The browser's camera is drawn clips at 640×480 and 25 frames a second; browser and server share the cores. Latency is
from the moment that a frame is taken off the camera until its skeleton is drawn. The recognizer is a nearest neighbor,
which takes next to no time: what is measured is all but the recognizer. Writes `live.json`.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

from peer import ROOT

sys.path.insert(0, str(ROOT))

import uvicorn

from chereme.live.access import Access
from chereme.live.place import Place
from chereme.live.server import application
from chereme.live.settings import Live
from tests.live.browser import browser, program, write_camera
from tests.live.recognizer import SIGNS, nearest, tracked

VIDEOS = ROOT / "tests" / "assets" / "drawn" / "videos"
FILMS = {
    "one hand": (("0300501", "0100501", "0700501"), ["where", "hello", "four"]),
    "two hands": (("0800501",), []),
}
"""Clips that the camera shows, and the words among them that the recognizer knows."""


def main() -> None:
    """Serve, look, and write `live.json`."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--picture", type=Path)
    asked = options.parse_args()
    if program() is None:
        sys.exit("there is no Chromium here")
    known = {f"{sign}{signer}01": VIDEOS / f"{sign}{signer}01.mp4" for sign in SIGNS for signer in ("001", "004")}
    app = application(Place(nearest(tracked(known)), Live()), Access())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.05)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
        found = {name: measure(address, name, asked.seconds, asked.picture) for name in FILMS}
    finally:
        server.should_exit = True
        thread.join(10)
    made = {
        "seconds": asked.seconds,
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1),
        },
        "films": found,
    }
    (Path(__file__).parent / "live.json").write_text(json.dumps(made, indent=2) + "\n")
    print(json.dumps(made, indent=2))


def measure(address: str, name: str, seconds: float, picture: Path | None) -> dict[str, object]:
    """Frames a second, latencies and words of one film."""
    clips, words = FILMS[name]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        camera = write_camera([VIDEOS / f"{id}.mp4" for id in clips], Path(folder) / "camera.y4m", scale=2)
        with browser(camera, Path(folder) / "profile") as tab:
            tab.ask("Page.navigate", url=address)
            tab.until("document.getElementById('model')?.textContent.includes('words')", 30)
            tab.value("document.getElementById('camera').click()")
            tab.until("window.chereme.frames > 20", 60)
            before, start = tab.value("window.chereme.frames"), time.perf_counter()
            time.sleep(seconds)
            frames, stop = tab.value("window.chereme.frames") - before, time.perf_counter()
            latencies = sorted(tab.value("window.chereme.latencies")[-frames:])
            said = tab.value("[...document.querySelectorAll('#said li:not(.none)')].map(each => each.textContent)")
            if picture and words:
                tab.until("!document.getElementById('signing').hidden && window.chereme.points >= 21", 30)
                tab.picture(picture)
            assert not tab.errors, tab.errors
    return {
        "frames a second": round(frames / (stop - start), 1),
        "median latency, ms": round(statistics.median(latencies)),
        "95th percentile, ms": round(latencies[int(0.95 * len(latencies))]),
        "words said": len(said) if words else None,
        "wrong words": sum(word not in words for word in said) if words else None,
        "in turn": all(words.index(b) == (words.index(a) + 1) % len(words) for a, b in pairwise(said))
        if words and set(said) <= set(words)
        else None,
    }


if __name__ == "__main__":
    main()
