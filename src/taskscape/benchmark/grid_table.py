"""Results of a grid → the rows of one table, and that table as Markdown.

A row is one encoder with its template and pooling, under one clustering; tests stand side by side. What could not be
measured is named below the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskscape.analysis.measures import Agreement, PairScores
from taskscape.benchmark.cluster_scores import ClusterScores
from taskscape.benchmark.grid_cells import LABEL_LINE
from taskscape.benchmark.label_line import LabelAgreement
from taskscape.benchmark.tables import (
    Cell,
    cluster_cells,
    label_cells,
    neighbour_cells,
    pair_cells,
    to_markdown,
)

if TYPE_CHECKING:
    from taskscape.benchmark.grid import CellResult, Failure, GridResults
    from taskscape.benchmark.tables import Row

AXES = ("template", "pooling")


def grid_rows(results: GridResults) -> list[Row]:
    """Lay the cells of a grid out as a table.

    Parameters
    ----------
    results
        What `taskscape.benchmark.grid.run_grid` gave, or gives in the midst of a run.

    Returns
    -------
    list of Row
        In the order of the grid; encoders of which nothing is measured have no row.
    """
    rows = []
    for place in range(len(results.grid.contestants)):
        own = [cell for cell in results.cells if cell.contestant == place]
        clusterings = dict.fromkeys(cell.measure for cell in own if _is_clustering(results, cell.measure))
        rows += [_row(results, place, own, clustering) for clustering in clusterings or ([""] if own else [])]
    return rows


def _is_clustering(results: GridResults, measure: str) -> bool:
    return measure in (*results.grid.clusterings, LABEL_LINE)


def _row(results: GridResults, place: int, cells: list[CellResult], clustering: str) -> Row:
    contestant = results.grid.contestants[place]
    row: Row = {"encoder": Cell(contestant.shown)}
    for axis in AXES:
        if any(axis in one.settings for one in results.grid.contestants):
            row[axis] = Cell(str(contestant.settings.get(axis, "")))
    if len(results.grid.clusterings) > 1:
        row["clustering"] = Cell(clustering)
    row["d"] = Cell(f"{cells[0].dimension:,}" if cells[0].dimension else "–")
    for test in results.tests:
        prefix = f"{test} " if len(results.tests) > 1 else ""
        for cell in cells:
            if cell.test == test and (cell.measure == clustering or not _is_clustering(results, cell.measure)):
                row |= {prefix + head: value for head, value in _cells(cell).items()}
    return row


def _cells(cell: CellResult) -> Row:
    """Make the figures of one cell into cells of the table."""
    told: Any = cell.figures
    if cell.measure == "neighbours":
        return neighbour_cells(told["precision_at_1"], told["precision_at_5"])
    if cell.measure == "pairs":
        everything, unseen = (PairScores(**told[name]) if told[name] else None for name in ("all", "unseen"))
        return pair_cells(everything, unseen)
    if cell.measure == "labels":
        return label_cells(LabelAgreement(**told) if told else None)
    return cluster_cells(ClusterScores(**{**told, "floor": Agreement(**told["floor"])}))


def headline(results: GridResults) -> list[str]:
    """Say in a few lines what the table shows."""
    grid = results.grid
    tests = [
        f"{name}: {tasks:,} tasks, {texts:,} texts" + (f", {pairs:,} pairs" if pairs else "")
        for name, (tasks, texts, pairs) in results.tests.items()
    ]
    spread = f"seed {grid.seed}" + (
        f"; “ARI, seeds” is mean ± standard deviation over {grid.seeds}" if grid.seeds > 1 else ""
    )
    floor = "“floor” is purity/homogeneity of the same clusters with rows dealt out at random"
    return [*tests, f"{', '.join(grid.clusterings)}; {spread}; {floor}. The best of a column is bold."]


def failure_line(results: GridResults, failure: Failure) -> str:
    """Say what could not be measured, and why."""
    contestant = results.grid.contestants[failure.contestant]
    told = "".join(f", {name} {value}" for name, value in contestant.settings.items())
    return f"{contestant.shown}{told} ({failure.test}, {failure.measure}): {failure.reason}"


def grid_markdown(results: GridResults) -> str:
    """Write the results as a Markdown document."""
    from html import escape

    lines = [f"# {escape(results.grid.title, quote=False)}", "", *(f"- {line}" for line in headline(results)), ""]
    rows = grid_rows(results)
    lines.append(to_markdown(rows, bold=True) if rows else "Nothing is measured yet.")
    if results.failures:
        lines += ["", "## Not measured", ""]
        lines += [f"- {escape(failure_line(results, one), quote=False)}" for one in results.failures]
    return "\n".join(lines) + "\n"
