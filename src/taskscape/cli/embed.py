"""``taskscape embed``: an instruction file → a store of embeddings."""

from __future__ import annotations

import time

from taskscape.cli.console import counted
from taskscape.cli.inputs import encoder_for, open_data
from taskscape.cli.options import Encoding, OutputFolder, Reading, Running, UnembeddedData, with_groups


@with_groups
def embed(data: UnembeddedData, output: OutputFolder, reading: Reading, encoding: Encoding, running: Running) -> None:
    """Embed every instruction of DATA into a store: a folder that other commands take in place of DATA.

    A run that was cut off goes on where it stopped when the same command is given again.

    Example: `taskscape embed examples/instructions.jsonl -o store`
    """
    from taskscape.vectors import embed as embed_dataset

    console = running.console
    dataset = open_data(data, reading, console)
    encoder = encoder_for(dataset, encoding)
    start = time.perf_counter()
    with console.progress("embedding") as progress:
        store = embed_dataset(dataset, encoder=encoder, store=output, progress=progress)
    seconds = time.perf_counter() - start
    if store.rejected:
        console.note(f"set aside: {counted(store.rejected, 'bad row')}, in {output / 'rejects.jsonl'}")
    for remark in getattr(encoder, "remarks", ()):
        console.note(remark)
    figures = {
        "store": str(output),
        "encoder": encoder.name,
        "rows": len(store),
        "dimension": encoder.dimension,
        "rejected": store.rejected,
        "seconds": round(seconds, 3),
    }
    console.result(
        figures, f"{len(store):,} embeddings of {encoder.dimension} dimensions in {output} ({seconds:.1f} s)"
    )
