from __future__ import annotations

import os
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from taskscape import environment
from taskscape.environment import Package, examine, try_encoder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("wanted", "installed", "fits"),
    [
        (">=1.5", "1.9.1", True),
        (">=1.5", "1.4", False),
        (">=3.8,<4", "4.0", False),
        (">=2", "3.0rc1", True),
        ("", "0.1", True),
        (">=1.5", None, False),
    ],
)
def test_a_package_fits_when_its_version_will_do(wanted: str, installed: str | None, fits: bool) -> None:
    assert Package("example", wanted, installed).fits is fits


def test_finds_what_the_package_itself_asks_for() -> None:
    found = examine()
    names = {package.name for package in found.core}
    assert {"numpy", "onnxruntime", "typer"} <= names
    assert "torch" not in names
    extras = {extra.name: extra for extra in found.extras}
    assert set(extras) == set(metadata.metadata("taskscape").get_all("Provides-Extra") or [])
    assert [package.name for package in extras["parser"].packages] == ["spacy"]
    assert found.problems == []


def test_a_missing_or_old_package_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"numpy": "1.0", "spacy": None}
    monkeypatch.setattr(environment, "_installed", lambda name: versions.get(name, "99"))
    found = examine()
    assert [problem for problem in found.problems if "pip install 'numpy>=" in problem] == [
        problem for problem in found.problems if "1.0 is there" in problem
    ]
    extras = {extra.name: extra for extra in found.extras}
    assert [package.name for package in extras["parser"].missing] == ["spacy"]
    assert extras["parser"].install == "pip install 'taskscape[parser]'"
    assert not extras["st"].missing


def test_models_are_told_with_size_and_licence() -> None:
    models = {model.name: model for model in examine().models}
    assert models["default"].megabytes > 1
    assert models["default"].licence
    assert models["parser"].licence == "CC BY-SA 4.0"


def test_a_lost_encoder_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "MODELS", tmp_path)
    assert any("force-reinstall" in problem for problem in examine().problems)


def test_the_cache_is_measured(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 2_000_000)
    cache = examine(tmp_path).cache
    assert (cache.folder, cache.megabytes, cache.writable) == (tmp_path, 2.0, True)


def test_a_cache_that_cannot_be_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = examine(tmp_path / "file" / "cache")
    assert not found.cache.writable
    assert any("TASKSCAPE_CACHE_DIR" in problem for problem in found.problems)


def test_cores_are_those_of_this_process() -> None:
    assert 1 <= examine().cores <= (os.cpu_count() or 1)


def test_the_shipped_encoder_reads_a_task() -> None:
    assert try_encoder() == "write|poem"
