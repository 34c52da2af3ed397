"""Round numbers along an axis."""

from __future__ import annotations

import math


def ticks(low: float, high: float, *, most: int = 6) -> list[float]:
    """Give round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high
        Ends of the axis, finite; the ends themselves are given only where they are round.
    most
        Most numbers that have room, ≥ 2.

    Returns
    -------
    list of float
        Ascending; only `low` where the axis has no length.

    Examples
    --------
    >>> ticks(0.7, 1.0)
    [0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]
