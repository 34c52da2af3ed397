from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    {"instruction": "Write a poem about the sea.", "id": 7},
    {"instruction": "", "id": 8},
    {"instruction": "Write a poem about rain.", "id": 9},
    {"instruction": "Who was the first person on the moon?", "id": 10},
]


def source(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf8")
    return path


def test_rows_come_back_with_their_tasks(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("label", source(tmp_path), "-o", tmp_path / "out.jsonl", "--summary", "--labeller", "parser")
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf8").splitlines()]
    assert [(row["id"], row["task"]) for row in rows] == [(7, "write|poem"), (9, "write|poem"), (10, "who|knowledge")]
    assert rows[2]["task_kind"] == "SBARQ"
    assert 0 < rows[0]["task_confidence"] <= 1
    assert "write|poem" in done.out
    assert "66.7%" in done.out
    assert json.loads((tmp_path / "out.jsonl.rejects.jsonl").read_text(encoding="utf8"))["row"] == 1


def test_the_source_of_a_store_is_labelled(run: Callable[..., Any], tmp_path: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "out.jsonl"
    assert run("embed", source(tmp_path), "-o", store, "--encoder", "random").code == 0
    done = run("label", store, "-o", out, "--labeller", "parser", "--json")
    assert done.code == 0, done.err
    assert (json.loads(done.out)["rows"], json.loads(done.out)["rejected"]) == (3, 1)
    assert json.loads(out.read_text(encoding="utf8").splitlines()[0])["task"] == "write|poem"


def test_sunburst_and_json(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("label", source(tmp_path), "--sunburst", tmp_path / "s.svg", "--json", "--labeller", "parser")
    assert done.code == 0, done.err
    assert json.loads(done.out)["counts"] == {"write|poem": 2, "who|knowledge": 1}
    assert (tmp_path / "s.svg").read_text(encoding="utf8").startswith("<svg")
    assert run("label", source(tmp_path), "--sunburst", tmp_path / "s.html", "--labeller", "parser").code == 0
    assert "<svg" in (tmp_path / "s.html").read_text(encoding="utf8")


def test_wrong_use(run: Callable[..., Any], tmp_path: Path) -> None:
    assert "nothing to do" in run("label", source(tmp_path)).err
    assert run("label", source(tmp_path), "--sunburst", tmp_path / "s.png").code == 2


def test_a_sunburst_that_has_no_place_is_refused_before_the_work(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("label", source(tmp_path), "-o", tmp_path / "out.jsonl", "--sunburst", tmp_path / "absent" / "s.svg")
    assert done.code == 3
    assert "there is no folder" in done.err
    assert not (tmp_path / "out.jsonl").exists()
    assert run("label", source(tmp_path), "--summary", "--labeller", "oracle").code == 2
    assert run("label", tmp_path / "not-there.json", "--summary").code == 3
