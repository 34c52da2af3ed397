"""Rows to keep: a subset of given size by one of nine methods, with figures beside those of a random subset.

This module checks what it is given and hands it to a method:

- `taskscape.analysis.selection.task_balance`: task-balanced
- `taskscape.analysis.selection.facility_location`: facility-location
- `taskscape.analysis.selection.greedy`: k-center, mmr, dpp, deita
- `taskscape.analysis.selection.centroids`: kmeans, density
- `taskscape.analysis.selection.random_draw`: random

Scores weight every method: a row counts for its quality, the share of rows that score no better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from taskscape.analysis.selection.centroids import nearest_to_centroids
from taskscape.analysis.selection.facility_location import facility_location
from taskscape.analysis.selection.greedy import determinantal, farthest_first, marginal_relevance, score_first
from taskscape.analysis.selection.method_input import Problem, pose
from taskscape.analysis.selection.random_draw import draw
from taskscape.analysis.selection.result import Selection
from taskscape.analysis.selection.subset_figures import TAU
from taskscape.analysis.selection.task_balance import task_balanced
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from taskscape.analysis.selection.quotas import Quota

    Progress = Callable[[int, int | None], None]

Method: TypeAlias = Literal[
    "task-balanced", "kmeans", "density", "k-center", "facility-location", "mmr", "dpp", "deita", "random"
]
METHODS: tuple[Method, ...] = get_args(Method)
DIVERSITY = 0.5
CEILING = 0.9
_USERS = {"quota": ("task-balanced",), "k": ("kmeans",), "diversity": ("mmr",), "ceiling": ("deita",)}
_Choice: TypeAlias = "tuple[NDArray[np.int64], list[str]]"


def select(
    embeddings: NDArray[np.floating[Any]],
    *,
    size: float,
    method: Method = "task-balanced",
    tasks: Sequence[object] | None = None,
    quota: Quota | None = None,
    scores: ArrayLike | None = None,
    must_keep: ArrayLike | None = None,
    exclude: ArrayLike | None = None,
    k: int | None = None,
    diversity: float | None = None,
    ceiling: float | None = None,
    tau: float = TAU,
    seed: int = 0,
    progress: Progress | None = None,
) -> Selection:
    """Choose rows that stand for all.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, any float type; compared by cosine.
    size
        How many: an int from 1 to n, or a float above 0 to 1, the share of all rows.
    method
        ``"task-balanced"``: quotas over tasks, and within them the rows that stand for most others.
        ``"kmeans"``, ``"density"``: the rows nearest to the centroids of groups.
        ``"k-center"``: always the row farthest from all chosen ones.
        ``"facility-location"``: the rows that stand for most others.
        ``"mmr"``: relevant (by score, else typical) and unlike those chosen.
        ``"dpp"``: the rows whose vectors span the largest volume.
        ``"deita"``: best scores first, leaving out what is too like a chosen row; needs scores.
        ``"random"``: drawn by the seed.
    tasks
        Task of each row, as `Task` or text. Task-balanced needs them; with any method they are counted in the figures.
    quota
        Of task-balanced, how many rows each task gets: by the square root of its rows (``"sqrt"``, the default), as
        many as any other (``"uniform"``), by its rows (``"proportional"``), or a mapping of tasks to shares of the
        selection that add up to at most 1; what it leaves open goes to the rows that stand for most others.
    scores
        Quality of each row, higher is better, shape ``(n,)``; only their order counts. Every method then weights rows
        with the share of rows that score no better.
    must_keep, exclude
        Numbers of rows that are chosen in any case, and of rows that never are.
    k
        Clusters of kmeans; by default one for each row to choose, at most 1,000.
    diversity
        Weight of being unlike in mmr, 0 to 1; by default 0.5.
    ceiling
        Cosine from which on two rows are too alike for deita; by default 0.9.
    tau
        Cosine from which on a chosen row stands for another; of the figures only.
    seed
        Of random, of the clusters of kmeans, and of the first row of k-center and dpp. The others draw nothing. Same
        seed, same rows.
    progress
        Called with (rows chosen, rows to choose).

    Returns
    -------
    Selection
        The rows, and their figures on demand.

    Raises
    ------
    UsageError
        A setting is out of range, belongs to another method or contradicts another one; lengths differ; a number of the
        embeddings or a score is not finite; rows that must be kept are more than `size`; a mix names tasks that do not
        occur.

    Notes
    -----
    Cost for n rows of d dimensions: random n; kmeans and density as `taskscape.cluster`; task-balanced and
    facility-location as `taskscape.vectors.nearest` with 32 neighbours, then about 20 µs per row; k-center, mmr, dpp
    and deita n × size × d multiplications. For a million rows take random, kmeans, task-balanced or facility-location.

    Examples
    --------
    >>> rows = np.repeat(np.eye(3, dtype=np.float32), [5, 3, 2], axis=0)
    >>> select(rows, size=3, method="facility-location").indices.tolist()
    [0, 5, 8]
    """
    if method not in METHODS:
        raise UsageError(f"The method {method!r} is unknown: take one of {', '.join(METHODS)}.")
    _check_settings(method, quota=quota, k=k, diversity=diversity, ceiling=ceiling)
    problem = pose(
        embeddings, size=size, scores=scores, must_keep=must_keep, exclude=exclude, seed=seed, progress=progress
    )
    names = None if tasks is None else np.array([str(task) for task in tasks])
    if names is not None and len(names) != len(embeddings):
        raise UsageError(f"There are {len(names)} tasks for {len(embeddings)} rows.")
    chosen, notes = _choose(problem, method, names, quota, k, diversity, ceiling, scored=scores is not None)
    return Selection(np.sort(chosen), method, names, tau, tuple(notes), problem)


def _choose(
    problem: Problem,
    method: str,
    names: NDArray[np.str_] | None,
    quota: Quota | None,
    k: int | None,
    diversity: float | None,
    ceiling: float | None,
    *,
    scored: bool,
) -> _Choice:
    """Hand the problem to the method, with its settings or their defaults; give the rows and notes for people."""
    if method == "task-balanced":
        if names is None:
            raise UsageError(
                "task-balanced needs the task of each row: give tasks=label(texts), or take another method."
            )
        return task_balanced(problem, names, "sqrt" if quota is None else quota)
    if method == "deita":
        if not scored:
            raise UsageError("deita takes the best scores first: give scores, or take another method.")
        return _deita(problem, CEILING if ceiling is None else ceiling)
    return _by_vectors(problem, method, k, DIVERSITY if diversity is None else diversity), []


def _check_settings(method: str, **given: object) -> None:
    """Refuse a setting that the method would not look at, or that is out of range."""
    for name, value in given.items():
        if value is not None and method not in _USERS[name]:
            raise UsageError(f"{name} is a setting of {', '.join(_USERS[name])}; {method} has none: leave it away.")
    for name in ("diversity", "ceiling"):
        value = given[name]
        if isinstance(value, int | float) and not 0 <= value <= 1:
            raise UsageError(f"{name} is {value}: take 0 to 1.")


def _by_vectors(problem: Problem, method: str, k: int | None, diversity: float) -> NDArray[np.int64]:
    """Choose by a method that needs neither tasks nor scores."""
    methods: Mapping[str, Callable[[], NDArray[np.int64]]] = {
        "kmeans": lambda: nearest_to_centroids(problem, method="kmeans", k=k),
        "density": lambda: nearest_to_centroids(problem, method="density"),
        "k-center": lambda: farthest_first(problem),
        "facility-location": lambda: facility_location(problem),
        "mmr": lambda: marginal_relevance(problem, diversity=diversity),
        "dpp": lambda: determinantal(problem),
        "random": lambda: draw(problem),
    }
    return methods[method]()


def _deita(problem: Problem, ceiling: float) -> _Choice:
    chosen, filled = score_first(problem, ceiling=ceiling)
    if not filled:
        return chosen, []
    fitting = problem.size - filled
    return chosen, [
        f"only {fitting:,} rows are less alike than the ceiling {ceiling:g}; the other {filled:,} are the best left"
    ]
