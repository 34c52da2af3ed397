"""Which rows stay, once the pairs are known: at any threshold and by any rule, without computing pairs anew.

A removed row always points at a row that stays and that it was itself compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.analysis.deduplication.candidate_pairs import LEAST, Candidates
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray


AUTO = 0.78  # measured by benchmarks/dedup.py
KINDS = ("exact", "normalised", "near", "semantic")
Keep = Literal["first", "longest", "best"]
KEEP: tuple[Keep, ...] = ("first", "longest", "best")


@dataclass(frozen=True, eq=False, repr=False)
class Duplicates:
    """Which rows stay, and for each other row of which one it is a duplicate.

    Parameters
    ----------
    keep
        True for rows that stay, bool, shape ``(n,)``.
    duplicate_of
        Row that a removed one repeats, int64, shape ``(n,)``; -1 for rows that stay. With `against` it is a row of the
        other data, else a row that stays.
    similarity
        0 to 1, float32, shape ``(n,)``; 1 for exact and normalised, 0 for rows that stay.
    kind
        ``"exact"``, ``"normalised"``, ``"near"``, ``"semantic"``; empty for rows that stay; shape ``(n,)``.
    threshold
        What near and semantic duplicates had to reach.
    """

    keep: NDArray[np.bool_]
    duplicate_of: NDArray[np.int64]
    similarity: NDArray[np.float32]
    kind: NDArray[np.str_]
    threshold: float
    _candidates: Candidates = field(repr=False)
    _rule: Keep = "first"
    _scores: NDArray[np.float64] | None = None

    def __repr__(self) -> str:
        return f"Duplicates({self.removed.size:,} of {len(self.keep):,} rows, threshold {self.threshold:g})"

    @property
    def kept(self) -> NDArray[np.int64]:
        """Rows that stay, ascending."""
        return np.flatnonzero(self.keep)

    @property
    def removed(self) -> NDArray[np.int64]:
        """Rows that do not, ascending."""
        return np.flatnonzero(~self.keep)

    @property
    def counts(self) -> dict[str, int]:
        """Removed rows of each kind."""
        return {kind: int((self.kind == kind).sum()) for kind in KINDS}

    def at(self, threshold: float | Literal["auto"]) -> Duplicates:
        """Give the result at another threshold, from the pairs that were found: nothing is computed anew.

        Parameters
        ----------
        threshold
            0.7 to 1, or ``"auto"``.

        Raises
        ------
        UsageError
            It is outside that range.
        """
        return resolve(self._candidates, threshold=threshold, keep=self._rule, scores=self._scores)

    def to_table(self) -> pa.Table:
        """Give one row per row: ``keep``, ``duplicate_of``, ``similarity``, ``kind``, null for rows that stay."""
        import pyarrow as pa

        return pa.table(
            {
                "keep": pa.array(self.keep),
                "duplicate_of": pa.array(self.duplicate_of, mask=self.keep),
                "similarity": pa.array(self.similarity, mask=self.keep),
                "kind": pa.array(self.kind.tolist(), pa.string(), mask=self.keep),
            }
        )

    def _repr_html_(self) -> str:
        """Show the counts in a notebook."""
        rows = "".join(f"<tr><th>{kind}</th><td>{count:,}</td></tr>" for kind, count in self.counts.items())
        total = f"<tr><th>all</th><td>{self.removed.size:,} of {len(self.keep):,}</td></tr>"
        return f"<table><caption>Duplicates at {self.threshold:g}</caption>{rows}{total}</table>"


def resolve(
    candidates: Candidates,
    *,
    threshold: float | Literal["auto"] = "auto",
    keep: Keep = "first",
    scores: NDArray[np.float64] | None = None,
) -> Duplicates:
    """Decide which rows stay.

    Rows are taken in the order of the rule: one stays unless it is a duplicate of one that stays already. So a removed
    row never points at a removed one, and what stays are no duplicates of each other.

    Parameters
    ----------
    candidates
        From `find_candidates`.
    threshold, keep, scores
        As in `dedup`.

    Returns
    -------
    Duplicates
        The decision.

    Raises
    ------
    UsageError
        As in `dedup`.
    """
    value = checked_threshold(threshold)
    checked = checked_scores(scores, keep, candidates.rows)
    rank = _ranks(candidates, keep, checked)
    by_group = np.lexsort((rank, candidates.group))
    keeper = by_group[np.unique(candidates.group[by_group], return_index=True)[1]]
    going = _merged(candidates, rank[keeper], value)
    return _decided(candidates, keeper, going, value, keep, checked)


def checked_threshold(threshold: float | str) -> float:
    """Give the threshold as a number; refuse one out of range."""
    if threshold == "auto":
        return AUTO
    if isinstance(threshold, str) or not LEAST <= threshold <= 1:
        raise UsageError(f"threshold is {threshold}: take {LEAST} to 1, or 'auto' ({AUTO}).")
    return float(threshold)


def checked_scores(
    scores: Sequence[float] | NDArray[np.floating[Any]] | None, keep: str, rows: int
) -> NDArray[np.float64] | None:
    """Give the scores as numbers, one for each of the rows; refuse them where the rule does not use them."""
    if keep not in KEEP:
        raise UsageError(f"keep is {keep!r}: take one of {', '.join(KEEP)}.")
    if (scores is not None) != (keep == "best"):
        raise UsageError("scores and keep='best' belong together: give both or none.")
    if scores is None:
        return None
    checked = np.asarray(scores, np.float64)
    if checked.shape != (rows,):
        raise UsageError(f"scores have the shape {checked.shape} for {rows} rows: give one each.")
    if not np.isfinite(checked).all():
        row = int(np.flatnonzero(~np.isfinite(checked))[0])
        raise UsageError(f"the score of row {row} is {checked[row]}: give a finite number for each row.")
    return checked


def _ranks(candidates: Candidates, keep: Keep, scores: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """Give numbers to the rows in the order in which they may stay; rows of the other data before all."""
    n = candidates.rows
    numbers = np.arange(n)
    if keep == "first":
        order = numbers
    else:
        worth = candidates.length[:n].astype(np.float64) if scores is None else scores
        order = np.lexsort((numbers, candidates.text[:n], -worth))
    others = len(candidates.text) - n
    ranks = np.empty(len(candidates.text), np.int64)
    ranks[order] = others + numbers
    ranks[n:] = np.arange(others)
    return ranks


def _merged(candidates: Candidates, ranks: NDArray[np.int64], value: float) -> NDArray[np.int64]:
    """Give for each group the pair by which it goes, or -1 where it stays.

    Parameters
    ----------
    ranks
        Rank of the row that would stay of each group.
    value
        The threshold.
    """
    others = len(candidates.text) - candidates.rows
    going = np.full(len(ranks), -1, np.int64)
    near: dict[int, list[tuple[float, int, int, int]]] = {}
    for pair in np.flatnonzero(candidates.similarity >= value - 1e-6).tolist():
        left, right = int(candidates.left[pair]), int(candidates.right[pair])
        low, high = (left, right) if ranks[left] < ranks[right] else (right, left)
        if not others or ranks[low] < others <= ranks[high]:
            near.setdefault(high, []).append((-float(candidates.similarity[pair]), int(ranks[low]), low, pair))
    for group in sorted(near, key=ranks.__getitem__):
        staying = [entry for entry in near[group] if going[entry[2]] < 0]
        if staying:
            going[group] = min(staying)[3]
    return going


def _decided(
    candidates: Candidates,
    keeper: NDArray[np.int64],
    going: NDArray[np.int64],
    value: float,
    rule: Keep,
    scores: NDArray[np.float64] | None,
) -> Duplicates:
    """Write out for each row what was decided for its group."""
    n = candidates.rows
    against = len(candidates.text) > n
    group = candidates.group[:n]
    pair = going[group]
    merged = pair >= 0
    target = keeper[group]
    if against:
        target = _same_text(candidates, target)
    if len(candidates.left):
        into = candidates.left[pair] + candidates.right[pair] - group  # the other end of the pair
        target = np.where(merged, keeper[np.where(merged, into, 0)], target)
    keep = ~merged & ((target < n) if against else (target == np.arange(n)))
    exact = candidates.text[target] == candidates.text[:n]
    kind = np.where(exact, "exact", "normalised")
    if len(candidates.near):
        kind = np.where(merged, np.where(candidates.near[pair], "near", "semantic"), kind)
        similarity = np.where(merged, candidates.similarity[pair], 1).astype(np.float32)
    else:
        similarity = np.ones(n, np.float32)
    return Duplicates(
        keep,
        np.where(keep, -1, target - (n if against else 0)),
        np.where(keep, 0, similarity).astype(np.float32),
        np.where(keep, "", kind),
        value,
        candidates,
        rule,
        scores,
    )


def _same_text(candidates: Candidates, target: NDArray[np.int64]) -> NDArray[np.int64]:
    """Point rows at the first row of the other data with the very same text, where there is one."""
    n = candidates.rows
    found, first = np.unique(candidates.text[n:], return_index=True)
    place = np.minimum(np.searchsorted(found, candidates.text[:n]), len(found) - 1)
    same = found[place] == candidates.text[:n]
    return np.where(same, n + first[place], target)
