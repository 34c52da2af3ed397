from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.cli.compare import short_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write(path: Path, texts: list[str]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps({"instruction": text}) + "\n" for text in texts), encoding="utf8")
    return path


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    return (
        write(tmp_path / "a.jsonl", ["Write a poem about the sea.", "Name a fruit.", "Sort the list."]),
        write(tmp_path / "b.jsonl", ["write a poem about the sea", "Who was Kant?", "Add 2 and 3."]),
    )


def test_figures_and_page(run: Callable[..., Any], two: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("compare", *two, "-o", tmp_path / "page.html", "--encoder", "static", "--json")
    assert done.code == 0, done.err
    figures = json.loads(done.out)
    (pair,) = figures["pairs"]
    assert (pair["first"], pair["second"], pair["rows_of_first_in_second"]) == ("a.jsonl", "b.jsonl", 1)
    assert 0 < pair["wasserstein"] < 2
    assert [entry["rows"] for entry in figures["sets"]] == [3, 3]
    page = (tmp_path / "page.html").read_text(encoding="utf8")
    assert "Name a fruit." in page
    shown = run("compare", *two, "--encoder", "static")
    assert "± " in shown.out
    assert "In order of likeness" in shown.out


def test_tasks_are_compared_where_the_encoder_labels(run: Callable[..., Any], two: tuple[Path, Path]) -> None:
    done = run("compare", *two, "--json")
    assert done.code == 0, done.err
    (pair,) = json.loads(done.out)["pairs"]
    assert 0 < pair["task_divergence"] < 1
    assert "write|poem" not in pair["only_tasks_first"]
    assert "name|fruit" in pair["only_tasks_first"]


def test_stores_of_two_encoders_are_refused(run: Callable[..., Any], two: tuple[Path, Path], tmp_path: Path) -> None:
    assert run("embed", two[0], "-o", tmp_path / "one", "--encoder", "static").code == 0
    assert run("embed", two[1], "-o", tmp_path / "other", "--encoder", "random").code == 0
    done = run("compare", tmp_path / "one", tmp_path / "other")
    assert done.code == 4
    assert "was embedded by static" in done.err
    assert "by random" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "two data sets or more"),
        (["b.jsonl", "-o", "page.pdf"], 2, "written as .html"),
        (["b.jsonl", "-o", "no/such/page.html"], 3, "no folder"),
        (["b.jsonl", "--tau", "3"], 2, "tau is 3"),
        (["not-there.jsonl"], 3, "not-there.jsonl"),
    ],
)
def test_wrong_use(
    run: Callable[..., Any], two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], code: int, says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = run("compare", "a.jsonl", *arguments, "--encoder", "random")
    assert (done.code, says in done.err) == (code, True), done.err


def test_names_are_as_short_as_tells_them_apart() -> None:
    assert short_names(["x/a.json", "x/b.json"]) == ["a.json", "b.json"]
    assert short_names(["x/train.json", "y/train.json"]) == ["x/train.json", "y/train.json"]
    assert short_names(["a.json", "a.json"]) == ["a.json", "a.json (2)"]
