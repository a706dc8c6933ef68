"""What builds over the corpora share."""

import pytest

from chereme import plugins
from tests.hostile.building import Building


@pytest.fixture
def build(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Building:
    monkeypatch.setitem(plugins.TABLES["models"], "steady", "tests.hostile.steady:Steady")
    return Building(capsys=capsys)
