"""The result of `taskscape.cluster`: which group each row is in, and how well it fits there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


_SHOWN = 10  # clusters in a notebook


@dataclass(frozen=True, eq=False)
class Clustering:
    """Rows in groups.

    Parameters
    ----------
    labels
        Cluster of each row, int32, shape ``(n,)``, 0 to k - 1 by falling size; -1 for rows in none (density only).
    centroids
        Float32 rows of unit length, shape ``(k, d)``.
    similarities
        Cosine of each row to the centroid of its cluster (to the nearest for rows in none), float32, shape ``(n,)``.
    method
        ``"kmeans"`` or ``"density"``.
    seed
        Seed of the sample and of the starts.
    """

    labels: NDArray[np.int32]
    centroids: NDArray[np.float32]
    similarities: NDArray[np.float32]
    method: str
    seed: int

    def __repr__(self) -> str:
        return f"Clustering({len(self.labels)} rows in {self.k} clusters, {self.method})"

    def _repr_html_(self) -> str:
        """Show the largest clusters in a notebook."""
        sizes = self.sizes
        means = [self.similarities[self.labels == number].mean() for number in range(min(self.k, _SHOWN))]
        lines = "".join(
            f"<tr><td>{number}</td><td>{size:,}</td><td>{mean:.3f}</td></tr>"
            for number, (size, mean) in enumerate(zip(sizes, means, strict=False))
        )
        rest = f"<tr><td>{self.k - _SHOWN} others</td><td>{sizes[_SHOWN:].sum():,}</td></tr>" if self.k > _SHOWN else ""
        head = "<tr><th>cluster</th><th>rows</th><th>mean cosine to the centroid</th></tr>"
        return f"<table><caption>{self!r}</caption>{head}{lines}{rest}</table>"

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centroids)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows in each cluster, shape ``(k,)``, falling."""
        return np.bincount(self.labels[self.labels >= 0], minlength=self.k)

    def to_table(self) -> pa.Table:
        """Give one row per embedding: ``cluster`` (null for none) and ``similarity``."""
        import pyarrow as pa

        labels = pa.array(self.labels, mask=self.labels < 0)
        return pa.table({"cluster": labels, "similarity": pa.array(self.similarities)})
