"""``taskscape cluster``: rows with the cluster that each one belongs to."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from taskscape.cli.inputs import check_beside, embed_cached, open_source, write_rejects
from taskscape.cli.options import Data, Encoding, OutputFile, Reading, Running, with_groups

COLUMNS = ("cluster", "cluster_name")
Clusters = Annotated[str, typer.Option("-k", "--clusters", metavar="N|auto", help="Number of clusters.")]
Method = Annotated[
    Literal["kmeans", "density"], typer.Option(help="Spherical k-means, or density (finds its own number).")
]


def cluster_count(text: str) -> int | Literal["auto"]:
    """Read the value of ``-k``."""
    if text == "auto":
        return "auto"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise typer.BadParameter(f"{text!r} is neither a positive number nor 'auto'", param_hint="-k")


@with_groups
def cluster(
    data: Data,
    output: OutputFile,
    reading: Reading,
    encoding: Encoding,
    running: Running,
    clusters: Clusters = "auto",
    method: Method = "kmeans",
) -> None:
    """Group the instructions of DATA and write its rows with `cluster` and `cluster_name` added.

    Example: `taskscape cluster examples/instructions.jsonl -o clustered.jsonl -k 20`
    """
    from rich.table import Table

    from taskscape.analysis import cluster as cluster_embeddings
    from taskscape.analysis import name_clusters
    from taskscape.records import check_output, write_dataset

    k = cluster_count(clusters)
    console = running.console
    dataset, store = open_source(data, reading, encoding, console)
    check_output(dataset, output, columns=COLUMNS)
    check_beside(output, dataset)
    if store is None:
        store = embed_cached(dataset, encoding, console)
    clustering = cluster_embeddings(store.embeddings(), k=k, method=method, seed=running.seed)
    texts = dataset.texts()
    names = name_clusters(clustering, texts, tasks=store.tasks())
    write_rejects(dataset, store, output, console)
    write_dataset(
        dataset,
        output,
        rows=store.rows,
        columns=dict(
            zip(
                COLUMNS,
                (clustering.labels, [names[label].name if label >= 0 else None for label in clustering.labels]),
                strict=True,
            )
        ),
    )
    table = Table("cluster", "rows", "name", "typical", title=f"{clustering.k} clusters of {len(texts):,} rows")
    for number, name in enumerate(names):
        table.add_row(str(number), f"{name.size:,}", name.name, texts[name.typical[0]][:70])
    console.result(
        {
            "rows": len(texts),
            "rejected": store.rejected,
            "clusters": [
                {"cluster": number, "size": name.size, "name": name.name, "terms": name.terms}
                for number, name in enumerate(names)
            ],
            "output": str(output),
        },
        table,
    )
