"""The distances of a comparison as a square of cells, in the order of a tree that is drawn beside it: one SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from taskscape.report.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.analysis import Comparison

CELL = 46  # units along the side of a cell
NAMES = 220  # units for the names on the left
TREE = 110  # units for the tree, to the right of the cells
TOP = 130  # units for the names above, which stand aslant
LETTERS = 30  # characters of a name that have place


def heatmap_svg(comparison: Comparison, names: Sequence[str]) -> str:
    """Draw the energy distances; a cell links to ``#pair-i-j``.

    Parameters
    ----------
    comparison
        The comparison.
    names
        What its sets are called, not escaped.

    Returns
    -------
    str
        One ``<svg>`` element; its colours come from the page's style. Same comparison, same string.
    """
    order = comparison.order
    side = CELL * len(order)
    width, height = NAMES + side + TREE, TOP + side + 8
    low, high = _range(comparison)
    places = range(len(order))
    cells = [_cell(comparison, names, (row, column), (low, high)) for row in places for column in places]
    labels = []
    for place, number in enumerate(order):
        name = escape(excerpt(names[number], LETTERS))
        middle = place * CELL + CELL / 2
        labels.append(f'<text x="{NAMES - 10}" y="{TOP + middle + 4:g}" text-anchor="end">{name}</text>')
        x = NAMES + middle
        labels.append(f'<text transform="translate({x:g} {TOP - 8}) rotate(-40)">{name}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height}" width="{width}"'
        f' role="group" aria-label="Distances of {len(order)} data sets">\n'
        + "\n".join([*labels, *cells, _tree(comparison)])
        + "\n</svg>"
    )


def _range(comparison: Comparison) -> tuple[float, float]:
    size = len(comparison.names)
    values = [float(comparison.energy[one, other]) for one in range(size) for other in range(one)]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _cell(comparison: Comparison, names: Sequence[str], place: tuple[int, int], extent: tuple[float, float]) -> str:
    """Draw the cell at a row and column; `extent` holds the smallest and the largest distance."""
    (row, column), (low, high) = place, extent
    one, other = comparison.order[row], comparison.order[column]
    x, y = NAMES + column * CELL, TOP + row * CELL
    box = f'x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" rx="4"'
    if one == other:
        return f'<rect {box} class="empty"/>'
    value = float(comparison.energy[one, other])
    nearness = 1 - (value - low) / (high - low) if high > low else 1.0
    opacity = 0.05 + 0.9 * nearness
    first, second = sorted((one, other))
    told = escape(f"{excerpt(names[one], 80)} and {excerpt(names[other], 80)}: {value:.3f}")
    ink = ' class="on"' if opacity > 0.6 else ""
    written = f'<text x="{x + CELL / 2:g}" y="{y + CELL / 2 + 4:g}" text-anchor="middle"{ink}>'
    return (
        f'<a href="#pair-{first}-{second}"><title>{told}</title>'
        f'<rect {box} class="cell" fill-opacity="{opacity:.2f}"/>{written}{value:.2f}</text></a>'
    )


def _tree(comparison: Comparison) -> str:
    """Draw the tree to the right, its leaves beside their rows."""
    if len(comparison.linkage) == 0:
        return ""
    from scipy.cluster.hierarchy import dendrogram

    drawn = dendrogram(comparison.linkage, no_plot=True)
    highest = max(max(heights) for heights in drawn["dcoord"]) or 1.0
    left = NAMES + CELL * len(comparison.names) + 6
    paths = []
    for places, heights in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        points = [
            f"{left + height / highest * (TREE - 16):.1f} {TOP + place / 10 * CELL:.1f}"
            for place, height in zip(places, heights, strict=True)
        ]
        paths.append(f'<path class="tree" d="M{" L".join(points)}"/>')
    return "\n".join(paths)
