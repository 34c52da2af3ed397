from __future__ import annotations

import json
from typing import TYPE_CHECKING

from taskscape import environment
from taskscape.encoders import shipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Outcome

    Run = Callable[..., Outcome]


def test_tells_what_is_there(run: Run) -> None:
    outcome = run("doctor")
    assert outcome.code == 0
    assert "All is well" in outcome.out
    assert "default" in outcome.out


def test_json_names_extras_and_models(run: Run, tmp_path: Path) -> None:
    found = json.loads(run("doctor", "--json", "--cache-dir", tmp_path).out)
    assert found["problems"] == []
    assert found["cache"]["folder"] == str(tmp_path)
    assert {"parser", "st", "train"} <= set(found["extras"])
    assert "default" in {model["name"] for model in found["models"]}


def test_a_missing_extra_comes_with_its_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_installed", lambda name: None if name in {"spacy", "peft"} else "99")
    monkeypatch.setenv("COLUMNS", "160")
    outcome = run("doctor")
    assert "no (without spacy)" in outcome.out
    assert "partly (without peft)" in outcome.out
    assert "pip install 'taskscape[parser]'" in outcome.out


def test_an_encoder_that_does_not_work_is_exit_1(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shipped, "MODELS", tmp_path)
    outcome = run("doctor")
    assert outcome.code == 1
    assert "does not work" in outcome.out
