"""``taskscape map``: an instruction file → one page that shows what it asks for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskscape.cli.cluster import Clusters, Method, cluster_count
from taskscape.cli.console import counted
from taskscape.cli.inputs import check_beside, encoder_for, open_source, write_rejects
from taskscape.cli.options import Data, Encoding, Reading, Running, with_groups
from taskscape.cli.pages import check_page

if TYPE_CHECKING:
    from rich.console import RenderableType

    from taskscape.report.task_map import TaskMap

SHOWN = 12  # clusters in the printed summary
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Page to write (.html).")]


@with_groups
def map_data(
    data: Data,
    reading: Reading,
    encoding: Encoding,
    running: Running,
    *,
    output: Output = Path("map.html"),
    clusters: Clusters = "auto",
    method: Method = "kmeans",
    title: Annotated[str | None, typer.Option(help="Heading of the page.", show_default="the file's name")] = None,
    parquet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the map as a table for Embedding Atlas.", show_default=False),
    ] = None,
) -> None:
    """Draw the task map of DATA: one offline HTML page, and a short summary.

    Example: `taskscape map examples/instructions.jsonl -o map.html`
    """
    start = time.perf_counter()
    k = cluster_count(clusters)
    check_page(output)
    console = running.console
    dataset, store = open_source(data, reading, encoding, console)

    from taskscape.report.atlas import check_atlas, write_atlas
    from taskscape.report.task_map import map_page

    check_beside(output, dataset)
    if parquet is not None:
        check_atlas(dataset, parquet)

    imported = time.perf_counter() - start
    with console.progress("embedding") as progress:
        made = map_page(
            dataset,
            encoder=None if store is not None else encoder_for(dataset, encoding),
            store=store,
            k=k,
            method=method,
            title=title,
            seed=running.seed,
            cache_dir=encoding.cache_dir,
            use_cache=not encoding.no_cache,
            progress=progress,
        )
    write_rejects(dataset, made.store, output, console)
    made.write(output)
    atlas = write_atlas(dataset, made, parquet) if parquet is not None else None
    if atlas:
        console.note(f"{parquet} is a table for Embedding Atlas: {atlas}")
    stages = {"start": imported, **made.stages, "total": time.perf_counter() - start}
    groups = made.summary["groupings"]
    figures = {
        "output": str(output),
        "bytes": output.stat().st_size,
        "rows": made.summary["rows"],
        "rejected": made.summary["rejected"],
        "recognised": dataset.recognised,
        "encoder": made.summary["encoder"],
        "clusters": [{key: group[key] for key in ("name", "size", "terms")} for group in groups[0]["groups"]],
        "tasks": [{"task": group["name"], "size": group["size"]} for group in groups[-1]["groups"] if groups[1:]],
        **({"parquet": str(parquet), "atlas": atlas} if atlas else {}),
        "stages": {name: round(seconds, 3) for name, seconds in stages.items()},
    }
    console.result(figures, _summary(made, output, stages["total"]))


def _summary(made: TaskMap, output: Path, seconds: float) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    summary = made.summary
    clusters = summary["groupings"][0]["groups"]
    table = Table("cluster", "rows", "share", "terms", title=f"What {summary['source']} asks for", title_justify="left")
    for group in clusters[:SHOWN]:
        share = f"{group['size'] / summary['rows']:.1%}"
        table.add_row(group["name"][:48], f"{group['size']:,}", share, ", ".join(group["terms"][:4]))
    rest = f" ({len(clusters) - SHOWN} more on the page)" if len(clusters) > SHOWN else ""
    rejected = f", {counted(summary['rejected'], 'bad row')} set aside" if summary["rejected"] else ""
    groups = f"{counted(summary['rows'], 'row')} in {counted(len(clusters), 'cluster')}{rest}"
    line = f"{groups}{rejected}; {output} written in {seconds:.1f} s"
    return Group(table, line)
