"""Pairs of rows that some threshold would call duplicates: computed once, decided upon as often as wanted.

The time goes into reading the texts and into judging pairs; a threshold, and which copy stays, are then decided in
milliseconds (`taskscape.analysis.deduplication.deciding.resolve`). So the pairs are what a store keeps.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from taskscape.analysis.deduplication.minhash import jaccard
from taskscape.analysis.deduplication.text_evidence import candidate_pairs, gather, hashed, judge
from taskscape.analysis.deduplication.wording import plain_text, wording
from taskscape.errors import UsageError
from taskscape.vectors.index import check_finite
from taskscape.vectors.neighbors import unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Progress = Callable[[int, int | None], None]
    Embeddings = NDArray[np.floating[Any]]

RULES = 4  # raise it when the same rows give other pairs: what a store keeps is then found anew
LEAST = 0.7  # similarity below which a pair is not kept
TASK_SHARE = 0.25  # of a semantic similarity that the embeddings decide, where the wording agrees
_BLOCK = 8192  # pairs whose embeddings are compared at a time


@dataclass(frozen=True, eq=False, repr=False)
class Candidates:
    """All pairs that some threshold would call duplicates; what `resolve` needs beside a threshold.

    Parameters
    ----------
    rows
        Number of rows; those of the other data, where there is any, follow behind them.
    text
        Hash of each text, uint64, shape ``(n + m,)``.
    length
        Characters of each text, int64, shape ``(n + m,)``.
    group
        Rows of the same normalised text have the same number, int64, shape ``(n + m,)``.
    left, right
        Groups that may be duplicates, int64, shape ``(p,)``.
    similarity
        0.7 to 1, float32, shape ``(p,)``.
    near
        Whether letters decided (near) or wording and task (semantic), bool, shape ``(p,)``.
    """

    rows: int
    text: NDArray[np.uint64]
    length: NDArray[np.int64]
    group: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: NDArray[np.float32]
    near: NDArray[np.bool_]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Give everything as named arrays, for keeping on disk."""
        return {one.name: np.asarray(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make of `to_arrays` what it was."""
        return cls(int(arrays["rows"]), *(arrays[one.name] for one in fields(cls)[1:]))


def find_candidates(
    texts: Sequence[str],
    embeddings: NDArray[np.floating[Any]] | None = None,
    *,
    against: tuple[Sequence[str], NDArray[np.floating[Any]] | None] | None = None,
    progress: Progress | None = None,
) -> Candidates:
    """Find every pair that some threshold would call duplicates: the part of `dedup` that takes time.

    Parameters
    ----------
    texts, embeddings, against, progress
        As in `dedup`.

    Returns
    -------
    Candidates
        To be kept, and given to `resolve` with one threshold or another.

    Raises
    ------
    UsageError
        Lengths or dimensions differ, or a number is not finite.
    """
    others, other_embeddings = against if against is not None else ([], None)
    _check(texts, embeddings, others, other_embeddings, paired=against is not None)
    rows = _Rows(texts, others)
    text = np.fromiter(map(hashed, rows), np.uint64, len(rows))
    plain = np.fromiter((hashed(plain_text(one)) for one in rows), np.uint64, len(rows))
    _, group = np.unique(plain, return_inverse=True)
    # The row that speaks for a group is chosen by its text, so that the order of rows decides nothing.
    order = np.lexsort((text, group))
    speakers = order[np.unique(group[order], return_index=True)[1]]
    spoken = [rows[row] for row in speakers.tolist()]
    evidence = gather(spoken, progress)
    left, right = candidate_pairs(evidence)
    if against is not None:
        left, right = _crossing(left, right, group, len(texts))
    left, right, agreed, letters = _judged(spoken, left, right, evidence.weights())
    similarity = letters
    if embeddings is not None:
        cosines = _cosines(embeddings, other_embeddings, speakers[left], speakers[right])
        similarity = np.maximum(letters, agreed * (1 - TASK_SHARE + TASK_SHARE * cosines))
    kept = similarity >= LEAST
    return Candidates(
        len(texts),
        text,
        np.fromiter(map(len, rows), np.int64, len(rows)),
        group.astype(np.int64),
        left[kept],
        right[kept],
        similarity[kept].astype(np.float32),
        (letters >= similarity)[kept],
    )


class _Rows:
    """The texts of both sides as one sequence, not copied."""

    def __init__(self, texts: Sequence[str], others: Sequence[str]) -> None:
        self._texts, self._others = texts, others

    def __len__(self) -> int:
        return len(self._texts) + len(self._others)

    def __getitem__(self, row: int) -> str:
        return self._texts[row] if row < len(self._texts) else self._others[row - len(self._texts)]

    def __iter__(self) -> Iterator[str]:
        return itertools.chain(self._texts, self._others)


def _check(
    texts: Sequence[str],
    embeddings: Embeddings | None,
    others: Sequence[str],
    other_embeddings: Embeddings | None,
    *,
    paired: bool,
) -> None:
    if not len(texts):
        raise UsageError("There is no row to compare.")
    if paired and not len(others):
        raise UsageError("There is no row to compare with: the other data is empty.")
    for what, given, vectors in (("rows", texts, embeddings), ("other rows", others, other_embeddings)):
        if vectors is not None and len(vectors) != len(given):
            raise UsageError(f"There are {len(given)} {what} and {len(vectors)} embeddings of them: give one each.")
        if vectors is not None:
            check_finite(vectors, f"embeddings of the {what}")
        for row, text in enumerate(given):
            if not isinstance(text, str):
                raise UsageError(f"Text {row} of the {what} is a {type(text).__name__}, not a string.")
    if paired and (embeddings is None) != (other_embeddings is None):
        raise UsageError("Only one side has embeddings: give both or none.")
    if embeddings is not None and other_embeddings is not None and embeddings.shape[1] != other_embeddings.shape[1]:
        raise UsageError(
            f"The embeddings have {embeddings.shape[1]} dimensions and the others {other_embeddings.shape[1]}: "
            "take one encoder for both."
        )


def _crossing(
    left: NDArray[np.int64], right: NDArray[np.int64], group: NDArray[np.int64], rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keep pairs of which one group has a row and the other a row of the other data."""
    groups = int(group.max()) + 1
    here = np.bincount(group[:rows], minlength=groups) > 0
    there = np.bincount(group[rows:], minlength=groups) > 0
    kept = (here[left] & there[right]) | (there[left] & here[right])
    return left[kept], right[kept]


def _judged(
    texts: Sequence[str], left: NDArray[np.int64], right: NDArray[np.int64], weights: dict[int, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Judge the wording of each pair; give those that agree, how far they do, and how far their letters are alike."""
    found: list[tuple[int, int, float, float]] = []
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        agreed, slips = judge(texts[one], texts[other], weights)
        if agreed >= LEAST:
            # But for slips of the pen the letters are the same.
            alike = 1.0 if slips else jaccard(wording(texts[one]).core, wording(texts[other]).core)
            found.append((one, other, agreed, min(agreed, alike)))
    table = np.array(found, np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3]


def _cosines(
    embeddings: Embeddings, others: Embeddings | None, first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cosine of each pair of rows, 0 where it is negative."""
    n = len(embeddings)

    def vectors(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        if others is None:
            return unit_rows(embeddings[rows])
        mine = rows < n
        found = np.empty((len(rows), embeddings.shape[1]), np.float32)
        found[mine] = embeddings[rows[mine]]
        found[~mine] = others[rows[~mine] - n]
        return unit_rows(found)

    cosines = np.empty(len(first))
    for start in range(0, len(first), _BLOCK):
        here = slice(start, start + _BLOCK)
        cosines[here] = np.einsum("nd,nd->n", vectors(first[here]), vectors(second[here]))
    return cosines.clip(0, 1)
