from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskscape.benchmark import grid_cells
from taskscape.benchmark.evaluation import evaluate
from taskscape.benchmark.grid import GridResults, run_grid
from taskscape.benchmark.grid_file import Contestant, Grid, LabelledTest
from taskscape.benchmark.grid_table import grid_markdown, grid_rows
from taskscape.benchmark.ieb import read_ieb
from taskscape.benchmark.label_line import load_contestant
from taskscape.errors import DataError, StoreError
from taskscape.report.pages.grid import grid_page
from taskscape.tasks import Task, labelling, register_labeller
from taskscape.vectors.files import locked
from tests.benchmark import grids

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("toys")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ieb(tmp_path: Path) -> Path:
    return grids.write_ieb(tmp_path / "ieb")


def grid_of(ieb: Path | None, *names: str, clusterings: tuple[str, ...] = ("kmeans",), **settings: str) -> Grid:
    contestants = tuple(Contestant(name, name, dict(settings)) for name in names)
    return Grid("A grid", contestants, ieb, clusterings=clusterings, seeds=2)


def test_figures_are_those_of_bench(ieb: Path, tmp_path: Path) -> None:
    results = run_grid(grid_of(ieb, "toy:plain", "tfidf", "labels:toy:labelling", "toy:labelling"), tmp_path / "out")
    assert results.failures == []
    for place, name in enumerate(["toy:plain", "tfidf", "labels:toy:labelling", "toy:labelling"]):
        scores = evaluate(load_contestant(name), read_ieb(ieb), seeds=2).to_dict()
        found = {cell.measure: cell.figures for cell in results.cells if cell.contestant == place}
        clusters = "labels as clusters" if name.startswith("labels:") else "kmeans"
        assert found[clusters] == scores["clustering"]
        assert found["pairs"] == {"all": scores["similarity"], "unseen": None}
        assert found.get("labels") == scores["labels"]
        if "neighbours" in found:
            assert list(found["neighbours"].values()) == [scores["precision_at_1"], scores["precision_at_5"]]


def test_second_run_encodes_and_computes_nothing(ieb: Path, tmp_path: Path) -> None:
    first = run_grid(grid_of(ieb, "toy:plain", clusterings=("kmeans", "agglomerative")), tmp_path / "out")
    assert first.computed == len(first.cells) == 4
    grids.CALLS.clear()
    second = run_grid(grid_of(ieb, "toy:plain", clusterings=("kmeans", "agglomerative")), tmp_path / "out")
    assert (grids.CALLS, second.computed) == ([], 0)
    assert [cell.figures for cell in second.cells] == [cell.figures for cell in first.cells]
    # One more clustering costs no encoding: embeddings are kept too.
    third = run_grid(grid_of(ieb, "toy:plain", clusterings=("kmeans", "dbscan")), tmp_path / "out")
    assert (grids.CALLS, third.computed) == ([], 1)


def test_what_decides_a_cell_makes_it_anew(ieb: Path, tmp_path: Path) -> None:
    run_grid(grid_of(ieb, "toy:plain"), tmp_path / "out")
    assert run_grid(grid_of(ieb, "toy:plain", template="pie"), tmp_path / "out").computed == 3  # another fingerprint
    seen = Grid("A grid", (Contestant("toy:plain", "x"),), ieb, seeds=2, seen=("write|poem",))
    assert run_grid(seen, tmp_path / "out").computed == 1  # pairs only
    tests = json.loads((ieb / "eft_test.json").read_text())
    tests["write|thing"]["samples"][0]["instruction"] = "write another text"
    (ieb / "eft_test.json").write_text(json.dumps(tests))
    assert run_grid(grid_of(ieb, "toy:plain"), tmp_path / "out").computed == 3  # another test


def test_another_labeller_of_one_name_makes_its_cells_anew(
    ieb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reading:
        """Reads the fixed texts of a probe alike, whatever its weights."""

        def __init__(self, weights: str) -> None:
            self.fingerprint = weights

        def label(self, texts: Sequence[str]) -> list[Task]:
            return [Task("write", self.fingerprint if len(texts) > 3 else "poem") for _ in texts]

    monkeypatch.setattr(labelling, "_FACTORIES", dict(labelling._FACTORIES))
    monkeypatch.setattr(labelling, "_LOADED", {})
    for weights, computed in (("one", 3), ("one", 0), ("two", 3)):
        register_labeller("parser", lambda weights=weights: Reading(weights))  # type: ignore[misc]
        assert run_grid(grid_of(ieb, "labels:parser"), tmp_path / "out").computed == computed


def test_other_rules_make_labels_anew(ieb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_grid(grid_of(ieb, "toy:labelling"), tmp_path / "out")
    assert run_grid(grid_of(ieb, "toy:labelling"), tmp_path / "out").computed == 0
    monkeypatch.setattr(grid_cells, "rules_fingerprint", lambda: "other rules")
    assert run_grid(grid_of(ieb, "toy:labelling"), tmp_path / "out").computed == 1


def test_a_broken_cell_is_computed_again(ieb: Path, tmp_path: Path) -> None:
    run_grid(grid_of(ieb, "toy:plain"), tmp_path / "out")
    cells = sorted((tmp_path / "out" / "cells").glob("*.json"))
    cells[0].write_text('{"figures": {')
    assert run_grid(grid_of(ieb, "toy:plain"), tmp_path / "out").computed == 1


def test_failures_are_recorded_the_rest_goes_on_and_they_are_tried_again(ieb: Path, tmp_path: Path) -> None:
    said: list[str] = []
    grid = grid_of(ieb, "toy:missing", "toy:broken", "nothing", "toy:plain")
    results = run_grid(grid, tmp_path / "out", note=said.append)
    assert {(one.contestant, one.measure) for one in results.failures} == {
        (0, "loading"),
        (1, "kmeans"),
        (1, "neighbours"),
        (1, "pairs"),
        (2, "loading"),
    }
    assert {cell.contestant for cell in results.cells} == {3}
    assert any("MemoryError: the toy has no memory left" in line for line in said)
    assert len(run_grid(grid, tmp_path / "out").failures) == 5
    page, text = grid_page(results), grid_markdown(results)
    assert "there is no encoder &#x27;nothing&#x27;" in page
    assert "<script>" not in page
    assert "<script>" not in text
    assert "&lt;script&gt;" in page


def test_results_are_published_after_each_encoder(ieb: Path, tmp_path: Path) -> None:
    counts: list[int] = []
    run_grid(
        grid_of(ieb, "toy:one", "toy:two"), tmp_path / "out", publish=lambda so_far: counts.append(len(so_far.cells))
    )
    assert counts == [3, 6]


def test_what_an_encoder_remarks_is_passed_on(ieb: Path, tmp_path: Path) -> None:
    said: list[str] = []
    run_grid(grid_of(ieb, "toy:remarking"), tmp_path / "out", note=said.append)
    assert said[-1] == "toy:remarking: a word or two"


def test_killed_run_goes_on_where_it_was(ieb: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tests.benchmark.grids", str(ieb), str(out)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while process.poll() is None and len(list((out / "cells").glob("*.json"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = {path.name: path.read_bytes() for path in (out / "cells").glob("*.json")}
    assert 4 <= len(before) < 30
    contestants = tuple(Contestant("toy:slow", "slow", {"template": str(i)}) for i in range(4))
    grids.CALLS.clear()
    results = run_grid(Grid("slow", contestants, ieb), out)
    assert results.failures == []
    known = {path.name for path in (out / "cells").glob("*.json")}
    assert results.computed == len(known) - len(before)
    assert all((out / "cells" / name).read_bytes() == content for name, content in before.items())
    assert len(results.cells) == 12


def test_one_process_at_a_time(ieb: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out"), pytest.raises(StoreError):
        run_grid(grid_of(ieb, "toy:plain"), tmp_path / "out")


def labelled_file(tmp_path: Path) -> str:
    path = tmp_path / "intents.csv"
    path.write_text(
        "text,category\n" + "".join(f"{verb} it now {i},{verb}\n" for verb in grids.VERBS for i in range(6))
    )
    return str(path)


def test_labelled_files_stand_beside_the_benchmark(ieb: Path, tmp_path: Path) -> None:
    test = LabelledTest(labelled_file(tmp_path), "intents", "text", "category", cap=5, k=3)
    grid = Grid("Two tests", (Contestant("toy:plain", "plain"), Contestant("random", "random")), ieb, (test,), seeds=1)
    results = run_grid(grid, tmp_path / "out")
    assert results.tests == {"IEB": (4, 24, 23), "intents": (4, 20, 0)}
    rows = grid_rows(results)
    assert {"IEB ARI", "IEB IIS", "intents ARI", "intents P@1"} <= rows[0].keys()
    assert "intents IIS" not in rows[0]
    twice = Grid("Twice", grid.contestants, None, (test, test))
    with pytest.raises(DataError, match="two tests of the grid have one name"):
        run_grid(twice, tmp_path / "out")


def table_of(tmp_path: Path, ieb: Path) -> GridResults:
    contestants = (
        Contestant("random", "<b>random</b>"),
        Contestant("toy:plain", "plain", {"template": "none", "pooling": "last"}),
        Contestant("toy:plain", "plain", {"template": "pie", "pooling": "last"}),
    )
    grid = Grid("Title & more", contestants, ieb, clusterings=("kmeans", "agglomerative"), seeds=3)
    return run_grid(grid, tmp_path / "out")


def test_table_shows_axes_spread_floor_and_best(ieb: Path, tmp_path: Path) -> None:
    results = table_of(tmp_path, ieb)
    rows = grid_rows(results)
    assert len(rows) == 6
    assert list(rows[0])[:5] == ["encoder", "template", "pooling", "clustering", "d"]
    assert [row["template"].text for row in rows] == ["", "", "none", "none", "pie", "pie"]
    assert "±" in rows[0]["ARI, seeds"].text
    assert rows[1]["ARI, seeds"].text == "–"  # Ward's has no seed
    assert rows[0]["floor"].text.count("/") == 1
    page, text = grid_page(results), grid_markdown(results)
    assert page.count("<tr>") == 7
    assert "<td><b>" in page
    assert "<b>random</b>" not in page.replace("&lt;b&gt;", "")
    assert "Title &amp; more" in page
    assert "default-src 'none'" in page
    assert "**" in text
    assert text.startswith("# Title &amp; more\n")
    plain = json.loads(json.dumps(results.to_dict()))
    assert plain["cells"][4]["settings"] == {"template": "none", "pooling": "last"}
