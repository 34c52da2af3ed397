"""``taskscape label``: rows with the task that each one asks for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskscape.cli.console import counted
from taskscape.cli.inputs import check_beside, open_source, write_rejects
from taskscape.cli.options import Data, Encoding, Labeller, Reading, Running, with_groups
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from taskscape.cli.console import Console
    from taskscape.records import Dataset
    from taskscape.tasks import Task

SHOWN = 25  # tasks in the table of the summary
COLUMNS = ("task", "verb", "noun", "task_kind", "task_confidence")

Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write.", show_default=False)
]
Sunburst = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw verbs and their nouns as a sunburst: .svg or .html.", show_default=False),
]


@with_groups
def label(
    data: Data,
    reading: Reading,
    running: Running,
    *,
    output: Output = None,
    labeller: Labeller = "default",
    summary: Annotated[bool, typer.Option("--summary", help="Print the table of tasks.")] = False,
    sunburst: Sunburst = None,
) -> None:
    """Write the rows of DATA with `task`, `verb`, `noun`, `task_kind` and `task_confidence` added.

    Example: `taskscape label examples/instructions.jsonl -o labelled.jsonl --summary`
    """
    if output is None and sunburst is None and not summary:
        raise UsageError("nothing to do: give -o FILE, --summary or --sunburst FILE")
    if sunburst is not None and sunburst.suffix not in (".svg", ".html"):
        raise UsageError(f"{sunburst}: a sunburst is written as .svg or .html")
    if sunburst is not None:
        from taskscape.records.output import check_place

        check_place(sunburst)
    console = running.console
    dataset, _ = open_source(data, reading, Encoding(), console)  # a store of any encoder, for --labeller reads anew
    if output is not None:
        from taskscape.records import check_output

        check_output(dataset, output, columns=COLUMNS)
        check_beside(output, dataset)
    rows, tasks = _label_all(dataset, labeller, console)
    if output is not None:
        _write(dataset, output, rows, tasks, console)
    counts = Counter(map(str, tasks))
    if sunburst is not None:
        _draw(sunburst, tasks, Path(data).name)
        console.note(f"sunburst: {sunburst}")
    kinds = Counter(task.kind.value for task in tasks)
    figures = {
        "rows": len(tasks),
        "rejected": dataset.rejects.count,
        "tasks": len(counts),
        "kinds": dict(kinds.most_common()),
        "counts": dict(counts.most_common()),
        "output": str(output) if output else None,
    }
    line = f"{counted(len(tasks), 'row')} asking for {counted(len(counts), 'task')}"
    console.result(figures, _table(counts, line) if summary else line)


def _label_all(dataset: Dataset, labeller: str, console: Console) -> tuple[list[int], list[Task]]:
    import taskscape.encoders  # noqa: F401 (makes the shipped model known as the default labeller)
    from taskscape.encoders.base import cores
    from taskscape.tasks import load_labeller
    from taskscape.tasks.syntax import ParserLabeller

    chosen = ParserLabeller(processes=cores()) if labeller == ParserLabeller.name else load_labeller(labeller)
    rows: list[int] = []
    tasks: list[Task] = []
    with console.progress("labelling") as progress:
        for batch in dataset.batches():
            rows += batch.column("row").to_pylist()
            tasks += chosen.label(batch.column("instruction").to_pylist())
            if progress is not None:
                progress(len(tasks), None)
    return rows, tasks


def _draw(sunburst: Path, tasks: list[Task], title: str) -> None:
    from taskscape.cli.pages import write_page
    from taskscape.report.sunburst import sunburst_page, sunburst_svg

    draw = sunburst_page if sunburst.suffix == ".html" else sunburst_svg
    write_page(sunburst, draw(Counter((task.verb, task.noun) for task in tasks), title=title))


def _write(dataset: Dataset, output: Path, rows: list[int], tasks: list[Task], console: Console) -> None:
    import numpy as np

    from taskscape.records import write_dataset

    write_rejects(dataset, None, output, console)
    write_dataset(
        dataset,
        output,
        rows=np.asarray(rows, dtype=np.int64),
        columns=dict(
            zip(
                COLUMNS,
                (
                    [str(task) for task in tasks],
                    [task.verb for task in tasks],
                    [task.noun for task in tasks],
                    [task.kind.value for task in tasks],
                    [round(task.confidence, 3) for task in tasks],
                ),
                strict=True,
            )
        ),
    )


def _table(counts: Counter[str], title: str) -> Table:
    from rich.table import Table

    table = Table("task", "rows", "share", title=title)
    total = counts.total()
    for task, count in counts.most_common(SHOWN):
        table.add_row(task, f"{count:,}", f"{count / total:.1%}")
    if len(counts) > SHOWN:
        rest = total - sum(count for _, count in counts.most_common(SHOWN))
        table.add_row(f"{len(counts) - SHOWN:,} others", f"{rest:,}", f"{rest / total:.1%}")
    return table
