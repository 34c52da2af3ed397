"""A histogram: filled bars, a second set as a line over them, and a mark at a threshold.

Shapes stand in a nested drawing that is stretched to the width; words are placed by shares of the width at their own
size. So the picture fills a telephone and a wide screen alike, and letters stay legible on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from taskscape.report.charts.ticks import ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEIGHT = 150  # pixels of the bars
ABOVE = 20  # pixels for the mark's name
BELOW = 20  # pixels for the numbers of the axis
UNITS = 1000  # of the stretched drawing, along each side


@dataclass(frozen=True, eq=False)
class Mark:
    """A vertical line.

    Attributes
    ----------
    value
        Where.
    name
        What it is called, as text.
    """

    value: float
    name: str


def histogram_svg(
    values: NDArray[np.floating],
    *,
    low: float,
    high: float,
    label: str,
    bins: int = 30,
    over: NDArray[np.floating] | None = None,
    mark: Mark | None = None,
) -> str:
    """Draw how numbers are spread.

    Parameters
    ----------
    values
        What is counted, any shape; numbers outside the axis go to its ends.
    low, high
        Ends of the axis; `high` above `low`.
    label
        What is shown, for screen readers.
    bins
        Number of bars.
    over
        A second set, drawn as a line over the bars; shares are compared where the two are of different size.
    mark
        A vertical line, such as a threshold.

    Returns
    -------
    str
        One ``<svg>`` element; its colours come from the page's style. Same numbers, same string.
    """
    edges = np.linspace(low, high, bins + 1)
    counts, shares = _counted(values, edges)
    line = None if over is None else _counted(over, edges)[1]
    highest = max(float(shares.max()), 0.0 if line is None else float(line.max())) or 1.0
    heights = shares / highest * UNITS
    drawn = "".join(_bar(edges, place, counts, heights) for place in range(bins) if counts[place])
    if line is not None:
        drawn += f'<path class="step" vector-effect="non-scaling-stroke" d="{_steps(line / highest * UNITS)}"/>'
    return (
        f'<svg class="plot" width="100%" height="{ABOVE + HEIGHT + BELOW}" role="img" aria-label="{escape(label)}">'
        f'<svg y="{ABOVE}" width="100%" height="{HEIGHT}" viewBox="0 0 {UNITS} {UNITS}" preserveAspectRatio="none">'
        f"{drawn}</svg>"
        f'<line class="grid" y1="{ABOVE + HEIGHT}" y2="{ABOVE + HEIGHT}" x2="100%"/>'
        f"{_axis(low, high)}{'' if mark is None else _marked(mark, low, high)}</svg>"
    )


def _counted(values: NDArray[np.floating], edges: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count numbers between edges; also as shares of them all."""
    counts: NDArray[np.int64] = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return counts, counts / max(int(counts.sum()), 1)


def _bar(edges: NDArray[np.float64], place: int, counts: NDArray[np.int64], heights: NDArray[np.float64]) -> str:
    width = UNITS / len(counts)
    height = max(float(heights[place]), 4.0)  # what is there is seen
    told = f"{edges[place]:.3g} to {edges[place + 1]:.3g}: {counts[place]:,}"
    return (
        f'<rect class="one" x="{place * width + width * 0.06:.1f}" y="{UNITS - height:.1f}" width="{width * 0.88:.1f}"'
        f' height="{height:.1f}"><title>{told}</title></rect>'
    )


def _steps(heights: NDArray[np.float64]) -> str:
    width = UNITS / len(heights)
    path = [f"M0 {UNITS - heights[0]:.1f}"]
    for place, height in enumerate(heights):
        path.append(f"V{UNITS - height:.1f}H{(place + 1) * width:.1f}")
    return "".join(path)


def _axis(low: float, high: float) -> str:
    return "".join(
        f'<text class="axis" x="{_place(value, low, high):.2f}%" y="{ABOVE + HEIGHT + 15}"'
        f' text-anchor="{_anchor(_place(value, low, high))}">{value:g}</text>'
        for value in ticks(low, high)
    )


def _marked(mark: Mark, low: float, high: float) -> str:
    place = _place(mark.value, low, high)
    side, aside = ("end", -6) if place > 50 else ("start", 6)
    return (
        f'<line class="mark" x1="{place:.2f}%" x2="{place:.2f}%" y1="4" y2="{ABOVE + HEIGHT}"/>'
        f'<text x="{place:.2f}%" y="13" dx="{aside}" text-anchor="{side}">{escape(mark.name)}</text>'
    )


def _place(value: float, low: float, high: float) -> float:
    return 100 * min(max((value - low) / (high - low), 0.0), 1.0)


def _anchor(place: float) -> str:
    return "start" if place < 3 else "end" if place > 97 else "middle"
