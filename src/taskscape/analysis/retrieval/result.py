"""The result of `taskscape.retrieve`: rows of a pool for each query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


_SHOWN = 20  # queries in the table of a notebook


@dataclass(frozen=True, eq=False)
class Matches:
    """Rows of a pool for each query, nearest first.

    Parameters
    ----------
    indices
        Rows of the pool, int64, shape ``(m, k)``; -1 where a query has fewer than k.
    similarities
        Their (blended) cosines, float32, shape ``(m, k)``, -1 to 1; -1 where there is none.
    method
        ``"exact"`` or ``"ivf"``.
    recall
        Share of the true ten nearest rows that the search finds, measured for 200 of the queries, or where there are
        fewer for 200 rows of the pool; 1 where it is exact.
    """

    indices: NDArray[np.int64]
    similarities: NDArray[np.float32]
    method: str
    recall: float

    def __repr__(self) -> str:
        return f"Matches({len(self.indices):,} queries, {self.k} each, {self.method}, recall {self.recall:.3f})"

    @property
    def k(self) -> int:
        """How many were asked for."""
        return int(self.indices.shape[1])

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many each query has, shape ``(m,)``, 0 to k."""
        counts: NDArray[np.int64] = np.count_nonzero(self.indices >= 0, axis=1)
        return counts

    def to_table(self) -> pa.Table:
        """Give one row per match: ``query``, ``rank`` (from 1), ``row``, ``similarity``."""
        import pyarrow as pa

        queries, ranks = np.nonzero(self.indices >= 0)
        columns = queries, ranks + 1, self.indices[queries, ranks], self.similarities[queries, ranks]
        return pa.table(dict(zip(("query", "rank", "row", "similarity"), columns, strict=True)))

    def _repr_html_(self) -> str:
        lines = [
            f"<tr><td>{query}</td>"
            + "".join(f"<td>{row} ({value:.3f})</td>" for row, value in zip(rows, values, strict=True) if row >= 0)
            + "</tr>"
            for query, (rows, values) in enumerate(zip(self.indices[:_SHOWN], self.similarities[:_SHOWN], strict=True))
        ]
        head = f"<tr><th>query</th><th colspan={self.k}>rows of the pool (similarity)</th></tr>"
        return f"<table>{head}{''.join(lines)}</table><p>{len(self.indices):,} queries, {self.method}</p>"
