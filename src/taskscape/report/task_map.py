"""The main job: a dataset → its task map, one self-contained page.

records → embeddings → clusters, tasks and a layout → summary → page. Every stage is timed. Clusters and layout are kept
beside the cached embeddings, keyed by their settings, so that the same map a second time costs only the reading.

Beyond `SHOWN_ROWS` rows the page holds a seeded sample as points; counts are over all rows.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.analysis import Clustering, cluster, name_clusters, project
from taskscape.encoders import load_encoder
from taskscape.records.output import replacing
from taskscape.report.page import render_page
from taskscape.report.summary import ClusterSummary, summarise
from taskscape.vectors import embed
from taskscape.vectors.derived import derive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.encoders import Encoder
    from taskscape.records import Dataset
    from taskscape.vectors import Store

    Progress = Callable[[int, int | None], None]

SHOWN_ROWS = 100_000  # points of one page; more would make it heavy and no clearer


@dataclass(frozen=True, eq=False, repr=False)
class TaskMap:
    """A map.

    Attributes
    ----------
    html
        The page: one file that needs nothing else.
    summary
        What the page shows, as plain JSON data (its keys are told in `taskscape.report.summary`).
    stages
        Seconds per stage, in order.
    store
        The embeddings it was made of.
    coordinates
        Places of the points, float32, ``(points, 2)``, y upwards; the unit has no meaning.
    """

    html: str
    summary: dict[str, Any]
    stages: dict[str, float]
    store: Store
    coordinates: NDArray[np.float32]

    def __repr__(self) -> str:
        clusters = self.summary["groupings"][0]["groups"]
        return f"TaskMap({self.summary['rows']:,} rows, {len(clusters)} clusters, {len(self.html) / 1e6:.1f} MB)"

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own."""
        from html import escape

        return f'<iframe srcdoc="{escape(self.html)}" style="width:100%;height:640px;border:0"></iframe>'

    def write(self, output: str | Path) -> None:
        """Write the page to a file, in one step.

        Raises
        ------
        DataError
            It cannot be written there.
        """
        with replacing(output) as partial:
            partial.write_text(self.html, encoding="utf8")


def map_page(
    dataset: Dataset,
    *,
    encoder: Encoder | None = None,
    store: Store | None = None,
    k: int | Literal["auto"] = "auto",
    method: Literal["kmeans", "density"] = "kmeans",
    title: str | None = None,
    seed: int = 0,
    cache_dir: str | Path | None = None,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> TaskMap:
    """Draw the task map of a dataset.

    Parameters
    ----------
    dataset
        What `taskscape.open_dataset` gave.
    encoder
        What embeds it; None takes the shipped one.
    store
        The dataset's embeddings, where there are any; `encoder` is then not needed.
    k
        Number of clusters, or ``"auto"``.
    method
        ``"kmeans"``, or ``"density"``, which finds its own number and leaves stray rows out.
    title
        Heading of the page; None takes the name of the file.
    seed
        Same seed, same map on one machine.
    cache_dir, use_cache
        As in `taskscape.embed`.
    progress
        Called with (rows embedded, rows in all or None).

    Returns
    -------
    TaskMap
        The page and what it shows.

    Raises
    ------
    DataError, EncoderError, StoreError, UsageError
        As the stages raise them.

    Notes
    -----
    Cost: dominated by the encoder and by the layout, n² × d up to 50,000 rows.
    """
    stages: dict[str, float] = {}
    if store is None:
        with _timed(stages, "embed"):
            encoder = encoder or load_encoder("default")
            store = embed(dataset, encoder=encoder, cache_dir=cache_dir, use_cache=use_cache, progress=progress)
    with _timed(stages, "read"):
        shown = _shown(len(store), seed)
        rows = store.rows[shown]
        texts = dataset.texts(rows)
        embeddings = store.embeddings()
    with _timed(stages, "cluster"):
        clustering = _clusters(store, embeddings, k, method, seed)
    with _timed(stages, "layout"):
        coordinates = derive(
            store, "layout", {"seed": seed}, lambda: {"xy": project(embeddings[shown], seed=seed).coordinates}
        )["xy"]
    with _timed(stages, "page"):
        tasks = store.tasks()
        shown_tasks = None if tasks is None else [tasks[position] for position in shown]
        seen = replace(clustering, labels=clustering.labels[shown], similarities=clustering.similarities[shown])
        clusters: list[ClusterSummary] = [
            {"name": name.name, "size": int(size), "terms": name.terms, "typical": name.typical}
            for name, size in zip(name_clusters(seen, texts, tasks=shown_tasks), clustering.sizes, strict=True)
        ]
        files = dataset.files
        summary = summarise(
            title=title or files[0].path.name,
            texts=texts,
            rows=rows,
            coordinates=coordinates,
            labels=seen.labels,
            clusters=clusters,
            tasks=shown_tasks,
            task_counts=None if tasks is None else Counter((task.verb, task.noun) for task in tasks),
            encoder=store.manifest.settings.encoder,
            source=", ".join(file.path.name for file in files[:3]) + (" …" if len(files) > 3 else ""),
            recognised=dataset.recognised,
            rejected=store.rejected,
            stages=stages,
            total_rows=len(store),
        )
        html = render_page(summary)
    return TaskMap(html, summary, stages, store, coordinates)


@contextmanager
def _timed(stages: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    stages[name] = time.perf_counter() - start


def _shown(rows: int, seed: int) -> NDArray[np.int64]:
    """Choose the positions that become points: all, or a seeded sample."""
    if rows <= SHOWN_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, SHOWN_ROWS, replace=False))


def _clusters(
    store: Store,
    embeddings: NDArray[np.floating[Any]],
    k: int | Literal["auto"],
    method: Literal["kmeans", "density"],
    seed: int,
) -> Clustering:
    def compute() -> dict[str, NDArray[Any]]:
        made = cluster(embeddings, k=k, method=method, seed=seed)
        return {"labels": made.labels, "centroids": made.centroids, "similarities": made.similarities}

    kept = derive(store, "clusters", {"k": k, "method": method, "seed": seed}, compute)
    return Clustering(kept["labels"], kept["centroids"], kept["similarities"], method=method, seed=seed)
