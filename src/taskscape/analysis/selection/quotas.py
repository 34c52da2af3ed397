"""How many rows each task gets: quotas by uniform, square-root or proportional weights, or by a target mix.

Seats are given one at a time, as in an election: the next one goes to the task with the highest
weight / (2 × seats + 1), Webster's method, which comes as near to the exact shares as whole rows can; or with 3 in the
place of 2, so that more tasks get a first seat. A task never gets more seats than it has rows; what it leaves goes to
the others by the same rule. Tasks of equal claim to a last seat are not put in an order here: `Seats.contested` leaves
them to be settled by how much each would add.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Quota: TypeAlias = Literal["uniform", "sqrt", "proportional"] | Mapping[str, float]
EXACT = 2  # Webster's divisors 1, 3, 5 …: nearest to the exact shares
BROAD = 3  # the Danish divisors 1, 4, 7 …: more groups get a first seat
_POWERS = {"uniform": 0.0, "sqrt": 0.5, "proportional": 1.0}


@dataclass(frozen=True, eq=False, slots=True)
class Seats:
    """How many rows each group gets.

    Attributes
    ----------
    certain
        Rows of each group, held ones included, int64, shape ``(groups,)``.
    contested
        Groups with an equal claim to one more, boolean, shape ``(groups,)``.
    left
        How many more rows go to contested groups, at most one to each.
    """

    certain: NDArray[np.int64]
    contested: NDArray[np.bool_]
    left: int


def weigh(quota: Quota, names: Sequence[str], counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], float]:
    """Turn a quota into a weight of each task.

    Parameters
    ----------
    quota
        ``"uniform"``, ``"sqrt"``, ``"proportional"``, or a target mix: task → share of the selection.
    names
        Tasks that occur.
    counts
        Rows of each.

    Returns
    -------
    weights : float64, shape (tasks,)
        0 for tasks that a mix does not name.
    share : float
        Share of the selection that the quotas decide: 1, or the sum of the mix.

    Raises
    ------
    UsageError
        The word is unknown; or a mix is empty, names a task that does not occur, or has shares that are not positive
        or add up to more than 1.
    """
    if not isinstance(quota, Mapping):
        if quota not in _POWERS:
            raise UsageError(f"The quota {quota!r} is unknown: take {', '.join(map(repr, _POWERS))} or a mapping.")
        return counts.astype(np.float64) ** _POWERS[quota], 1.0
    if not quota:
        raise UsageError("The mix names no task.")
    known = {name: number for number, name in enumerate(names)}
    if unknown := [task for task in quota if task not in known]:
        near = difflib.get_close_matches(unknown[0], names, n=1)
        also = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"The mix names {unknown[0]!r}{also}, which no row asks for.{hint}")
    weights = np.zeros(len(names))
    for task, share in quota.items():
        if not (isinstance(share, int | float) and np.isfinite(share) and share > 0):
            raise UsageError(f"The mix gives {task!r} the share {share!r}: a share is a number above 0, up to 1.")
        weights[known[task]] = share
    if (total := float(weights.sum())) > 1 + 1e-6:
        raise UsageError(f"The shares of the mix add up to {total:.4g}: at most 1, and what is left is filled freely.")
    return weights, min(total, 1.0)


def allot(
    weights: NDArray[np.float64],
    rows: NDArray[np.int64],
    size: int,
    *,
    held: NDArray[np.int64] | None = None,
    step: int = EXACT,
) -> Seats:
    """Give out seats in proportion to weights.

    Parameters
    ----------
    weights
        Of each group, 0 or more, float64, shape ``(groups,)``; a group of weight 0 gets no more than it holds.
    rows
        Rows that each group has to give, those it holds already included.
    size
        Seats in all, held ones included.
    held
        Seats that are taken already, at most `rows`; they stay.
    step
        By how much the divisor grows with each seat: `EXACT`, or more, which favours groups that have few.

    Returns
    -------
    Seats
        Fewer than `size` in all where the groups of positive weight have no more rows.

    Notes
    -----
    Source: divisor methods of apportionment (Webster's, the Danish), with bounds. Of equal claims, larger groups go
    first. Cost: n log n for n rows in all.

    Examples
    --------
    >>> allot(np.array([1.0, 1.0]), np.array([9, 2]), 8).certain.tolist()
    [6, 2]
    """
    held = np.zeros_like(rows) if held is None else held
    spare = np.where(weights > 0, rows - held, 0)
    group = np.repeat(np.arange(len(rows)), spare)
    nth = np.arange(len(group)) - np.repeat(np.cumsum(spare) - spare, spare) + held[group]
    claim = weights[group] / (step * nth + 1)
    order = np.lexsort((-rows[group], -claim))
    free = min(max(size - int(held.sum()), 0), len(order))
    if free == 0:
        return Seats(held.copy(), np.zeros(len(rows), np.bool_), 0)
    last = order[free - 1]
    equal = (claim == claim[last]) & (rows[group] == rows[group[last]])
    if equal.sum() == equal[order[:free]].sum():  # all who claim as much as the last one were served
        equal[:] = False
    sure = order[:free][~equal[order[:free]]]
    certain = held + np.bincount(group[sure], minlength=len(rows))
    contested = np.bincount(group[equal], minlength=len(rows)) > 0
    return Seats(certain, contested, free - len(sure))
