"""The default method of selection: quotas over tasks, and within each the rows that stand for most others.

Facility location (`taskscape.analysis.selection.facility_location`) under limits, in three stages: the certain seats of
each task; the seats that several tasks have an equal claim to, which go where they add most; and what the quotas leave
open, without limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from taskscape.analysis.selection.facility_location import Stage, facility_location
from taskscape.analysis.selection.quotas import BROAD, EXACT, Quota, allot, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.analysis.selection.method_input import Problem


def task_balanced(problem: Problem, names: NDArray[np.str_], quota: Quota) -> tuple[NDArray[np.int64], list[str]]:
    """Choose rows by quotas over tasks.

    Parameters
    ----------
    problem
        What to choose from.
    names
        Task of each row, shape ``(n,)``.
    quota
        See `taskscape.analysis.selection.quotas.weigh`. Kept rows count for their tasks.

    Returns
    -------
    chosen : array, int64
        The kept rows, then the chosen ones in the order of choice.
    notes : list of str
        Tasks of a mix that have fewer rows than their share.

    Notes
    -----
    Cost: that of `facility_location`.
    """
    tasks, codes = np.unique(names, return_inverse=True)
    held = np.bincount(codes[problem.kept], minlength=len(tasks))
    rows = held + np.bincount(codes[problem.free], minlength=len(tasks))
    weights, share = weigh(quota, tasks.tolist(), rows)
    named = weights > 0
    target = min(round(share * problem.size), problem.size - int(held[~named].sum()))
    # Shares are to be met; the other quotas are there to keep many tasks.
    step = EXACT if isinstance(quota, Mapping) or quota == "proportional" else BROAD
    seats = allot(weights, np.where(named, rows, 0), target, held=np.where(named, held, 0), step=step)
    limits = np.maximum(seats.certain, held)
    certain = int(limits.sum())
    stages = [
        Stage(certain, limits),
        Stage(certain + seats.left, limits + seats.contested),
        Stage(problem.size, rows),
    ]
    chosen = facility_location(problem, groups=codes.astype(np.int64), stages=stages)
    return chosen, _shortfalls(quota, dict(zip(tasks.tolist(), rows.tolist(), strict=True)), problem.size)


def _shortfalls(quota: Quota, rows: dict[str, int], size: int) -> list[str]:
    """Say which tasks of a mix have fewer rows than their share."""
    if not isinstance(quota, Mapping):
        return []
    short = [task for task, share in quota.items() if rows[task] < round(share * size)]
    if not short:
        return []
    shown = ", ".join(short[:3]) + (", …" if len(short) > 3 else "")
    return [f"{len(short)} of the mix's tasks have fewer rows than their share ({shown}); others fill the gap"]
