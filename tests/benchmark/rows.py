"""Rows in known groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def groups(count: int = 4, size: int = 15, spread: float = 0.05) -> tuple[NDArray[np.float32], list[str]]:
    """Unit rows around `count` orthogonal directions, and the direction of each."""
    rng = np.random.default_rng(3)
    rows = np.repeat(np.eye(count, 8), size, axis=0) + rng.normal(0, spread, (count * size, 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), [f"task{number // size}" for number in range(count * size)]
