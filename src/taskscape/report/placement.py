"""Where a group's name stands on the map, and which colour the group has.

A name belongs where its group is densest, not at the mean: a group that a layout tore in two has its mean in no man's
land. Colours come from a palette of `HUES` colours that can be told apart. Beyond that many groups they repeat in
`SHADES` lightnesses, and groups that lie close together on the map get colours that differ.

Both are computed here rather than in the browser, so that they are the same each time a page is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HUES = 20  # colours of the page's palette, see web/src/palette.ts
SHADES = 3  # lightnesses of each of them
CELLS = 40  # cells along each side of the grid on which density is counted
FEW = 12  # members up to which a grid says nothing


def anchor(points: NDArray[np.float64]) -> tuple[float, float]:
    """Find the place for a group's name: the middle of where it is densest.

    Parameters
    ----------
    points
        Members of the group, ``(m, 2)`` in 0 to 1, with m ≥ 1.

    Returns
    -------
    tuple of float
        ``(x, y)``. Always the place of a member, so that a name never floats over nothing.
    """
    if len(points) <= FEW:
        dense = points
    else:
        low, high = points.min(axis=0), points.max(axis=0)
        cells = ((points - low) / np.maximum(high - low, 1e-9) * (CELLS - 1)).astype(np.int64)
        counts = np.zeros((CELLS + 4, CELLS + 4))
        np.add.at(counts, (cells[:, 0] + 2, cells[:, 1] + 2), 1.0)
        windows = np.lib.stride_tricks.sliding_window_view(counts, (5, 5)).sum(axis=(2, 3))
        peak = np.array(np.unravel_index(windows.argmax(), windows.shape))
        dense = points[(np.abs(cells - peak) <= 2).all(axis=1)]
    middle = np.median(dense, axis=0)
    nearest = dense[((dense - middle) ** 2).sum(axis=1).argmin()]
    return float(nearest[0]), float(nearest[1])


def colour_slots(anchors: NDArray[np.float64]) -> NDArray[np.int32]:
    """Give each group a colour, so that neighbours on the map differ.

    Parameters
    ----------
    anchors
        Places of the groups, ``(g, 2)`` in 0 to 1, the most important group first.

    Returns
    -------
    ndarray of int32, shape (g,)
        ``hue + HUES * shade`` with hue below `HUES` and shade below `SHADES`. Up to `HUES` groups have the first
        slots in order, so all hues differ.

    Notes
    -----
    Greedy: each group takes the slot whose holders are farthest away, where sharing a hue costs 1/distance² and
    sharing the shade too costs four times that. Time grows with g², 0.1 s at 1,000 groups.
    """
    groups = len(anchors)
    slots = np.arange(groups, dtype=np.int32)
    hue_of_slot = np.arange(HUES * SHADES) % HUES
    for group in range(HUES, groups):
        closeness = 1.0 / (((anchors[:group] - anchors[group]) ** 2).sum(axis=1) + 1e-4)
        by_hue = np.bincount(slots[:group] % HUES, weights=closeness, minlength=HUES)
        by_slot = np.bincount(slots[:group], weights=closeness, minlength=HUES * SHADES)
        slots[group] = int((by_hue[hue_of_slot] + 3.0 * by_slot).argmin())
    return slots
