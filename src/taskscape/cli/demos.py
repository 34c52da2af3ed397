"""``taskscape demos``: for each query its demonstrations from a pool, as rows or as ready prompts."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from taskscape.cli.console import counted
from taskscape.cli.inputs import check_beside, encoder_for, open_source, write_rejects
from taskscape.cli.options import Encoding, OutputFile, Reading, Running, with_groups
from taskscape.cli.pages import Report, asked_for, check_page, names_of, write_report
from taskscape.cli.sources import Source, require_one_encoder
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.analysis import Blend, Matches
    from taskscape.cli.console import Console
    from taskscape.encoders import Encoder
    from taskscape.records import Dataset
    from taskscape.report.demonstrations import Examples
    from taskscape.vectors import Index, Store

CHOOSING = "Choosing"
Queries = Annotated[
    str,
    typer.Argument(
        metavar="QUERIES",
        help="What demonstrations are sought for: an instruction file or a store.",
        show_default=False,
    ),
]
Pool = Annotated[
    str,
    typer.Option(metavar="DATA", help="Where demonstrations come from: a file or a store.", show_default=False),
]
Count = Annotated[int, typer.Option("-k", metavar="N", help="Demonstrations for each query.", min=1)]
Diversity = Annotated[
    float | None,
    typer.Option(
        metavar="0..1", help="How much being unlike the others counts (MMR); 0: the nearest.", rich_help_panel=CHOOSING
    ),
]
SameTask = Annotated[
    bool, typer.Option("--same-task", help="Only rows of the query's own task.", rich_help_panel=CHOOSING)
]
Weight = Annotated[
    float | None,
    typer.Option(metavar="0..1", help="Share of similarity by topic, by a second encoder.", rich_help_panel=CHOOSING),
]
BlendEncoder = Annotated[
    str, typer.Option(metavar="NAME", help="The second encoder, for --blend.", rich_help_panel=CHOOSING)
]
Shape = Literal["rows", "alpaca", "chatml", "messages", "plain"]
As = Annotated[
    Shape,
    typer.Option("--as", help="Rows with their demonstrations, or ready prompts, the nearest demonstration last."),
]


class Side(NamedTuple):
    """Queries or pool: what is compared, and what is shown."""

    dataset: Dataset
    store: Store
    examples: Examples


@with_groups
def demos(
    queries: Queries,
    output: OutputFile,
    pool: Pool,
    reading: Reading,
    encoding: Encoding,
    running: Running,
    *,
    k: Count = 4,
    diversity: Diversity = None,
    same_task: SameTask = False,
    blend: Weight = None,
    blend_encoder: BlendEncoder = "minilm",
    form: As = "rows",
    report: Report = None,
) -> None:
    """Find for each row of QUERIES the k rows of a pool that show best how its task is done.

    A demonstration is never the query itself or a copy of it. Both sides may be stores; a store's encoder counts. A row
    of the pool without an answer is left out of prompts.

    Example: `taskscape demos examples/chats.jsonl --pool examples/instructions.jsonl -o demos.jsonl`
    """
    import numpy as np

    from taskscape.analysis import retrieve
    from taskscape.report.demonstrations import Requests, check_lines, write_lines

    console = running.console
    check_lines(output)
    check_page(report)
    asked, searched = _sides(queries, pool, reading, encoding, console)
    check_beside(output, asked.dataset, searched.dataset)
    if searched.store.rejected:
        console.note(f"{pool}: {counted(searched.store.rejected, 'bad row')} left out")
    usable = np.arange(len(searched.store)) if form == "rows" else np.flatnonzero(searched.examples.answered)
    if k > len(usable):
        what = "rows" if form == "rows" else "rows with an answer"
        raise UsageError(f"-k is {k} and {pool} has {len(usable):,} {what}: take 1 to that many")
    shown = searched.examples.take(usable)
    with console.progress("searching") as progress:
        matches = retrieve(
            asked.store.embeddings(),
            _pool(searched, usable, whole=not (same_task or blend), seed=running.seed),
            k=k,
            diversity=diversity,
            tasks=(_tasks(asked), [_tasks(searched)[place] for place in usable]) if same_task else None,
            blend=_blend(asked, searched, usable, blend, blend_encoder, encoding, console),
            texts=(Requests(asked.examples), Requests(shown)),
            seed=running.seed,
            progress=progress,
        )
    if report is not None:
        settings = asked_for(
            queries=names_of(asked.dataset), pool_of=names_of(searched.dataset), diversity=diversity, blend=blend,
            same_task="yes" if same_task else None,
        )  # fmt: skip
        write_report(report, _page(asked, searched, usable, shown, matches, settings), console)
    write_rejects(asked.dataset, asked.store, output, console)
    write_lines(output, _lines(asked, searched, shown, matches, form))
    _report(console, output, matches, asked, searched, pool=len(usable))


def _sides(queries: str, pool: str, reading: Reading, encoding: Encoding, console: Console) -> tuple[Side, Side]:
    """Open both, and embed what is no store by the encoder of the other, or else by the one that was asked for."""
    from taskscape.report.demonstrations import Examples
    from taskscape.vectors.querying import encoder_of

    (asked, asked_store), (searched, searched_store) = (
        open_source(data, reading, encoding, console) for data in (queries, pool)
    )
    if asked_store and searched_store:
        require_one_encoder([Source(queries, asked, asked_store), Source(pool, searched, searched_store)])
    given = searched_store or asked_store
    if asked_store is None or searched_store is None:
        encoder = encoder_for(searched, encoding) if given is None else encoder_of(given)
        asked_store = asked_store or _embedded(asked, encoder, encoding, console)
        searched_store = searched_store or _embedded(searched, encoder, encoding, console)
    return (
        Side(asked, asked_store, Examples.read(asked)),
        Side(searched, searched_store, Examples.read(searched)),
    )


def _embedded(dataset: Dataset, encoder: Encoder, encoding: Encoding, console: Console) -> Store:
    from taskscape.vectors import embed

    with console.progress("embedding") as progress:
        return embed(
            dataset,
            encoder=encoder,
            cache_dir=encoding.cache_dir,
            use_cache=not encoding.no_cache,
            progress=progress,
        )


def _pool(side: Side, usable: NDArray[np.int64], *, whole: bool, seed: int) -> Index | NDArray[np.floating[Any]]:
    """Give what is searched: the store's own index where all of it is searched as it is."""
    from taskscape.vectors import open_index

    if whole and len(usable) == len(side.store):
        return open_index(side.store, seed=seed)
    return side.store.embeddings()[usable]


def _tasks(side: Side) -> list[str]:
    """Give the tasks of a side: its store's, or where the encoder does not label, those of the default labeller."""
    from taskscape.tasks import label

    return [str(task) for task in side.store.tasks() or label(side.dataset.texts())]


def _blend(
    asked: Side,
    searched: Side,
    usable: NDArray[np.int64],
    weight: float | None,
    name: str,
    encoding: Encoding,
    console: Console,
) -> Blend | None:
    from taskscape.analysis import Blend

    if weight is None:
        return None
    encoder = encoder_for(searched.dataset, dataclasses.replace(encoding, encoder=name))
    views = [_embedded(side.dataset, encoder, encoding, console).embeddings() for side in (asked, searched)]
    return Blend(views[0], views[1][usable], weight)


def _lines(asked: Side, searched: Side, shown: Examples, matches: Matches, form: Shape) -> Iterator[bytes]:
    from taskscape.report.demonstrations import prompt_lines, row_lines

    if form == "rows":
        return row_lines(asked.dataset, asked.examples.rows, searched.dataset, shown.rows, matches)
    return prompt_lines(asked.dataset, asked.examples, shown, matches, form=form)


def _page(
    asked: Side,
    searched: Side,
    usable: NDArray[np.int64],
    shown: Examples,
    matches: Matches,
    settings: dict[str, str],
) -> str:
    from taskscape.report.demonstrations import Requests
    from taskscape.report.pages.matches import render_matches

    tasks, pool_tasks = asked.store.tasks(), searched.store.tasks()
    return render_matches(
        matches,
        queries=Requests(asked.examples),
        pool=Requests(shown),
        pool_size=len(shown),
        rows=asked.examples.rows,
        pool_rows=shown.rows,
        answers=lambda places: [shown[int(place)].answer or "" for place in places],
        tasks=None if tasks is None or pool_tasks is None else (tasks, [pool_tasks[place] for place in usable]),
        settings={**settings, "encoder": asked.store.manifest.settings.encoder},
    )


def _report(console: Console, output: Path, matches: Matches, asked: Side, searched: Side, *, pool: int) -> None:
    found = matches.indices >= 0
    mean = float(matches.similarities[found].mean()) if found.any() else None
    fewer = int((matches.counts < matches.k).sum())
    figures = {
        "queries": len(matches.indices),
        "rejected": asked.store.rejected,
        "pool": pool,
        "pool_rejected": searched.store.rejected,
        "k": matches.k,
        "demonstrations": int(found.sum()),
        "fewer_than_k": fewer,
        "mean_similarity": None if mean is None else round(mean, 4),
        "method": matches.method,
        "recall": round(matches.recall, 4),
        "output": str(output),
    }
    line = f"{output}: {figures['demonstrations']:,} demonstrations for {figures['queries']:,} queries"
    line += f", mean similarity {mean:.3f}" if mean is not None else ""
    line += f"; {fewer:,} queries have fewer than {matches.k}" if fewer else ""
    console.result(figures, line)
