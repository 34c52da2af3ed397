"""The ``taskscape`` command: one typer app, one file per command."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from taskscape.cli import bench, ieb
from taskscape.cli.cluster import cluster
from taskscape.cli.compare import compare
from taskscape.cli.compress import compress
from taskscape.cli.dedup import dedup
from taskscape.cli.demos import demos
from taskscape.cli.doctor import doctor
from taskscape.cli.embed import embed
from taskscape.cli.encoders import encoders
from taskscape.cli.estimate import estimate
from taskscape.cli.index import index
from taskscape.cli.infer import infer
from taskscape.cli.label import label
from taskscape.cli.map import map_data
from taskscape.cli.search import search
from taskscape.cli.select import select
from taskscape.cli.train import train
from taskscape.errors import TaskscapeError

app = typer.Typer(
    name="taskscape",
    help="Read instruction data by the **task** that each instruction asks for.",
    epilog="Start here: `taskscape map FILE` writes a picture of any instruction file.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        sys.stdout.write(f"taskscape {installed_version('taskscape')}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Read instruction data by the task that each instruction asks for."""


LOOK, CURATE, SHOW = "See what data asks for", "Choose and compare data", "Find examples, ask models"
SHRINK, ENCODERS = "Shrink benchmarks", "Encoders and their benchmark"

app.command("map", rich_help_panel=LOOK)(map_data)
app.command(rich_help_panel=LOOK)(label)
app.command(rich_help_panel=LOOK)(embed)
app.command(rich_help_panel=LOOK)(cluster)
app.command(rich_help_panel=CURATE)(select)
app.command(rich_help_panel=CURATE)(dedup)
app.command(rich_help_panel=CURATE)(compare)
app.command(rich_help_panel=SHOW)(index)
app.command(rich_help_panel=SHOW)(search)
app.command(rich_help_panel=SHOW)(demos)
app.command(rich_help_panel=SHOW)(infer)
app.command(rich_help_panel=SHRINK)(compress)
app.command(rich_help_panel=SHRINK)(estimate)
app.command(rich_help_panel=ENCODERS)(train)
app.add_typer(
    bench.commands,
    name="bench",
    help="Measure encoders on the IEB, on your own labels, or over a whole grid.",
    rich_help_panel=ENCODERS,
)
app.add_typer(
    ieb.commands,
    name="ieb",
    help="Build, check or fetch an instruction embedding benchmark (IEB).",
    rich_help_panel=ENCODERS,
)
app.command(rich_help_panel=ENCODERS)(encoders)
app.command(rich_help_panel=ENCODERS)(doctor)


def main() -> None:
    """Run the command line; an error that taskscape foresaw is one line and an exit code, never a traceback."""
    try:
        app()
    except TaskscapeError as error:
        sys.stderr.write(f"taskscape: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output went away (`| head`)
        sys.stderr.close()
        sys.exit(0)
