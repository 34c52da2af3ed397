"""Items that stand for others, each with the share of the benchmark that it speaks for.

`balanced_sample` draws items evenly over the embeddings: every item has the same chance, so the plain mean is right on
average whatever the model, and close items are seldom drawn together. `medoids` takes the centres of k-means clusters,
weighted with their sizes. Medoids look better and are not: what is typical of its neighbours in meaning is not typical
in difficulty, and weights of unequal size cost precision (``benchmarks/LOG.md``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.clustering.grouping import cluster
from taskscape.vectors.neighbors import unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_TASKS = 256  # tasks that get a dimension of their own
_TASK_WEIGHT = 0.5  # squared length of the task beside the embedding's 1
_POWER_STEPS = 4  # towards the main direction of a part; a rough one does


def balanced_sample(vectors: NDArray[np.floating[Any]], *, size: int, seed: int = 0) -> NDArray[np.int64]:
    """Draw items so that every region of the vectors has its share.

    The rows are halved along their main direction, the halves again, and so on; from the order that this gives, every
    (n / size)-th is taken, from a random start. Every item has the chance size / n.

    Parameters
    ----------
    vectors
        Shape ``(n, d)``.
    size
        How many, 1 to n.
    seed
        Of the draw.

    Returns
    -------
    array, int64, shape (size,)
        Ascending.

    Notes
    -----
    Source: systematic sampling along a tree (Stevens and Olsen, JASA 2004, with halves in place of a grid). Cost:
    n × d × log n × 8 multiplications.
    """
    random = np.random.default_rng(seed)
    rows = unit_rows(vectors)
    n = len(rows)
    parts = [random.permutation(n)]  # rows that are all alike come in random order
    while max(map(len, parts)) > 1:
        parts = [half for part in parts for half in _halves(rows, part, random)]
    places = (np.arange(size) + random.random()) * (n / size)
    # Rounding may carry the last place to n.
    return np.sort(np.concatenate(parts)[np.minimum(places.astype(np.int64), n - 1)])


def medoids(
    vectors: NDArray[np.floating[Any]], *, size: int, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Choose the items nearest to the centroids of k-means; weigh each with the share of items in its cluster.

    Parameters
    ----------
    vectors
        Shape ``(n, d)``, compared by cosine.
    size
        How many, 1 to n.
    seed
        Of the starts of k-means.

    Returns
    -------
    indices : int64, shape (size,)
        Ascending.
    weights : float64, shape (size,)
        Above 0, sum 1. Where fewer rows are distinct than asked for, large clusters have several items.

    Notes
    -----
    Source: anchor points, Vivek et al., EACL 2024; Polo et al., tinyBenchmarks, ICML 2024. Cost: `taskscape.cluster`.
    """
    found = cluster(vectors, k=size, seed=seed)
    seats = np.ones(found.k, np.int64)
    for _ in range(size - found.k):
        seats[np.argmax(np.where(seats < found.sizes, found.sizes / seats, 0))] += 1
    weights = np.zeros(len(found.labels))
    for label, count in enumerate(seats.tolist()):
        members = np.flatnonzero(found.labels == label)
        nearest = members[np.argsort(-found.similarities[members], kind="stable")[:count]]
        weights[nearest] = len(members) / count / len(weights)
    indices = np.flatnonzero(weights)
    return indices, weights[indices]


def with_tasks(embeddings: NDArray[np.floating[Any]], tasks: Sequence[object] | None) -> NDArray[np.float32]:
    """Append tasks to embeddings, so that items of one task are nearer to each other.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``.
    tasks
        Task of each item, or None. The 256 most frequent ones count.

    Returns
    -------
    array, float32, shape (n, d + tasks)
        Rows of unit length in their first d dimensions.
    """
    rows = unit_rows(embeddings)
    if tasks is None:
        return rows
    names, codes, counts = np.unique([str(task) for task in tasks], return_inverse=True, return_counts=True)
    common = np.argsort(-counts, kind="stable")[:MOST_TASKS]
    place = np.full(len(names), -1)
    place[common] = np.arange(len(common))
    marks = np.zeros((len(rows), len(common)), np.float32)
    known = place[codes] >= 0
    marks[np.flatnonzero(known), place[codes][known]] = _TASK_WEIGHT**0.5
    return np.hstack([rows, marks])


def _halves(rows: NDArray[np.float32], part: NDArray[np.int64], random: np.random.Generator) -> list[NDArray[np.int64]]:
    """Cut a part in two along its main direction, found by a few power steps."""
    if len(part) < 2:
        return [part]
    about = rows[part] - rows[part].mean(axis=0)
    direction = np.asarray(random.normal(size=(rows.shape[1],)), np.float32)
    for _ in range(_POWER_STEPS):
        direction = about.T @ (about @ direction)
        direction /= np.linalg.norm(direction) + 1e-12
    ordered = part[np.argsort(about @ direction, kind="stable")]
    return [ordered[: len(part) // 2], ordered[len(part) // 2 :]]
