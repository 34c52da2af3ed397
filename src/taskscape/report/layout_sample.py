"""A small map: some rows that matter and a sample of the others, laid out together in a second or two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis import project

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS = 3000  # t-SNE of so many takes seconds, and a picture of some hundred pixels shows no more


@dataclass(frozen=True, eq=False)
class LayoutSample:
    """Rows with a place on a map.

    Attributes
    ----------
    rows
        Their numbers, int64, ascending, shape ``(p,)``.
    coordinates
        Shape ``(p, 2)``.
    front
        Which of them matter, bool, shape ``(p,)``.
    """

    rows: NDArray[np.int64]
    coordinates: NDArray[np.float32]
    front: NDArray[np.bool_]


def sample_layout(
    embeddings: NDArray[np.floating[Any]], front: NDArray[np.int64], *, points: int = POINTS, seed: int = 0
) -> LayoutSample:
    """Lay out a sample of rows.

    Parameters
    ----------
    embeddings
        All rows, shape ``(n, d)``.
    front
        Numbers of the rows that matter; at most a third of `points` of them are drawn, more where there are few
        others.
    points
        Most rows on the map.
    seed
        Of the sample and of the map.

    Returns
    -------
    LayoutSample
        The map.

    Notes
    -----
    Cost: that of `taskscape.project` for `points` rows, whatever n.
    """
    generator = np.random.default_rng(seed)
    back = np.setdiff1d(np.arange(len(embeddings)), front)
    few = min(len(front), max(points // 3, points - len(back)))
    chosen = np.sort(generator.permutation(front)[:few])
    rows = np.sort(np.concatenate([chosen, generator.permutation(back)[: points - few]]))
    return LayoutSample(rows, project(embeddings[rows], seed=seed).coordinates, np.isin(rows, chosen))
