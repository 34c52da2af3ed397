"""The ``taskscape`` command: one typer app, one file per command, imported when it is called."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from taskscape.cli.lazy_group import Entry, LazyGroup
from taskscape.errors import TaskscapeError

LOOK, CURATE, SHOW = "See what data asks for", "Choose and compare data", "Find examples, ask models"
SHRINK, ENCODERS = "Shrink benchmarks", "Encoders and their benchmark"


class Commands(LazyGroup):
    """All commands of taskscape."""

    entries = {  # noqa: RUF012 (annotated in the base)
        "map": Entry(
            "taskscape.cli.map:map_data", LOOK, "Draw the task map of DATA: one offline HTML page, and a short summary."
        ),
        "label": Entry(
            "taskscape.cli.label:label",
            LOOK,
            "Write the rows of DATA with `task`, `verb`, `noun`, `task_kind` and `task_confidence` added.",
        ),
        "embed": Entry(
            "taskscape.cli.embed:embed",
            LOOK,
            "Embed every instruction of DATA into a store: a folder that other commands take in place of DATA.",
        ),
        "cluster": Entry(
            "taskscape.cli.cluster:cluster",
            LOOK,
            "Group the instructions of DATA and write its rows with `cluster` and `cluster_name` added.",
        ),
        "select": Entry(
            "taskscape.cli.select:select",
            CURATE,
            "Choose rows of DATA that stand for all, and write them in its own format and order.",
        ),
        "dedup": Entry(
            "taskscape.cli.dedup:dedup",
            CURATE,
            "Remove rows that repeat another one; the others come out in their own format and order.",
        ),
        "compare": Entry(
            "taskscape.cli.compare:compare",
            CURATE,
            "Compare data sets: distances, coverage, tasks that only one has, rows that they share.",
        ),
        "index": Entry(
            "taskscape.cli.index:index",
            SHOW,
            "Embed the instructions of DATA into a store that `taskscape search` and `taskscape demos` answer from.",
        ),
        "search": Entry(
            "taskscape.cli.search:search", SHOW, "Print the rows of DATA whose task is nearest to that of TEXT."
        ),
        "demos": Entry(
            "taskscape.cli.demos:demos",
            SHOW,
            "Find for each row of QUERIES the k rows of a pool that show best how its task is done.",
        ),
        "infer": Entry(
            "taskscape.cli.infer:infer",
            SHOW,
            "Ask a model every prompt and write `instruction`, `output`, `generator` and `dataset` of each to a "
            "JSON file.",
        ),
        "compress": Entry(
            "taskscape.cli.compress:compress",
            SHRINK,
            "Choose a few items of a benchmark that stand for all, and write them with what estimates the whole score.",
        ),
        "estimate": Entry(
            "taskscape.cli.estimate:estimate",
            SHRINK,
            "Estimate what models would score on the whole benchmark, each with an interval, and rank them.",
        ),
        "train": Entry(
            "taskscape.cli.train:train",
            ENCODERS,
            "Train a task encoder on your own data and write it as a sentence-transformers folder with a report.",
        ),
        "bench": Entry(
            "taskscape.cli.bench:commands",
            ENCODERS,
            "Measure encoders on the IEB, on your own labels, or over a whole grid.",
        ),
        "ieb": Entry(
            "taskscape.cli.ieb:commands", ENCODERS, "Build, check or fetch an instruction embedding benchmark (IEB)."
        ),
        "encoders": Entry(
            "taskscape.cli.encoders:encoders", ENCODERS, "List the encoders that `--encoder` and `bench` take by name."
        ),
        "doctor": Entry(
            "taskscape.cli.doctor:doctor",
            ENCODERS,
            "Print versions, shipped models, cores, extras and cache; try the shipped encoder; say what is missing.",
        ),
    }


app = typer.Typer(
    name="taskscape",
    cls=Commands,
    help="Read instruction data by the **task** that each instruction asks for.",
    epilog="Start here: `taskscape map FILE` writes a picture of any instruction file.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        sys.stdout.write(f"taskscape {version('taskscape')}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Read instruction data by the task that each instruction asks for."""


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
