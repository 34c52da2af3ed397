"""A grid run: every encoder of a `Grid` on every test, each figure computed once and kept.

::

    results/
      cells/<key>.json         one figure or set of figures; the key is a hash of what decides it
      texts/<digest>.jsonl     the texts of a test, as encoders get them
      embeddings/<key>/        a store (`taskscape.vectors`) for each encoder and test, which continues where it was cut
      results.json, results.md, results.html

A cell is decided by the encoder's fingerprint, the content of the test, the measure and its settings; where labels are
read, by the rules that read them, too. So a second run
computes nothing, a changed model or file computes its own cells anew, and a run that was killed goes on: at most one
shard of embeddings or one clustering is lost. Cells are written in one step and synced.

What goes wrong in one place (a model that is not there, memory, a server that is down) is recorded and the rest goes
on; the next run tries it again.

The price beside the encoder's: disk of 4 bytes per number (MiniLM on both tests: 13 MB); an encoder is loaded to learn
its fingerprint even where all its cells are there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.benchmark.grid_cells import Bench, read_tests
from taskscape.vectors.files import locked, make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from taskscape.benchmark.grid_cells import Test
    from taskscape.benchmark.grid_file import Contestant, Grid

    Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell of a grid.

    Attributes
    ----------
    contestant
        Place of the encoder in the grid.
    test, measure
        Which test, and ``"neighbours"``, ``"pairs"``, ``"labels"`` or the name of a clustering.
    fingerprint, dimension
        Of the encoder; the label line has dimension 0.
    figures
        Plain data.
    seconds
        What it took when it was computed; encoding counts towards the cell that came first.
    """

    contestant: int
    test: str
    measure: str
    fingerprint: str
    dimension: int
    figures: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be measured, and why."""

    contestant: int
    test: str
    measure: str
    reason: str


@dataclass(slots=True)
class GridResults:
    """All that is known of a grid so far.

    Attributes
    ----------
    grid
        What was asked for.
    tests
        Name of each test, with its number of tasks, texts and pairs.
    cells, failures
        In the order of the grid.
    computed
        How many cells this run computed; the others were there.
    """

    grid: Grid
    tests: dict[str, tuple[int, int, int]]
    cells: list[CellResult] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    computed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        named = [{"encoder": one.shown, "name": one.name, "settings": one.settings} for one in self.grid.contestants]
        return {
            "title": self.grid.title,
            "clusterings": list(self.grid.clusterings),
            "seed": self.grid.seed,
            "seeds": self.grid.seeds,
            "tests": {
                name: dict(zip(("tasks", "texts", "pairs"), counts, strict=True)) for name, counts in self.tests.items()
            },
            "cells": [named[cell.contestant] | _without(asdict(cell), "contestant") for cell in self.cells],
            "failures": [named[one.contestant] | _without(asdict(one), "contestant") for one in self.failures],
        }


def _without(told: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != key}


def run_grid(
    grid: Grid,
    output: str | Path,
    *,
    note: Note | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    publish: Callable[[GridResults], None] | None = None,
) -> GridResults:
    """Measure all of a grid, or what of it is not measured yet.

    Parameters
    ----------
    grid
        What `taskscape.benchmark.grid_file.read_grid` gave.
    output
        Folder for cells, embeddings and results; the same folder continues.
    note
        Called with a line for people where an encoder begins, and where something fails.
    progress
        Called with ``(encoders done, encoders in all)``.
    publish
        Called with the results so far whenever an encoder is finished, so that a run that is cut off leaves a table.

    Returns
    -------
    GridResults
        Cells and failures.

    Raises
    ------
    DataError
        A test cannot be read.
    StoreError
        The folder cannot be written, or another process is at work in it.
    """
    folder = Path(output)
    tests = read_tests(grid)
    counts = {
        test.name: (
            test.ieb.labelled.tasks,
            len(test.ieb.labelled.texts),
            len(test.ieb.pairs.same) if test.ieb.pairs else 0,
        )
        for test in tests
    }
    results = GridResults(grid, counts)
    say, tick, show = note or _silent, progress or _silent, publish or _silent
    for part in ("cells", "texts", "embeddings"):
        make_folder(folder / part)
    with locked(folder):
        for place, contestant in enumerate(grid.contestants):
            say(f"{place + 1} of {len(grid.contestants)}: {_named(contestant)}")
            _run_contestant(results, place, tests, folder, say)
            show(results)
            tick(place + 1, len(grid.contestants))
    return results


def _silent(*_: Any) -> None:
    """Stand in for a callback that nobody gave."""


def _named(contestant: Contestant) -> str:
    told = ", ".join(f"{name} {value}" for name, value in contestant.settings.items())
    return f"{contestant.shown} ({told})" if told else contestant.shown


def _run_contestant(results: GridResults, place: int, tests: Sequence[Test], folder: Path, say: Note) -> None:
    """Measure one encoder on all tests; whatever goes wrong is recorded where it went wrong."""
    try:
        encoder = results.grid.contestants[place].load()
    except Exception as error:  # noqa: BLE001 (a grid of twenty models must outlive a broken one, whatever breaks it)
        _fail(results, place, "all", "loading", error, say)
        return
    for test in tests:
        try:
            bench = Bench(encoder, test, results.grid, folder)
        except Exception as error:  # noqa: BLE001 (the same)
            _fail(results, place, test.name, "all", error, say)
            continue
        for measure, settings, compute in bench.measures():
            try:
                cell, computed = bench.cell(measure, settings, compute)
            except Exception as error:  # noqa: BLE001 (the same)
                _fail(results, place, test.name, measure, error, say)
                continue
            results.computed += computed
            results.cells.append(CellResult(contestant=place, **cell))
    for remark in getattr(encoder, "remarks", ()):
        say(f"{_named(results.grid.contestants[place])}: {remark}")


def _fail(results: GridResults, place: int, test: str, measure: str, error: Exception, say: Note) -> None:
    reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
    results.failures.append(Failure(place, test, measure, reason))
    say(f"failed: {_named(results.grid.contestants[place])}, {test}, {measure}: {reason}")
