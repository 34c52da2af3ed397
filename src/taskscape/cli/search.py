"""``taskscape search``: the rows of an index, a store or a data file that are nearest to a text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskscape.cli.inputs import embed_cached, open_data, open_store
from taskscape.cli.options import Encoding, Reading, Running, with_groups
from taskscape.errors import DataError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from taskscape.cli.console import Console
    from taskscape.records import Dataset
    from taskscape.vectors import Store

SHOWN = 300  # characters of a row in the table
Searched = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="What to search: an index, a store, or an instruction file, which is embedded first.",
        show_default=False,
    ),
]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.", show_default=False)]
Count = Annotated[int, typer.Option("-k", metavar="N", help="How many rows.", min=1)]
Diversity = Annotated[
    float | None, typer.Option(metavar="0..1", help="How much being unlike the others counts (MMR); 0: the nearest.")
]


@with_groups
def search(
    data: Searched,
    text: Text,
    reading: Reading,
    encoding: Encoding,
    running: Running,
    *,
    k: Count = 5,
    diversity: Diversity = None,
) -> None:
    """Print the rows of DATA whose task is nearest to that of TEXT.

    An index or a store answers at once; a file is embedded first, and its embeddings are kept for the next time.

    Example: `taskscape search my-index "Compose verse about the ocean." -k 5`
    """
    from taskscape.analysis import retrieve
    from taskscape.vectors import open_index
    from taskscape.vectors.querying import encoder_of, kept_texts

    if not text.strip():
        raise UsageError("there is nothing to look for: TEXT is empty")
    store, dataset = _store(data, reading, encoding, running.console)
    if k > len(store):
        raise UsageError(f"-k is {k} and {data} has {len(store):,} rows: take 1 to that many")
    encoder = encoder_of(store, dataset)
    pool = open_index(store, seed=running.seed)
    matches = retrieve(encoder.encode([text]), pool, k=k, diversity=diversity)
    texts, tasks = kept_texts(store, dataset), store.tasks()
    found = [
        {
            "row": int(store.rows[place]),
            "similarity": round(float(similarity), 4),
            "task": str(tasks[place]) if tasks else None,
            "instruction": texts[place],
        }
        for place, similarity in zip(matches.indices[0].tolist(), matches.similarities[0], strict=True)
        if place >= 0
    ]
    value = {"query": text, "method": matches.method, "recall": round(matches.recall, 4), "matches": found}
    running.console.result(value, _table(found))


def _store(data: str, reading: Reading, encoding: Encoding, console: Console) -> tuple[Store, Dataset | None]:
    """Open DATA, and embed it where that was not done, with its rows where DATA is a file.

    The name of an index that was never made says how to make it.
    """
    from taskscape.vectors import is_store

    if is_store(data):
        return open_store(data, encoding), None
    try:
        dataset = open_data(data, reading, console)
    except DataError as error:
        if os.path.exists(data):  # noqa: PTH110 - a name that is too long is not there, and no error
            raise
        raise DataError(f"{error} An index is made by `taskscape index DATA -o {data}`.") from error
    return embed_cached(dataset, encoding, console), dataset


def _table(found: list[dict[str, Any]]) -> Table:
    from rich.table import Table

    from taskscape.report.excerpt import excerpt

    labelled = any(match["task"] for match in found)
    table = Table("row", "similarity", *(["task"] if labelled else []), "instruction")
    for match in found:
        shown = " ".join(excerpt(match["instruction"], SHOWN).split())
        task = [excerpt(match["task"], 40)] if labelled else []
        table.add_row(f"{match['row']:,}", f"{match['similarity']:.3f}", *task, shown)
    return table
