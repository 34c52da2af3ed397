"""``taskscape estimate``: scores on a tiny benchmark → what models would score on the whole one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskscape.cli.options import Running, with_groups
from taskscape.cli.pages import Report, asked_for, check_page, write_report
from taskscape.errors import DataError

if TYPE_CHECKING:
    from rich.table import Table

    from taskscape.analysis.compression.tiny_benchmark import Ranking

Tiny = Annotated[
    Path, typer.Argument(metavar="TINY", help="A folder that `taskscape compress` wrote.", show_default=False)
]
Scores = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help="Scores on the chosen items, in their order: CSV or Parquet, a column per model; or JSON lists by model.",
        show_default=False,
    ),
]


@with_groups
def estimate(
    tiny: Tiny,
    running: Running,
    *,
    scores: Scores,
    level: Annotated[float, typer.Option(help="Chance that an interval holds the true score.")] = 0.9,
    report: Report = None,
) -> None:
    """Estimate what models would score on the whole benchmark, each with an interval, and rank them.

    Example: `taskscape estimate tiny --scores new.csv`
    """
    from taskscape.cli.tiny_folder import read_tiny
    from taskscape.records.scores import read_scores

    check_page(report)
    benchmark = read_tiny(tiny)
    known = read_scores(scores)
    if len(known.scores) != len(benchmark):
        raise DataError(
            f"{scores} has {len(known.scores):,} rows of scores and {tiny} has {len(benchmark):,} items. Write one row "
            "for each item of its file, in that order, empty where a score is missing."
        )
    columns = dict(zip(known.models, known.scores.T, strict=True))
    ranking = benchmark.rank(columns, level=level)
    if report is not None:
        from taskscape.report.pages.ranking import render_ranking

        write_report(
            report,
            render_ranking(ranking, benchmark, settings=asked_for(benchmark=tiny, scores=scores)),
            running.console,
        )
    figures = {
        "items": benchmark.items,
        "size": len(benchmark),
        "level": level,
        "models": [row | {"tie": tie} for row, tie in zip(ranking.to_table().to_pylist(), ranking.ties, strict=True)],
    }
    running.console.result(figures, _table(ranking, benchmark.items, level))


def _table(ranking: Ranking, items: int, level: float) -> Table:
    from rich.table import Table

    table = Table(
        "rank", "model", "score", f"{level:.0%} interval", "items",
        title=f"Estimated score on all {items:,} items",
        caption="=: the interval reaches that of the model before; their order may be chance",
        caption_justify="left",
    )  # fmt: skip
    lines = zip(ranking.names, ranking.estimates, ranking.ties, strict=True)
    for rank, (name, own, tie) in enumerate(lines, start=1):
        mark = f"{rank}{' =' if tie else ''}"
        table.add_row(mark, name, f"{own.mean:.3f}", f"{own.low:.3f} to {own.high:.3f}", f"{own.items:,}")
    return table
