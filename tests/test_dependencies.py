"""Every library that is installed for chereme is listed, with a license under which it may be used."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def dependencies() -> ModuleType:
    found = importlib.util.spec_from_file_location("dependencies", ROOT / "docs" / "dependencies.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    sys.modules["dependencies"] = module  # dataclasses look their module up
    found.loader.exec_module(module)
    return module


def test_all_are_listed_and_permitted(dependencies: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert dependencies.main() == 0, capsys.readouterr().err
    table = capsys.readouterr().out
    for name in ("numpy", "av", "markupsafe", "starlette", "torch", "h11"):
        assert f"| {name} |" in table, "what is needed, and what that needs"
    for name in ("ruff", "mkdocs", "hypothesis"):
        assert f"| {name} |" not in table, "tools are apart"


def test_a_page_gets_the_table(dependencies: ModuleType) -> None:
    assert "| numpy |" in dependencies.on_page_markdown("<!-- dependencies -->")
    assert dependencies.on_page_markdown("other") == "other"


@pytest.mark.parametrize(
    ("license", "fine"),
    [
        ("Apache-2.0 AND MIT", True),
        ("BSD License", True),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("GNU General Public License v3 (GPLv3)", False),
        ("AGPL-3.0 OR MIT", False),
        ("CC-BY-NC-4.0", False),
        ("Apache-2.0, non-commercial", False),
        ("not told by its package", False),
        ("", False),
    ],
)
def test_licenses(dependencies: ModuleType, license: str, fine: bool) -> None:
    assert dependencies.Library(name="x", version="1", license=license, wanted=("",)).fine is fine
