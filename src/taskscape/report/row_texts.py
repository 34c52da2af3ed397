"""The texts of the few rows that a page shows, whatever the number of all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# All texts, or what gives those of some rows, whose numbers ascend: it can read them from a file that is larger than
# memory.
Texts: TypeAlias = Sequence[str] | Callable[[NDArray[np.int64]], Sequence[str]]


def take_texts(texts: Texts, rows: Iterable[NDArray[np.int64]]) -> dict[int, str]:
    """Give the texts of some rows.

    Parameters
    ----------
    texts
        Where they come from.
    rows
        Arrays of row numbers, in any order; repeated ones are asked for once, and -1 stands for no row.

    Returns
    -------
    dict
        Number → text.
    """
    wanted = np.unique(np.concatenate([np.empty(0, np.int64), *(one.ravel() for one in rows)]))
    wanted = wanted[wanted >= 0]
    found = texts(wanted) if callable(texts) else [texts[row] for row in wanted.tolist()]
    return dict(zip(wanted.tolist(), found, strict=True))
