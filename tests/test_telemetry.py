import subprocess
import sys

TELLING = """
import openvino_telemetry
openvino_telemetry.Telemetry.send_event = lambda *_, **__: print("told")
"""


def printed(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_openvino_by_itself_tells_of_its_import() -> None:
    """Once it does no more, the module is of no use."""
    assert printed(f"{TELLING}\nimport openvino") == "told"


def test_networks_are_loaded_without_a_word() -> None:
    load = "from chereme.landmarks.runtimes import OpenVino; from chereme.landmarks import weights"
    run = f"{load}; OpenVino().load(weights.path('hand_recrop'))"
    assert printed(f"import sys; {run}; print(sys.modules['openvino_telemetry'])") == "None"


def test_a_program_that_has_it_keeps_it() -> None:
    assert printed(f"{TELLING}\nfrom chereme.telemetry import openvino\nopenvino()") == "told"
