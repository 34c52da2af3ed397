from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# What an example takes depends on what else the machine does: pytest's own timeout ends what hangs.
settings.register_profile("taskscape", deadline=None)
settings.load_profile("taskscape")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data beside the checkout; tests that need it are skipped where it is not there."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real data folder ../shared/data")
    return folder
