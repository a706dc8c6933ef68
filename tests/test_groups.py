"""Tests that share what is costly run in one process."""

import pytest


@pytest.mark.xdist_group("alone")
def test_groups_are_seen(request: pytest.FixtureRequest) -> None:
    """pytest-xdist 3.8 groups by what it appends to a test's id, in a way that pytest 9.2 passes over in silence."""
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@alone")
