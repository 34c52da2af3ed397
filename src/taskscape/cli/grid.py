"""``taskscape bench run``: a whole grid of encoders, templates, poolings, clusterings and tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskscape.cli.options import OutputFolder, Running, with_groups
from taskscape.errors import EncoderError

if TYPE_CHECKING:
    from taskscape.benchmark.grid import GridResults

GridFile = Annotated[
    str,
    typer.Argument(metavar="GRID", help="A grid file (YAML), or `paper` or `offline`, which ship.", show_default=False),
]
IebFolder = Annotated[
    Path | None,
    typer.Option("--ieb", metavar="DIR", help="Folder with the published IEB files, in place of the grid's."),
]


@with_groups
def run(grid: GridFile, output: OutputFolder, running: Running, ieb: IebFolder = None) -> None:
    """Measure every encoder of a grid file, and write results.md, results.json and results.html.

    Each figure is kept as it comes: the same command goes on where it was cut off, and computes only what is new. What
    fails is recorded, and the rest goes on. Seeds are told by the grid file.

    Example: `taskscape bench run offline --ieb ieb -o results`
    """
    from taskscape.benchmark.grid import run_grid
    from taskscape.benchmark.grid_file import read_grid
    from taskscape.benchmark.grid_table import grid_rows
    from taskscape.cli.bench import table_of

    console = running.console
    asked = read_grid(grid, ieb=ieb)
    with console.progress(asked.title) as progress:
        results = run_grid(
            asked, output, note=console.note, progress=progress, publish=lambda so_far: _publish(so_far, output)
        )
    kept = len(results.cells) - results.computed
    console.note(f"{results.computed:,} figures computed, {kept:,} were there; {len(results.failures):,} failed")
    if not results.cells:
        raise EncoderError(f"nothing could be measured: {output / 'results.md'} says why.")
    console.result(results.to_dict(), table_of(grid_rows(results), f"{asked.title}: {output / 'results.html'}"))


def _publish(results: GridResults, folder: Path) -> None:
    """Write the results so far, each file in one step."""
    import json

    from taskscape.benchmark.grid_table import grid_markdown
    from taskscape.report.pages.grid import grid_page
    from taskscape.vectors.files import write_bytes

    plain = json.dumps(results.to_dict(), ensure_ascii=False, indent=1)
    for name, text in (
        ("results.json", plain),
        ("results.md", grid_markdown(results)),
        ("results.html", grid_page(results)),
    ):
        write_bytes(folder / name, text.encode())
