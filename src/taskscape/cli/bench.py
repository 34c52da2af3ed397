"""``taskscape bench``: how well encoders tell tasks apart."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taskscape.cli import grid
from taskscape.cli.defaults import DefaultGroup
from taskscape.cli.options import Running, with_groups
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from taskscape.benchmark.ieb import Ieb
    from taskscape.benchmark.tables import Row
    from taskscape.cli.console import Console

commands = typer.Typer(cls=DefaultGroup, rich_markup_mode="markdown")

LABELLED = "Your own labelled file"
Encoders = Annotated[
    list[str],
    typer.Argument(
        metavar="ENCODER…",
        help="Encoders: names, prefixed names (st:PATH), folders; labels:default and labels:parser take the task "
        "label itself as the cluster.",
        show_default=False,
    ),
]
IebFolder = Annotated[
    Path | None, typer.Option("--ieb", metavar="DIR", help="Folder with the published IEB files.", show_default=False)
]
Labelled = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Test on this file or folder instead: ICT and nearest neighbours.",
        show_default=False,
        rich_help_panel=LABELLED,
    ),
]
TextField = Annotated[
    str | None,
    typer.Option(
        metavar="FIELD",
        help="Field of the text, a dotted path; `*` takes every entry of a list. Recognised when not given.",
        show_default=False,
        rich_help_panel=LABELLED,
    ),
]
LabelField = Annotated[
    str | None,
    typer.Option(
        metavar="FIELD",
        help="Field of the label, a dotted path; `@file` takes the name of the row's file.",
        show_default=False,
        rich_help_panel=LABELLED,
    ),
]
Cap = Annotated[
    int | None,
    typer.Option(min=2, help="At most so many texts of a label, drawn by --seed.", rich_help_panel=LABELLED),
]
Clusters = Annotated[
    int | None,
    typer.Option("-k", "--clusters", metavar="N", min=2, help="Clusters; as many as labels when not given."),
]
Clustering = Annotated[
    Literal["kmeans", "agglomerative", "spectral", "dbscan", "fuzzy-cmeans"],
    typer.Option(help="A clustering of the published code, with its settings."),
]
Seeds = Annotated[int, typer.Option(min=1, help="Seeds for mean and spread, counted up from --seed.")]
Seen = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Tasks seen in training, one a line: adds IIS on pairs of two unseen tasks."),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")]


@commands.command(no_args_is_help=True)
@with_groups
def score(
    encoders: Encoders,
    running: Running,
    ieb: IebFolder = None,
    labelled: Labelled = None,
    text_field: TextField = None,
    label_field: LabelField = None,
    cap: Cap = None,
    clusters: Clusters = None,
    clustering: Clustering = "kmeans",
    seeds: Seeds = 5,
    seen: Seen = None,
    markdown: Markdown = False,
) -> None:
    """Run the two tests of the Instruction Embedding Benchmark on encoders, and print one table.

    ICT clusters the instructions of unseen tasks; IIS correlates the cosine of two instructions with "same task".
    `bench ENCODER…` is `bench score ENCODER…`; `bench run` runs a whole grid from a file.

    Example: `taskscape bench default labels:default tfidf random --ieb ieb`
    """
    from taskscape.benchmark.evaluation import evaluate
    from taskscape.benchmark.grid_file import read_tasks
    from taskscape.benchmark.label_line import load_contestant
    from taskscape.benchmark.tables import score_row, to_markdown

    console = running.console
    if (ieb is None) == (labelled is None):
        raise UsageError("give either --ieb DIR (both tests) or --labelled FILE (ICT on your own labels).")
    if labelled is not None:
        tests = _read_labelled(labelled, text_field, label_field, cap, running.seed, console)
    else:
        tests = _read_ieb(ieb, (text_field, label_field, cap))
    tasks = None if seen is None else read_tasks(seen)
    results = []
    for name in encoders:
        with console.progress(name) as progress:
            encoder = load_contestant(name)
            scores = evaluate(
                encoder,
                tests,
                clustering=clustering,
                k=clusters,
                seed=running.seed,
                seeds=seeds,
                seen=tasks,
                progress=progress,
            )
        results.append(scores)
        for remark in getattr(encoder, "remarks", ()):
            console.note(f"{name}: {remark}")
        if overlong := getattr(encoder, "overlong", 0):
            console.note(f"{name}: {overlong:,} texts are longer than it reads at once, and were read in windows")
    if tasks is not None and results[0].similarity_unseen is None:
        console.note("no figures on unseen tasks: no pairs of both kinds are left whose two tasks training did not see")
    rows = [score_row(scores) for scores in results]
    if markdown and not running.json:
        typer.echo(to_markdown(rows))  # as it is: lines must not be wrapped to the terminal
        return
    title = f"{tests.labelled.tasks} tasks, {len(tests.labelled.texts):,} texts, {clustering}"
    console.result([scores.to_dict() for scores in results], table_of(rows, title))


def _read_ieb(folder: Path | None, others: tuple[object, ...]) -> Ieb:
    from taskscape.benchmark.ieb import read_ieb

    if any(value is not None for value in others):
        raise UsageError("--text-field, --label-field and --cap go with --labelled FILE, not with --ieb DIR.")
    return read_ieb(folder or Path())


def _read_labelled(
    path: str, text_field: str | None, label_field: str | None, cap: int | None, seed: int, console: Console
) -> Ieb:
    from taskscape.benchmark.ieb import Ieb
    from taskscape.benchmark.labelled import read_labelled_file

    found = read_labelled_file(path, text_field=text_field, label_field=label_field, cap=cap, seed=seed)
    for note in found.notes:
        console.note(f"{path}: {note}")
    return Ieb(found.labelled)


# What is left out first where a terminal is too narrow for all.
LEAST = ("texts/s", "ceiling", "V", "floor", "verb", "noun", "pairs unseen", "AUC unseen", "clusters", "d", "silh.",
         "homog.", "P@5", "ARI, seeds", "purity", "label")  # fmt: skip


def table_of(rows: list[Row], title: str) -> Table:
    """Lay rows out for the terminal: an encoder a line, or an encoder a column, or without the lesser figures."""
    from rich.table import Table

    from taskscape.benchmark.tables import WORDS, heads_of

    width = shutil.get_terminal_size().columns
    lines = _texts(rows, heads_of(rows))
    caption = None
    if _width(lines) > width:
        turned = [list(line) for line in zip(*lines, strict=True)]
        if _width(turned) <= width:
            lines = turned
        else:
            heads = heads_of(rows)
            for least in LEAST:
                if _width(_texts(rows, heads)) <= width:
                    break
                heads = [head for head in heads if not head.endswith(least)]
            lines, caption = _texts(rows, heads), "The terminal is too narrow for all figures."
    table = Table(title=title, caption=caption)
    for number, head in enumerate(lines[0]):
        table.add_column(head, justify="left" if number == 0 or head in WORDS else "right")
    for line in lines[1:]:
        table.add_row(*line)
    return table


def _texts(rows: list[Row], heads: list[str]) -> list[list[str]]:
    return [heads, *([row[head].text if head in row else "" for head in heads] for row in rows)]


def _width(lines: list[list[str]]) -> int:
    """Width of a drawn table."""
    return 1 + sum(max(map(len, column)) + 3 for column in zip(*lines, strict=True))


commands.command("run")(grid.run)
