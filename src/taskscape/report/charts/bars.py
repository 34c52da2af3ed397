"""Bars for a cell of a table, one under the other: the table tells names and numbers, the picture is for the eye.

Lengths are shares of the cell, so that bars follow its width on a telephone and on a wide screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

THICK = 9  # pixels
KINDS = ("one", "other")  # classes of the look, in the order of the bars


def bars_svg(values: Sequence[float], *, limit: float) -> str:
    """Draw one or two bars.

    Parameters
    ----------
    values
        Length of each, 0 to `limit`; beyond, they are cut.
    limit
        What the whole width stands for; where it is 0, no bar is drawn.

    Returns
    -------
    str
        One ``<svg>`` element, hidden from screen readers, for it says nothing that the table does not.
    """
    rects = "".join(
        f'<rect class="{kind}" y="{place * (THICK + 2)}" width="{_share(value, limit):.2f}%" height="{THICK}" rx="2"/>'
        for place, (value, kind) in enumerate(zip(values, KINDS, strict=False))
    )
    height = len(values) * (THICK + 2) - 2
    return f'<svg class="plot" width="100%" height="{height}" aria-hidden="true">{rects}</svg>'


def _share(value: float, limit: float) -> float:
    return 100 * min(max(value / limit, 0.0), 1.0) if limit > 0 else 0.0
