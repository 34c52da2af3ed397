from __future__ import annotations

import pytest

from taskscape.encoders import base
from tests.benchmark import grids


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the encoders of `tests.benchmark.grids` known as ``toy:…``, for one test."""
    monkeypatch.setitem(base._REGISTRY, "toy:", base.Registration("toy:", grids.HOME, "for tests"))
