"""``taskscape compress``: a benchmark → a few of its items that stand for all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taskscape.cli.inputs import check_beside, embed_cached, open_source, tasks_kept, write_rejects
from taskscape.cli.options import Encoding, OutputFolder, Reading, Running, with_groups
from taskscape.cli.pages import Report, asked_for, check_page, names_of, write_report
from taskscape.cli.select import parse_size
from taskscape.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import RenderableType

    from taskscape.analysis.compression.tiny_benchmark import TinyBenchmark
    from taskscape.records import Dataset
    from taskscape.records.scores import ModelScores
    from taskscape.vectors import Store

Benchmark = Annotated[
    str,
    typer.Argument(
        metavar="BENCH", help="The benchmark: an instruction file, a folder or a store.", show_default=False
    ),
]
Size = Annotated[
    str, typer.Option(metavar="N|SHARE", help="How many items: a count (50) or a share (0.1, 10%).", show_default=False)
]
Scores = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Other models' scores: CSV or Parquet, a row per item and a column per model; or JSON lists by model.",
    ),
]
Method = Annotated[
    Literal["auto", "expectation", "curves", "anchors", "balanced", "medoids", "random"],
    typer.Option(help="How items are chosen; auto is expectation with scores and balanced without."),
]
LmEval = Annotated[
    Path | None,
    typer.Option("--lm-eval", metavar="FILE", help="Also write item numbers for lm_eval --samples."),
]
LmEvalTask = Annotated[
    str | None, typer.Option("--lm-eval-task", metavar="NAME", help="Task name in it.", show_default="the file's name")
]


@with_groups
def compress(
    bench: Benchmark,
    output: OutputFolder,
    reading: Reading,
    encoding: Encoding,
    running: Running,
    *,
    size: Size,
    scores: Scores = None,
    method: Method = "auto",
    lm_eval: LmEval = None,
    lm_eval_task: LmEvalTask = None,
    report: Report = None,
) -> None:
    """Choose a few items of a benchmark that stand for all, and write them with what estimates the whole score.

    Creates a folder: the items in their own format, `tiny.json` (rows, weights), `estimator.npz`.

    Example: `taskscape compress examples/instructions.jsonl --size 30 -o tiny`
    """
    from taskscape.analysis import compress as compress_items
    from taskscape.cli.tiny_folder import check_folder, items_path, make_folder, write_tiny
    from taskscape.records import write_dataset

    wanted = parse_size(size)
    check_page(report)
    console = running.console
    known = _read(scores)
    dataset, store = open_source(bench, reading, encoding, console)
    check_folder(output)
    items = items_path(output, dataset)
    check_beside(items, dataset, also=[items])
    if store is None:
        store = embed_cached(dataset, encoding, console)
    matrix = None if known is None or scores is None else _matching(known, scores, store)
    with console.progress("leaving models out") as progress:
        tiny = compress_items(
            store.embeddings(),
            size=wanted,
            scores=matrix,
            tasks=store.tasks(),
            method=method,
            seed=running.seed,
            progress=progress,
        )
    rows = store.rows[tiny.indices]
    make_folder(output)
    write_rejects(dataset, store, items, console)
    write_dataset(dataset, items, rows=rows)
    more = {
        "source": [file.path.name for file in dataset.files],
        "items_file": items.name,
        "models": known.models if known else [],
        "seed": running.seed,
        "rows": rows.tolist(),
    }
    write_tiny(output, tiny, more)
    if report is not None:
        asked = asked_for(benchmark=names_of(dataset), scores=scores, encoder=store.manifest.settings.encoder)
        write_report(report, _page(tiny, dataset, store, matrix, asked | {"seed": str(running.seed)}), console)
    if lm_eval is not None:
        _write_samples(lm_eval, lm_eval_task or dataset.files[0].path.name.partition(".")[0], rows)
    console.notes(tiny.notes)
    console.result(_figures(tiny, store, output, items, more), _shown(tiny, output, items))


def _page(
    tiny: TinyBenchmark,
    dataset: Dataset,
    store: Store,
    scores: NDArray[np.float64] | None,
    asked: dict[str, str],
) -> str:
    from taskscape.report.layout_sample import sample_layout
    from taskscape.report.pages.tiny_benchmark import render_tiny_benchmark

    return render_tiny_benchmark(
        tiny,
        texts=lambda items: dataset.texts(store.rows[items]),
        rows=store.rows,
        tasks=store.tasks(),
        scores=scores,
        layout=sample_layout(store.embeddings(), tiny.indices),
        settings=asked,
    )


def _read(scores: Path | None) -> ModelScores | None:
    if scores is None:
        return None
    from taskscape.records.scores import read_scores

    return read_scores(scores)


def _matching(known: ModelScores, path: Path, store: Store) -> NDArray[np.float64]:
    """Give scores of the rows that were embedded; a file that counts bad rows too is cut to the good ones.

    Raises
    ------
    DataError
        The file has another number of rows.
    """
    given, good = len(known.scores), len(store.rows)
    if given == good:
        return known.scores
    every = good + store.rejected
    if given == every and int(store.rows[-1]) < every:
        return known.scores[store.rows]
    bad = f" ({every:,} with bad ones)" if every > good else ""
    raise DataError(
        f"{path} has {given:,} rows of scores and the benchmark has {good:,} items{bad}. Write one row for each "
        "item, in the benchmark's order."
    )


def _write_samples(path: Path, task: str, rows: NDArray[np.int64]) -> None:
    from taskscape.records.output import replacing

    with replacing(path) as partial:
        partial.write_text(json.dumps({task: rows.tolist()}) + "\n", encoding="utf8")


def _figures(tiny: TinyBenchmark, store: Store, output: Path, items: Path, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "output": str(output),
        "items_file": str(items),
        "items": tiny.items,
        "rejected": store.rejected,
        "size": len(tiny),
        "method": tiny.method,
        "models": len(more["models"]),
        "expected_error": tiny.expected_error,
        "random_error": tiny.random_error,
        "notes": list(tiny.notes),
        **tasks_kept(store, tiny.indices),
        "rows": more["rows"],
        "weights": tiny.weights.tolist(),
    }


def _shown(tiny: TinyBenchmark, output: Path, items: Path) -> RenderableType:
    lines = [f"{len(tiny):,} of {tiny.items:,} items chosen by: {tiny.method}"]
    if tiny.expected_error is not None and tiny.random_error is not None:
        ratio = tiny.expected_error / tiny.random_error if tiny.random_error else 1.0
        lines.append(
            f"error on models left out: {tiny.expected_error:.4f}, with as many random items: {tiny.random_error:.4f} "
            f"({ratio:.2f} times)"
        )
    lines.append(f"{output} written; run the model on {items.name}, then: taskscape estimate {output} --scores FILE")
    return "\n".join(lines)
