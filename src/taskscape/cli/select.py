"""``taskscape select``: the rows to keep, in the format and order they came in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taskscape.cli.inputs import check_beside, embed_cached, open_source, write_rejects
from taskscape.cli.naming_rows import find_rows
from taskscape.cli.options import Data, Encoding, OutputFile, Reading, Running, with_groups
from taskscape.cli.pages import Report, asked_for, check_page, names_of, write_report
from taskscape.cli.targets import read_mix, tasks_of
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from rich.console import RenderableType

    from taskscape.analysis import Selection
    from taskscape.cli.console import Console
    from taskscape.records import Dataset
    from taskscape.vectors import Store

SHOWN = 10  # tasks in the printed table
METHOD = "Method"
ROWS = "Rows that are settled"

Size = Annotated[
    str,
    typer.Option(metavar="N|SHARE", help="How many: 5000, or a share: 0.1 or 10%.", show_default=False),
]
Method = Annotated[
    Literal["task-balanced", "kmeans", "density", "k-center", "facility-location", "mmr", "dpp", "deita", "random"],
    typer.Option(help="How rows are chosen (docs/select.md compares them).", rich_help_panel=METHOD),
]
Quota = Annotated[
    Literal["uniform", "sqrt", "proportional"] | None,
    typer.Option(
        help="Rows of a task, in task-balanced: as many for each, by the root of its rows, or by its rows.",
        show_default="sqrt",
        rich_help_panel=METHOD,
    ),
]
Mix = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Target mix of tasks: YAML of `verb|noun: share`, or data or a store whose mix is to be met.",
        rich_help_panel=METHOD,
    ),
]
Score = Annotated[
    str | None,
    typer.Option(metavar="FIELD", help="Number in each row, higher is better.", rich_help_panel=METHOD),
]
Clusters = Annotated[
    int | None, typer.Option("-k", "--clusters", metavar="N", help="Clusters of kmeans.", rich_help_panel=METHOD)
]
Diversity = Annotated[
    float | None, typer.Option(help="Weight of being unlike, in mmr, 0 to 1.", rich_help_panel=METHOD)
]
Ceiling = Annotated[
    float | None, typer.Option(help="Cosine from which on rows are too alike, in deita.", rich_help_panel=METHOD)
]
MustKeep = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Rows to keep: data with them, or their numbers.", rich_help_panel=ROWS),
]
Exclude = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Rows to leave out: data with them, or their numbers.", rich_help_panel=ROWS),
]
DatasetInfo = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Add the output to this dataset_info.json of LLaMA-Factory."),
]


@with_groups
def select(
    data: Data,
    output: OutputFile,
    reading: Reading,
    encoding: Encoding,
    running: Running,
    *,
    size: Size,
    method: Method = "task-balanced",
    quota: Quota = None,
    mix: Mix = None,
    score: Score = None,
    clusters: Clusters = None,
    diversity: Diversity = None,
    ceiling: Ceiling = None,
    tau: Annotated[float, typer.Option(help="Cosine from which on a row stands for another, in the figures.")] = 0.8,
    must_keep: MustKeep = None,
    exclude: Exclude = None,
    dataset_info: DatasetInfo = None,
    report: Report = None,
) -> None:
    """Choose rows of DATA that stand for all, and write them in its own format and order.

    Example: `taskscape select examples/instructions.jsonl -o subset.jsonl --size 10%`
    """
    from taskscape.analysis import select as select_rows
    from taskscape.records import check_output

    wanted = parse_size(size)
    _check_mix(mix, quota, method)
    check_page(report)
    console = running.console
    dataset, store = open_source(data, reading, encoding, console)
    check_output(dataset, output)
    check_beside(output, dataset)
    entry = _entry(dataset, output, dataset_info)
    if store is None:
        store = embed_cached(dataset, encoding, console)
    tasks = tasks_of(dataset, store, console, needed=method == "task-balanced")
    scores = _scores(dataset, score, store)
    with console.progress("selecting") as progress:
        selection = select_rows(
            store.embeddings(),
            size=wanted,
            method=method,
            tasks=tasks,
            quota=quota if mix is None else read_mix(mix, dataset, tasks or [], encoding, console),
            scores=scores,
            must_keep=None if must_keep is None else find_rows(must_keep, dataset, store, console, all_of_them=True),
            exclude=None if exclude is None else find_rows(exclude, dataset, store, console),
            k=clusters,
            diversity=diversity,
            ceiling=ceiling,
            tau=tau,
            seed=running.seed,
            progress=progress,
        )
    if report is not None:  # before the output, which may replace the source
        asked = asked_for(
            size=size, quota=quota, mix=mix, score=score, clusters=clusters, diversity=diversity, ceiling=ceiling,
            must_keep=must_keep, exclude=exclude,
        )  # fmt: skip
        write_report(report, _page(selection, dataset, store, scores, asked), console)
    _write(dataset, store, output, selection.indices, console)
    _register(dataset_info, output, entry, console)
    console.notes(selection.notes)
    console.result(_figures(selection, output, store), _shown(selection, output))


def parse_size(text: str) -> float:
    """Read a count (``5000``) or a share (``0.1``, ``10%``).

    Parameters
    ----------
    text
        What was given.

    Returns
    -------
    int or float
        A count is an int, a share a float.

    Raises
    ------
    UsageError
        It is neither.
    """
    try:
        if text.endswith("%"):
            return float(text[:-1]) / 100
        return float(text) if "." in text or "e" in text.lower() else int(text.replace(",", "").replace("_", ""))
    except ValueError as error:
        raise UsageError(f"--size {text} is neither a count such as 5000 nor a share such as 0.1 or 10%.") from error


def _check_mix(mix: Path | None, quota: str | None, method: str) -> None:
    """Refuse a target mix beside what contradicts it."""
    if mix is not None and quota is not None:
        raise UsageError("--quota and --mix both say how many rows each task gets: give one of them.")
    if mix is not None and method != "task-balanced":
        raise UsageError(f"--mix says how many rows each task gets, which {method} does not ask: leave it away.")


def _scores(dataset: Dataset, field: str | None, store: Store) -> Any:
    if field is None:
        return None
    from taskscape.records.fields import read_numbers

    return read_numbers(dataset, field, store.rows)


def _entry(dataset: Dataset, output: Path, info: Path | None) -> dict[str, Any] | None:
    """Describe the output for LLaMA-Factory before the work, so that what cannot be is told early."""
    if info is None:
        return None
    from taskscape.records.dataset_info import describe, read_entries

    read_entries(info)
    return describe(dataset, output, info)


def _register(info: Path | None, output: Path, entry: dict[str, Any] | None, console: Console) -> None:
    if info is None or entry is None:
        return
    from taskscape.records.dataset_info import add_entry

    name = output.name.partition(".")[0]
    replaced = add_entry(info, name, entry)
    console.note(f"{info}: {name!r} {'replaced' if replaced else 'added'}")


def _write(dataset: Dataset, store: Store, output: Path, chosen: NDArray[np.int64], console: Console) -> None:
    from taskscape.records import write_dataset

    write_rejects(dataset, store, output, console)
    with console.progress("writing") as progress:
        write_dataset(dataset, output, rows=store.rows[chosen], progress=progress)


def _page(selection: Selection, dataset: Dataset, store: Store, scores: Any, asked: Mapping[str, str]) -> str:
    from taskscape.report.layout_sample import sample_layout
    from taskscape.report.pages.selection import render_selection

    return render_selection(
        selection,
        texts=lambda positions: dataset.texts(store.rows[positions]),
        rows=store.rows,
        layout=sample_layout(store.embeddings(), selection.indices, seed=selection.problem.seed),
        scores=scores,
        settings={"data": names_of(dataset), "encoder": store.manifest.settings.encoder, **asked},
    )


def _figures(selection: Selection, output: Path, store: Store) -> dict[str, Any]:
    rows = len(selection.problem.embeddings)
    figures: dict[str, Any] = {
        "output": str(output),
        "method": selection.method,
        "rows": rows,
        "kept": len(selection),
        "dropped": rows - len(selection),
        "rejected": store.rejected,
        "figures": selection.figures.to_dict(),
        "random": selection.random_figures.to_dict(),
        "notes": list(selection.notes),
    }
    if selection.tasks is not None:
        figures["tasks"] = selection.task_table().to_pylist()
    return figures


def _shown(selection: Selection, output: Path) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    from taskscape.analysis.selection.result import compared

    beside = Table("", selection.method, "random", title=f"How well {len(selection):,} rows stand for all")
    for name, own, other in compared(selection.figures, selection.random_figures):
        beside.add_row(name, own, other)
    parts: list[RenderableType] = [beside]
    if selection.tasks is not None:
        tasks = selection.task_table()
        table = Table("task", "rows", "kept", title=f"The {min(SHOWN, len(tasks))} largest of {len(tasks):,} tasks")
        for line in tasks.slice(0, SHOWN).to_pylist():
            table.add_row(line["task"], f"{line['rows']:,}", f"{line['kept']:,}")
        parts.append(table)
    rows = len(selection.problem.embeddings)
    parts.append(
        f"{len(selection):,} of {rows:,} rows kept, {rows - len(selection):,} dropped, by {selection.method}; "
        f"{output} written"
    )
    return Group(*parts)
