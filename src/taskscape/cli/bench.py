"""``taskscape bench``: how well encoders tell tasks apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskscape.cli.options import Running, with_groups
from taskscape.errors import DataError

if TYPE_CHECKING:
    from rich.table import Table

    from taskscape.benchmark.evaluation import Scores

Encoders = Annotated[
    list[str], typer.Argument(metavar="ENCODER…", help="Encoders: names, st:PATH, folders.", show_default=False)
]
IebFolder = Annotated[
    Path, typer.Option("--ieb", metavar="DIR", help="Folder with the published IEB files.", show_default=False)
]
Seeds = Annotated[int, typer.Option(min=1, help="Seeds of k-means for mean and spread, counted up from --seed.")]
Seen = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Tasks seen in training, one a line: adds IIS on pairs of unseen tasks."),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")]


@with_groups
def bench(
    encoders: Encoders,
    ieb: IebFolder,
    running: Running,
    seeds: Seeds = 5,
    seen: Seen = None,
    markdown: Markdown = False,
) -> None:
    """Run the two tests of the Instruction Embedding Benchmark on encoders, and print one table.

    ICT clusters the instructions of unseen tasks; IIS correlates the cosine of two instructions with "same task".

    Example: `taskscape bench default tfidf random --ieb ieb`
    """
    from taskscape.benchmark.evaluation import evaluate
    from taskscape.benchmark.ieb import read_ieb
    from taskscape.encoders import load_encoder

    console = running.console
    tests = read_ieb(ieb)
    tasks = _read_tasks(seen)
    results = []
    for name in encoders:
        with console.progress(name) as progress:
            encoder = load_encoder(name)
            results.append(evaluate(encoder, tests, seed=running.seed, seeds=seeds, seen=tasks, progress=progress))
        if overlong := getattr(encoder, "overlong", 0):
            console.note(f"{name}: {overlong:,} texts are longer than it reads at once, and were read in windows")
    rows = [_cells(scores) for scores in results]
    if markdown and not running.json:
        typer.echo(_markdown(rows))  # as it is: lines must not be wrapped to the terminal
        return
    title = f"{tests.labelled.tasks} tasks, {len(tests.labelled.texts):,} texts"
    console.result([scores.to_dict() for scores in results], _table(rows, title))


def _read_tasks(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as a list of tasks: {error}") from error


def _cells(scores: Scores) -> dict[str, str]:
    """One row of the table, by its heads."""
    ict, iis, unseen = scores.clustering, scores.similarity, scores.similarity_unseen
    cells: dict[str, Any] = {
        "encoder": scores.encoder,
        "d": str(scores.dimension),
        "ARI": ict.ari,
        "ARI, seeds": f"{_plain(ict.ari_mean)} ± {_plain(ict.ari_sd)}",
        "purity": ict.purity,
        "homog.": ict.homogeneity,
        "V": ict.v_measure,
        "silh.": ict.silhouette,
        "P@1": scores.precision_at_1,
        "P@5": scores.precision_at_5,
        "IIS": iis.spearman,
        "ceiling": iis.ceiling,
        "AUC": iis.auc,
    }
    if unseen is not None:
        cells |= {"IIS unseen": f"{_plain(unseen.spearman)} of {_plain(unseen.ceiling)}"}
    cells["texts/s"] = f"{scores.texts_per_second:,.0f}"
    return {head: cell if isinstance(cell, str) else _plain(cell) for head, cell in cells.items()}


def _plain(value: float) -> str:
    """Write a share as the literature does: .824."""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"


def _table(rows: list[dict[str, str]], title: str) -> Table:
    from rich.table import Table

    table = Table(title=title)
    for head in _heads(rows):
        table.add_column(head, justify="left" if head == "encoder" else "right")
    for row in rows:
        table.add_row(*(row.get(head, "") for head in _heads(rows)))
    return table


def _markdown(rows: list[dict[str, str]]) -> str:
    heads = _heads(rows)
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *([row.get(head, "") for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _heads(rows: list[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(head for row in rows for head in row))
