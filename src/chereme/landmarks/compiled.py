"""Networks as OpenVINO compiled them for this machine, kept in the user's cache: loading takes a fifth of compiling."""

import logging
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import platformdirs

from chereme.telemetry import openvino

log = logging.getLogger(__name__)

DIGEST_BYTES = 32
"""SHA-256, which precedes the network in its file: what a crash left half written is never loaded."""


def folder() -> Path:
    """Where compiled networks lie; they may be deleted at any time."""
    return platformdirs.user_cache_path("chereme") / "compiled"


def recall(core: Any, device: str, settings: Mapping[str, str], facts: tuple[object, ...]) -> Any | None:
    """The network kept under these facts by the same OpenVINO on the same processor; None where there is none."""
    try:
        data = _file(core, device, settings, facts).read_bytes()
        if sha256(data[DIGEST_BYTES:]).digest() == data[:DIGEST_BYTES]:
            return core.import_model(data[DIGEST_BYTES:], device, dict(settings))
    except (OSError, RuntimeError) as error:
        log.debug("no compiled network: %s", error)
    return None


def keep(network: Any, core: Any, device: str, settings: Mapping[str, str], facts: tuple[object, ...]) -> None:
    """Keep a compiled network for the next process; where that cannot be done, it is compiled anew each time."""
    with suppress(OSError, RuntimeError):
        stream = BytesIO()
        network.export_model(stream)
        data = stream.getvalue()
        place = _file(core, device, settings, facts)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as aside:
            aside.write(sha256(data).digest() + data)
        Path(aside.name).replace(place)


def _file(core: Any, device: str, settings: Mapping[str, str], facts: tuple[object, ...]) -> Path:
    """A name that no other network, settings, processor or version of OpenVINO has."""
    processor = core.get_property(device, "FULL_DEVICE_NAME"), core.get_property(device, "OPTIMIZATION_CAPABILITIES")
    known = repr((openvino().get_version(), device, processor, sorted(settings.items()), facts))
    return folder() / sha256(known.encode()).hexdigest()[:32]
