import subprocess
import sys

import pytest

import chereme


@pytest.mark.parametrize("name", chereme.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(chereme, name) is not None
    assert name in dir(chereme)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no 'buld'"):
        _ = chereme.buld


@pytest.mark.parametrize("module", ["chereme", "chereme.cli"])
def test_importing_costs_nothing(module: str) -> None:
    """Worker processes import the program that started them, which imports these."""
    heavy = "numpy cv2 av pyarrow scipy openvino matplotlib cyclopts rich importlib.metadata"
    code = f"import sys, {module}; print([name for name in '{heavy}'.split() if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_it_says_its_version_as_a_module_too() -> None:
    said = subprocess.run([sys.executable, "-m", "chereme", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == chereme.__version__
