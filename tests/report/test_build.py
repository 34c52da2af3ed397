"""The committed build of the page is what its sources give."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "src/taskscape/report/assets"


def test_committed_build_is_fresh(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "web/node_modules").is_dir():
        pytest.skip("needs Node.js and `npm ci` in web/")
    for folder in (tmp_path / "one", tmp_path / "two"):
        subprocess.run([node, "build.mjs", str(folder)], cwd=ROOT / "web", check=True, timeout=120)
    built = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert built == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert built == {path.name: path.read_bytes() for path in ASSETS.iterdir()}, "run `npm run build` in web/"
