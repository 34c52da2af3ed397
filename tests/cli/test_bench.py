from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.encoders import registered_encoders
from tests.benchmark.test_evaluation import LABELS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def ieb(tmp_path: Path) -> Path:
    folder = tmp_path / "ieb"
    folder.mkdir()
    tasks: dict[str, Any] = {label: {"samples": []} for label in LABELS}
    for text, label in zip(TEXTS, LABELS, strict=True):
        tasks[label]["samples"].append({"instruction": text})
    pairs = [
        {"instruction1": a, "intention1": s, "instruction2": b, "intention2": t, "label": int(s == t)}
        for a, b, s, t in zip(TEXTS, TEXTS[1:], LABELS, LABELS[1:], strict=False)
    ]
    (folder / "eft_test.json").write_text(json.dumps(tasks))
    (folder / "intention_similarity_test.json").write_text(json.dumps(pairs))
    return folder


def test_table_has_a_row_for_each_encoder(run: Callable[..., Any], ieb: Path) -> None:
    done = run("bench", "random", "tfidf", "--ieb", ieb, "--markdown")
    assert done.code == 0
    lines = done.out.strip().splitlines()
    assert [line.split(" | ")[0] for line in lines] == ["| encoder", "| ---", "| random", "| tfidf"]
    assert "| ceiling |" in lines[0]
    assert len({line.count("|") for line in lines}) == 1


def test_json_holds_all_figures(run: Callable[..., Any], ieb: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    seen.write_text("write\n")
    done = run("bench", "random", "--ieb", ieb, "--json", "--seeds", "2", "--seen", seen)
    (scores,) = json.loads(done.out)
    assert scores["encoder"] == "random"
    assert 0 < scores["similarity_unseen"]["pairs"] < scores["similarity"]["pairs"]
    assert -1 <= scores["clustering"]["silhouette"] <= 1


def test_missing_files_are_one_line(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("bench", "random", "--ieb", tmp_path)
    assert done.code == 3
    assert done.err.startswith("taskscape: ")
    assert "Put the published IEB files" in done.err
    assert "Traceback" not in done.err


def test_unknown_encoder_is_one_line(run: Callable[..., Any], ieb: Path) -> None:
    done = run("bench", "nope", "--ieb", ieb)
    assert done.code == 5
    assert "there is no encoder 'nope'" in done.err


def test_encoders_are_listed(run: Callable[..., Any]) -> None:
    done = run("encoders", "--json")
    assert [entry["name"] for entry in json.loads(done.out)] == [entry.name for entry in registered_encoders()]
