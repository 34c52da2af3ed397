"""``taskscape index``: an instruction file → a store made ready to be asked."""

from __future__ import annotations

from taskscape.cli.console import counted
from taskscape.cli.inputs import encoder_for, open_data
from taskscape.cli.options import Encoding, OutputFolder, Reading, Running, UnembeddedData, with_groups


@with_groups
def index(data: UnembeddedData, output: OutputFolder, reading: Reading, encoding: Encoding, running: Running) -> None:
    """Embed the instructions of DATA into a store that `taskscape search` and `taskscape demos` answer from.

    The store also keeps the texts and, beyond 50,000 rows, a search index. Cut off, the same command continues.

    Example: `taskscape index examples/instructions.jsonl -o my-index`
    """
    from taskscape.vectors import embed, open_index
    from taskscape.vectors.querying import kept_texts

    console = running.console
    dataset = open_data(data, reading, console)
    with console.progress("embedding") as progress:
        store = embed(dataset, encoder=encoder_for(dataset, encoding), store=output, progress=progress)
    kept_texts(store)
    made = open_index(store, seed=running.seed)
    if store.rejected:
        console.note(f"set aside: {counted(store.rejected, 'bad row')}, in {output / 'rejects.jsonl'}")
    figures = {
        "output": str(output),
        "rows": len(store),
        "rejected": store.rejected,
        "encoder": store.manifest.settings.encoder,
        "dimension": store.dimension,
        "method": made.method,
        "recall": round(made.recall, 4),
    }
    how = "exact search" if made.method == "exact" else f"approximate search, recall at 10 {made.recall:.3f}"
    console.result(figures, f"{output}: {len(store):,} rows, encoder {figures['encoder']}, {how}")
