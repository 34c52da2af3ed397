"""Two views of the same rows as one: similarity by task mixed with similarity by topic, say.

The blend of two cosines is the cosine of joined rows, each view scaled by the root of its weight, so that everything
that searches embeddings searches blends as well. The price is the sum of both dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.errors import UsageError
from taskscape.vectors.index import check_finite
from taskscape.vectors.neighbors import check_dimensions, unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Embeddings = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Blend:
    """A second view of the same rows, mixed into the similarity: ``(1 - weight) × first + weight × second``.

    Parameters
    ----------
    queries
        Embeddings of the queries by another encoder, shape ``(m, e)``.
    pool
        Those of the pool, shape ``(n, e)``; None where the queries are searched themselves.
    weight
        Share of the second view, 0 to 1.
    """

    queries: Embeddings
    pool: Embeddings | None
    weight: float


def blended(queries: Embeddings, pool: Embeddings, blend: Blend) -> tuple[Embeddings, Embeddings]:
    """Join both views so that the product of two joined rows is the blended cosine.

    Parameters
    ----------
    queries, pool
        The first view, shapes ``(m, d)`` and ``(n, d)``, any float type.
    blend
        The second one.

    Returns
    -------
    queries, pool
        Float32 rows of unit length, shapes ``(m, d + e + 2)`` and ``(n, d + e + 2)``.

    Raises
    ------
    UsageError
        The weight lies outside 0 to 1, a number is not finite, or numbers of rows or dimensions do not agree.
    """
    if not 0 <= blend.weight <= 1:
        raise UsageError(f"The blend's weight is {blend.weight}: take 0 to 1.")
    other = blend.queries if blend.pool is None else blend.pool
    for name, first, second in (("queries", queries, blend.queries), ("pool", pool, other)):
        check_finite(second, f"blend's {name}")
        if len(first) != len(second):
            raise UsageError(f"The blend has {len(second):,} rows of {name} for {len(first):,}: give one for each.")
    check_dimensions(blend.queries, other)
    return _joined(queries, blend.queries, blend.weight, 0), _joined(pool, other, blend.weight, 1)


def _joined(first: Embeddings, second: Embeddings, weight: float, side: int) -> NDArray[np.float32]:
    parts = unit_rows(first) * np.float32((1 - weight) ** 0.5), unit_rows(second) * np.float32(weight**0.5)
    # A row of zeros in one view stays short; what it lacks goes where the other side has nothing, so that no later
    # scaling to unit length lets the other view count for more.
    lack = np.zeros((len(first), 2), np.float32)
    lack[:, side] = np.sqrt(np.maximum(0, 1 - sum((part**2).sum(axis=1) for part in parts)))
    return np.concatenate([*parts, lack], axis=1)
