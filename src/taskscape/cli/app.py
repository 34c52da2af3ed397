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


app.command("map")(map_data)
app.command()(label)
app.command()(embed)
app.command()(cluster)
app.command()(select)
app.command()(dedup)
app.command()(compare)
app.command()(compress)
app.command()(estimate)
app.command()(index)
app.command()(search)
app.command()(demos)
app.command()(infer)
app.command()(train)
app.command()(encoders)
app.command()(doctor)
app.add_typer(
    bench.commands, name="bench", help="Measure encoders on the IEB, on your own labels, or over a whole grid."
)
app.add_typer(ieb.commands, name="ieb", help="Build, check or fetch an instruction embedding benchmark (IEB).")


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
