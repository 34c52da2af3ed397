from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmark import grids

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    path = tmp_path / "grid.yaml"
    path.write_text(
        f"title: Two of them\nieb: {grids.write_ieb(tmp_path / 'ieb')}\nseeds: 2\nencoders: [random, nothing, tfidf]\n"
    )
    return path


def test_a_grid_is_run_rendered_and_kept(run: Callable[..., Any], grid: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = run("bench", "run", grid, "-o", out)
    assert done.code == 0
    assert "random" in done.out
    assert "failed: nothing, all, loading: EncoderError" in done.err
    assert "6 figures computed, 0 were there; 1 failed" in done.err
    assert "# Two of them" in (out / "results.md").read_text()
    assert "<b>" in (out / "results.html").read_text()
    assert len(json.loads((out / "results.json").read_text())["cells"]) == 6
    again = run("bench", "run", grid, "-o", out, "--json", "--quiet")
    assert json.loads(again.out)["cells"] == json.loads((out / "results.json").read_text())["cells"]
    assert again.err == ""


def test_what_cannot_be_run_is_one_line(run: Callable[..., Any], grid: Path, tmp_path: Path) -> None:
    done = run("bench", "run", tmp_path / "none.yaml", "-o", tmp_path / "out")
    assert done.code == 3
    assert "shipped are: offline, paper" in done.err
    done = run("bench", "run", grid, "-o", tmp_path / "out", "--ieb", tmp_path)
    assert done.code == 3
    assert "Put the published IEB files" in done.err
    grid.write_text(grid.read_text().replace("random, nothing, tfidf", "nothing"))
    done = run("bench", "run", grid, "-o", tmp_path / "out")
    assert done.code == 5
    assert "nothing could be measured" in done.err
    assert "no encoder" in (tmp_path / "out" / "results.md").read_text()


def test_table_fits_the_terminal(run: Callable[..., Any], grid: Path, tmp_path: Path, monkeypatch: Any) -> None:
    grid.write_text(
        grid.read_text().replace("random, nothing, tfidf", "random, tfidf, static, default, labels:default")
    )
    for width, head in ((60, "ARI"), (220, "ceiling")):
        monkeypatch.setenv("COLUMNS", str(width))
        shown = run("bench", "run", grid, "-o", tmp_path / "out").out
        assert max(map(len, shown.splitlines())) <= width
        assert head in shown
    monkeypatch.setenv("COLUMNS", "60")
    narrow = run("bench", "run", grid, "-o", tmp_path / "out").out
    assert "too narrow for all figures" in narrow
    assert "…" not in narrow
