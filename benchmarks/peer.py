"""The Python that peers run in: mediapipe 0.10.21 and pose-format, in a venv of their own below `.venv`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = "mediapipe==0.10.21", "pose-format==0.15.0"


def peer_python(given: str | None) -> str:
    """A Python that has the peers, `given` or made the first time."""
    if given:
        return given
    venv = ROOT / ".venv" / "peer"
    python, ready = venv / "bin" / "python", venv / "-".join(("ready", *PACKAGES))
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", *PACKAGES], check=True)
        ready.touch()
    return str(python)
