"""What the page of a selection shows beside its figures: which rows stand near a kept one, and which rows to read.

Everything is bounded: cosines of a seeded sample, a few tasks, a few rows of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.vectors import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.analysis import Selection

SAMPLE = 4000  # rows whose cosine to the nearest kept row is measured
FARTHEST = 12  # of them that are shown
LARGEST, SPREAD = 8, 8  # tasks whose rows are shown: the largest, and others along the tail
KEPT, DROPPED = 4, 6  # rows shown of each
BUCKETS = (1, 2, 5, 10, 20, 50, 100, 500)  # rows of a task from which on it belongs to the next group


@dataclass(frozen=True, eq=False)
class Nearness:
    """How near rows are to a kept one.

    Attributes
    ----------
    rows
        The sample, int64, ascending.
    own, random
        Cosine of each to its nearest row of the selection, and of a random subset of the same size; float32.
    """

    rows: NDArray[np.int64]
    own: NDArray[np.float32]
    random: NDArray[np.float32]

    @classmethod
    def of(cls, selection: Selection) -> Nearness:
        """Measure a seeded sample of the rows."""
        embeddings, seed = selection.problem.embeddings, selection.problem.seed
        rows = np.arange(len(embeddings))
        if len(rows) > SAMPLE:
            rows = np.sort(np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False))
        asked = embeddings[rows]
        own, random = (
            nearest(asked, embeddings[kept], k=1, method="exact").similarities[:, 0]
            for kept in (selection.indices, selection.random_indices)
        )
        return cls(rows, own, random)

    @property
    def farthest(self) -> NDArray[np.int64]:
        """Places in the sample of the rows that no kept row is near to, the farthest first."""
        return np.argsort(self.own, kind="stable")[:FARTHEST]


@dataclass(frozen=True, eq=False)
class TaskExamples:
    """Rows of one task, or of all where there are no tasks.

    Attributes
    ----------
    task
        Its name; empty where there are no tasks.
    rows, kept_rows
        How many it has, and how many stay.
    kept, dropped
        Some that stay and some that do not, int64.
    stands, cosines
        For each of `dropped` the kept row that is nearest, of whatever task, and its cosine.
    """

    task: str
    rows: int
    kept_rows: int
    kept: NDArray[np.int64]
    dropped: NDArray[np.int64]
    stands: NDArray[np.int64]
    cosines: NDArray[np.float32]


def task_examples(selection: Selection) -> list[TaskExamples]:
    """Choose tasks and rows of them to read: of the largest tasks, and of some along the tail that lost rows."""
    embeddings = selection.problem.embeddings
    is_kept = np.zeros(len(embeddings), np.bool_)
    is_kept[selection.indices] = True
    generator = np.random.default_rng(selection.problem.seed)
    found = []
    for task, members in _members(selection, is_kept):
        stay, go = members[is_kept[members]], members[~is_kept[members]]
        kept = np.sort(generator.permutation(stay)[:KEPT])
        dropped = np.sort(generator.permutation(go)[:DROPPED])
        near = nearest(embeddings[dropped], embeddings[selection.indices], k=1, method="exact")
        stands = selection.indices[near.indices[:, 0]]
        found.append(TaskExamples(task, len(members), len(stay), kept, dropped, stands, near.similarities[:, 0]))
    return found


def _members(selection: Selection, is_kept: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.int64]]]:
    if selection.tasks is None:
        return [("", np.arange(len(is_kept)))]
    names, codes, counts = np.unique(selection.tasks, return_inverse=True, return_counts=True)
    lost = counts - np.bincount(codes[is_kept], minlength=len(names)) > 0
    order = np.lexsort((names, -counts))
    order = order[lost[order]]
    tail = order[LARGEST:]
    # Spaced by ratios: most tasks of a long tail have one row, and there is little to read of such.
    along = np.unique(np.geomspace(1, len(tail), SPREAD).astype(np.int64) - 1) if len(tail) else tail
    chosen = np.concatenate([order[:LARGEST], tail[along]])
    by_task = np.argsort(codes, kind="stable")
    ends = np.cumsum(counts)
    return [(str(names[code]), by_task[ends[code] - counts[code] : ends[code]]) for code in chosen.tolist()]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tasks of about the same size.

    Attributes
    ----------
    least, most
        Rows that its tasks have; no `most` for the last.
    tasks, tasks_kept
        How many there are, and of how many a row stays.
    rows, rows_kept
        The same for rows.
    """

    least: int
    most: int | None
    tasks: int
    tasks_kept: int
    rows: int
    rows_kept: int


def buckets(rows: NDArray[np.int64], kept: NDArray[np.int64]) -> list[Bucket]:
    """Group tasks by their number of rows, the largest first; groups without a task are left out.

    Parameters
    ----------
    rows, kept
        Of each task, shape ``(t,)``.
    """
    number = np.searchsorted(BUCKETS, rows, side="right") - 1
    found = []
    for place in range(len(BUCKETS) - 1, -1, -1):
        here = number == place
        if here.any():
            most = BUCKETS[place + 1] - 1 if place + 1 < len(BUCKETS) else None
            counts = int(here.sum()), int((kept[here] > 0).sum()), int(rows[here].sum()), int(kept[here].sum())
            found.append(Bucket(BUCKETS[place], most, *counts))
    return found
