"""Points of two groups on a map: one path each, so that thousands of points cost a few bytes each."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 1000  # units of the longer side
EDGE = 12  # units around


def scatter_svg(
    coordinates: NDArray[np.floating],
    front: NDArray[np.bool_],
    *,
    label: str,
    back_size: float = 10,
    front_size: float = 7,
) -> str:
    """Draw points, some of them in front.

    Parameters
    ----------
    coordinates
        Shape ``(n, 2)``, finite, n at least 1; proportions are kept.
    front
        Which points stand in front, bool, shape ``(n,)``.
    label
        What is shown, for screen readers.
    back_size, front_size
        Width of points, in thousandths of the longer side.

    Returns
    -------
    str
        One ``<svg>`` element; its colours come from the page's style. Same points, same string.
    """
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    extent = float((high - low).max()) or 1.0
    places = np.rint((coordinates - low) / extent * SIDE).astype(np.int64) + EDGE
    width, height = (np.rint((high - low) / extent * SIDE).astype(np.int64) + 2 * EDGE).tolist()
    places[:, 1] = height - places[:, 1]
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="640" role="img" aria-label="{escape(label)}">'
        f'<path class="points back" stroke-width="{back_size:g}" d="{_path(places[~front])}"/>'
        f'<path class="points front" stroke-width="{front_size:g}" d="{_path(places[front])}"/></svg>'
    )


def _path(places: NDArray[np.int64]) -> str:
    """Write dots: lines of no length, which round ends make visible."""
    return "".join(f"M{x} {y}h0" for x, y in places.tolist())
