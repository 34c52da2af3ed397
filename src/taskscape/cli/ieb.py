"""``taskscape ieb``: build an instruction embedding benchmark, check one, or fetch the published files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskscape.cli.options import Labeller, OutputFolder, Reading, Running, with_groups
from taskscape.errors import DataError, UsageError

if TYPE_CHECKING:
    from taskscape.benchmark.review import Estimate
    from taskscape.benchmark.samples import Sample
    from taskscape.endpoints import Endpoint

commands = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")

MODEL = "Language model (optional)"
Sources = Annotated[
    list[str], typer.Argument(metavar="SOURCES...", help="Instruction files to build from.", show_default=False)
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of IEB files.", show_default=False)]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1.", rich_help_panel=MODEL
    ),
]
Model = Annotated[str | None, typer.Option(metavar="NAME", help="Model on that server.", rich_help_panel=MODEL)]
KeyVariable = Annotated[
    str, typer.Option(metavar="NAME", help="Environment variable that holds the key.", rich_help_panel=MODEL)
]
Rate = Annotated[
    float | None, typer.Option(metavar="N", help="Most requests a minute.", rich_help_panel=MODEL, min=0.01)
]
Concurrency = Annotated[int, typer.Option(metavar="N", help="Requests at once.", rich_help_panel=MODEL, min=1)]
Prices = Annotated[
    tuple[float, float] | None,
    typer.Option(metavar="IN OUT", help="Prices of a million tokens, for the estimate.", rich_help_panel=MODEL),
]


@commands.command()
@with_groups
def build(
    sources: Sources,
    output: OutputFolder,
    reading: Reading,
    running: Running,
    *,
    labeller: Labeller = "default",
    rare: Annotated[int, typer.Option(help="Drop tasks with fewer rows.", min=1)] = 5,
    cap: Annotated[int, typer.Option(help="Keep at most so many rows of a task.", min=1)] = 100,
    eft_share: Annotated[float, typer.Option(help="Share of the tasks for embeddings (EFT).")] = 0.3,
    test_share: Annotated[float, typer.Option(help="Share of each split's tasks that is its test.")] = 0.35,
    pairs: Annotated[int, typer.Option(help="Pairs of the similarity test.", min=0)] = 2500,
    llm_base_url: BaseUrl = None,
    llm_model: Model = None,
    llm_key_variable: KeyVariable = "OPENAI_API_KEY",
    llm_concurrency: Concurrency = 8,
    llm_rate: Rate = None,
    llm_prices: Prices = None,
) -> None:
    """Build a benchmark from raw instruction files, in the published form.

    Example: `taskscape ieb build alpaca.json dolly.jsonl -o my-ieb`
    """
    from rich.table import Table

    from taskscape.benchmark.construction import Settings
    from taskscape.benchmark.construction import build as build_benchmark
    from taskscape.benchmark.publication import check_folder, write_benchmark
    from taskscape.benchmark.review import Reviewer
    from taskscape.benchmark.samples import read_samples
    from taskscape.endpoints import AnswerLog
    from taskscape.tasks import load_labeller, merge_synonyms

    target = output.resolve()  # answers are kept beside it, and `.` has no name to put them under
    check_folder(target)
    console = running.console
    settings = Settings(rare, cap, eft_share, test_share, pairs, seed=running.seed)
    samples: list[Sample] = []
    for source in sources:
        dataset = reading.open(source)
        before = len(samples)
        samples += read_samples(dataset)
        console.note(f"{source}: {dataset.recognised}: {len(samples) - before:,} rows")
    reviewer = None
    with console.progress("asking the model") as progress:
        if llm_base_url or llm_model:
            endpoint = _endpoint(llm_base_url, llm_model, llm_key_variable, llm_concurrency, llm_rate)
            reviewer = Reviewer(
                endpoint,
                str(llm_model),
                AnswerLog(target.with_name(f"{target.name}.answers.jsonl")),
                announce=lambda step, estimate: console.note(_estimate_line(step, estimate, llm_prices)),
                progress=progress,
            )
        built = build_benchmark(
            samples,
            settings,
            labeller=load_labeller(labeller).label,
            merger=merge_synonyms,
            reviewer=reviewer,
        )
    write_benchmark(built, target, settings)
    for note in built.notes:
        console.note(note)
    table = Table("stage", "samples", "tasks", title=f"{output}")
    for stage, count, tasks in built.stages:
        table.add_row(stage, f"{count:,}", f"{tasks:,}" if tasks else "")
    stages = [{"stage": stage, "samples": count, "tasks": tasks} for stage, count, tasks in built.stages]
    console.result({"output": str(output), "stages": stages, "pairs": len(built.pairs), "notes": built.notes}, table)


def _endpoint(
    base_url: str | None, model: str | None, key_variable: str, concurrency: int, rate: float | None
) -> Endpoint:
    from taskscape.endpoints import Endpoint

    if not base_url or not model:
        raise UsageError("a language model needs both --llm-base-url and --llm-model")
    return Endpoint(base_url, key_variable=key_variable, concurrency=concurrency, requests_per_minute=rate)


def _estimate_line(step: str, estimate: Estimate, prices: tuple[float, float] | None) -> str:
    tokens = f"about {estimate.prompt_tokens:,} tokens in and {estimate.completion_tokens:,} out"
    cost = f", about {estimate.cost(*prices):.2f} at these prices" if prices else ""
    return f"{step}: {estimate.requests:,} requests to send, {tokens}{cost}"


@commands.command()
@with_groups
def check(folder: Folder, running: Running) -> None:
    """Check a folder of IEB files: counts, repeated texts, leaks between splits. Exit code 3 when it is not sound.

    Example: `taskscape ieb check my-ieb`
    """
    from rich.table import Table

    from taskscape.benchmark.checking import check as check_folder

    checked = check_folder(folder)
    table = Table("file", "texts", "tasks", title=f"{folder}: {'sound' if checked.sound else 'not sound'}")
    for name, (texts, tasks) in checked.counts.items():
        table.add_row(name, f"{texts:,}", f"{tasks:,}" if tasks else "")
    for finding in checked.findings:
        running.console.note(f"{'error' if finding.error else 'note'}: {finding.file}: {finding.problem}")
    running.console.result(asdict(checked) | {"sound": checked.sound}, table)
    if not checked.sound:
        raise typer.Exit(DataError.exit_code)


@commands.command()
@with_groups
def fetch(output: OutputFolder, running: Running) -> None:
    """Get the published files from the authors' public repository; checksums are recorded on the first fetch.

    Example: `taskscape ieb fetch -o ieb`
    """
    from taskscape.benchmark.fetching import FILES, fetch

    fetched = fetch(output)
    running.console.result(
        {"output": str(output), "fetched": [path.name for path in fetched]},
        f"{len(fetched)} of {len(FILES)} files fetched to {output}; the others were there and unchanged.",
    )
