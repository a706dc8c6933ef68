"""What libraries would tell their makers of a run: nothing."""

import sys
from typing import Any


def openvino() -> Any:
    """The module `openvino`, which by itself sends a message over the network whenever it is imported.

    It does so by the package `openvino_telemetry`; where that cannot be imported it has a stub of its own, as it has
    here. A program that imported the package before is left alone.
    """
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)  # the import system then says that there is none
    import openvino

    return openvino
