"""A size as users give it, a count or a share, as a count."""

from __future__ import annotations

import numpy as np

from taskscape.errors import UsageError


def count_of(size: float, n: int) -> int:
    """Turn a count or a share into a count.

    Parameters
    ----------
    size
        An int from 1 to n, or a float above 0 to 1.
    n
        Rows that there are.

    Returns
    -------
    int
        1 to n; a share gives at least 1.

    Raises
    ------
    UsageError
        It is out of range.
    """
    if isinstance(size, int | np.integer) and not isinstance(size, bool):
        if not 1 <= size <= n:
            raise UsageError(f"size is {size} and there are {n} rows: take 1 to {n}, or a share such as 0.1.")
        return int(size)
    if isinstance(size, bool) or not 0 < size <= 1:
        raise UsageError(f"size is {size}: take a share above 0 and up to 1, or a whole number from 1 to {n}.")
    return max(1, round(size * n))
