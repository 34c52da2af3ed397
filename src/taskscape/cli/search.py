"""``taskscape search``: the rows of an index that are nearest to a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskscape.cli.options import Running, with_groups
from taskscape.errors import StoreError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 300  # characters of a row in the table
Folder = Annotated[
    Path, typer.Argument(metavar="IDX", help="An index, or any store of `taskscape embed`.", show_default=False)
]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.", show_default=False)]
Count = Annotated[int, typer.Option("-k", metavar="N", help="How many rows.", min=1)]
Diversity = Annotated[
    float | None, typer.Option(metavar="0..1", help="How much being unlike the others counts (MMR); 0: the nearest.")
]


@with_groups
def search(folder: Folder, text: Text, running: Running, *, k: Count = 5, diversity: Diversity = None) -> None:
    """Print the rows of an index whose task is nearest to that of TEXT.

    Example: `taskscape search my-index "Compose verse about the ocean." -k 5`
    """
    from taskscape.analysis import retrieve
    from taskscape.vectors import Store, is_store, open_index
    from taskscape.vectors.querying import encoder_of, kept_texts

    if not text.strip():
        raise UsageError("there is nothing to look for: TEXT is empty")
    if not is_store(folder):
        raise StoreError(f"{folder} is no index. Make one with `taskscape index DATA -o {folder}`.")
    store = Store.open(folder)
    if k > len(store):
        raise UsageError(f"-k is {k} and {folder} has {len(store):,} rows: take 1 to that many")
    encoder = encoder_of(store)
    pool = open_index(store, seed=running.seed)
    matches = retrieve(encoder.encode([text]), pool, k=k, diversity=diversity)
    texts, tasks = kept_texts(store), store.tasks()
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
