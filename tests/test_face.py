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


def test_importing_costs_nothing() -> None:
    heavy = "numpy cv2 av pyarrow scipy openvino matplotlib"
    code = f"import sys, chereme; print([name for name in '{heavy}'.split() if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
