"""Which rows of each task stay: the same table for a selection, for what is left without duplicates, and for items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray


def kept_by_task(tasks: Sequence[object] | NDArray[np.str_], kept: NDArray[np.int64]) -> pa.Table:
    """Count the rows of each task, and those that stay.

    Parameters
    ----------
    tasks
        Task of each row, as `Task` or text.
    kept
        Numbers of the rows that stay.

    Returns
    -------
    pyarrow.Table
        One line per task, the largest first: ``task``, ``rows``, ``kept``.

    Examples
    --------
    >>> kept_by_task(["a", "b", "b"], np.array([2])).to_pylist()
    [{'task': 'b', 'rows': 2, 'kept': 1}, {'task': 'a', 'rows': 1, 'kept': 0}]
    """
    import pyarrow as pa

    names, codes, counts = np.unique([str(task) for task in tasks], return_inverse=True, return_counts=True)
    staying = np.bincount(codes[kept], minlength=len(names))
    order = np.lexsort((names, -counts))
    return pa.table({"task": names[order].tolist(), "rows": counts[order], "kept": staying[order]})
