"""An estimate with its interval, for a cell of a table, and the axis for the head of that column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskscape.report.charts.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Iterable

HEIGHT = 16  # pixels


@dataclass(frozen=True, slots=True)
class Axis:
    """What the width of the column stands for.

    Attributes
    ----------
    low, high
        Its ends; `high` above `low`.
    """

    low: float
    high: float

    @classmethod
    def around(cls, values: Iterable[float]) -> Axis:
        """Make an axis on which all values have room, with a margin of a twentieth."""
        given = list(values)
        low, high = min(given), max(given)
        margin = (high - low or abs(high) or 1.0) / 20
        return cls(low - margin, high + margin)

    def place(self, value: float) -> float:
        """Give the place of a value, as a percentage of the width."""
        return 100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def interval_svg(axis: Axis, low: float, mean: float, high: float) -> str:
    """Draw a dot at `mean` on a line from `low` to `high`; hidden from screen readers, whom the table tells."""
    middle = HEIGHT / 2
    return (
        f'<svg class="plot" width="100%" height="{HEIGHT}" aria-hidden="true">{_lines(axis, HEIGHT)}'
        f'<line class="whisker" x1="{axis.place(low):.2f}%" x2="{axis.place(high):.2f}%" y1="{middle:g}"'
        f' y2="{middle:g}"/><circle class="one" cx="{axis.place(mean):.2f}%" cy="{middle:g}" r="5"/></svg>'
    )


def axis_svg(axis: Axis) -> str:
    """Draw the numbers of the axis."""
    words = "".join(
        f'<text class="axis" x="{axis.place(value):.2f}%" y="12" text-anchor="middle">{value:g}</text>'
        for value in ticks(axis.low, axis.high, most=4)
    )
    return f'<svg class="plot" width="100%" height="{HEIGHT}" aria-hidden="true">{words}</svg>'


def _lines(axis: Axis, height: int) -> str:
    return "".join(
        f'<line class="grid" x1="{axis.place(value):.2f}%" x2="{axis.place(value):.2f}%" y1="-6" y2="{height + 6}"/>'
        for value in ticks(axis.low, axis.high, most=4)
    )
