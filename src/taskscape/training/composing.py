"""Targets that name the task: a teacher's vectors joined with the vectors of the words of the label.

Why: contrast sees only the tasks of one batch, and the teacher's own heads know the verb and the noun better than its
vectors show them: on unseen tasks a vector with the words of the label joined to it separates better than any
contrastive run did. A text whose target holds those words tells the model outright what to carry over from the text,
for words never seen too, because the words' vectors come from a model that gives one to any word. Where words say
little of what is asked ("My card got stolen, what now?"), the base's vector of the whole text takes their place.

The price: one pass over ``(n, d + 2 e + t)``, some seconds for 120,000 texts.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from taskscape.tasks.label import NOTHING
from taskscape.training.sampling import words_of
from taskscape.vectors.neighbors import unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


def composed(
    vectors: NDArray[np.float32],
    tasks: Sequence[str],
    labels: Sequence[str | None],
    words: Mapping[str, NDArray[np.float32]],
    *,
    texts: NDArray[np.float32] | None = None,
    weight: float = 1.1,
    gather: float = 0.5,
) -> NDArray[np.float32]:
    """Join each vector with those of its task's words, in as many dimensions as it had.

    Parameters
    ----------
    vectors
        The teacher's, unit rows, shape ``(n, d)``.
    tasks
        Task of each row; all rows of a task get the mean of its labels' words, so that a family of wordings keeps one
        target.
    labels
        ``verb|noun`` of each row, or None: rows without any label in their task have no words beside the teacher's
        vector.
    words
        Vector of every word of the labels, shape ``(e,)``; centred and scaled to unit length here.
    texts
        Vectors of whole texts ``(n, t)``, as `centred` gives them; rows of zeros have none.
    weight
        Length of a word's vector beside the teacher's.
    gather
        How far the teacher's vectors of a task are drawn to their mean, 0 to 1; rows without a task stay.

    Returns
    -------
    NDArray
        Unit rows, shape ``(n, d)``, as `joined` gives them.

    Raises
    ------
    KeyError
        A label's word has no vector.
    """
    beside = [weight * _task_words(_members(tasks), labels, words)]
    if texts is not None:
        beside.append(texts)
    return joined(gathered(vectors, tasks, gather), *beside, towards=vectors)


def joined(
    vectors: NDArray[np.float32], *beside: NDArray[np.float32], towards: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Join vectors with others, as long as these count beside them, in as many dimensions as they have.

    Parameters
    ----------
    vectors
        Unit rows, shape ``(n, d)``.
    beside
        Rows of any width; rows of zeros say nothing.
    towards
        Rows ``(n, d)`` to which the result is turned: a model that starts from them has little way to go.

    Returns
    -------
    NDArray
        Unit rows, shape ``(n, d)``: the directions that hold most of the joined vectors' energy.
    """
    rows = unit_rows(np.hstack([vectors, *beside]))
    energy, directions = np.linalg.eigh((rows.T @ rows).astype(np.float64))
    strongest = directions[:, np.argsort(energy)[::-1][: vectors.shape[1]]]
    reduced = rows @ strongest.astype(np.float32)
    left, _, right = np.linalg.svd((reduced.T @ towards).astype(np.float64))
    return unit_rows(reduced @ (left @ right).astype(np.float32))


def centred(texts: NDArray[np.float32], lengths: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give unit rows ``(n, t)`` around the mean of those with a length, in these lengths; rows of zeros for others."""
    told = np.flatnonzero(lengths)
    found = np.zeros_like(texts)
    found[told] = unit_rows(texts[told] - texts[told].mean(0)) * lengths[told, None]
    return found


def lent(texts: NDArray[np.float32], tasks: Sequence[str]) -> NDArray[np.float32]:
    """Give rows of zeros the mean of those rows of their task that are not: one task must not have two targets."""
    found, told = texts.copy(), set(np.flatnonzero(texts.any(axis=1)).tolist())
    for task, rows in _members(tasks).items():
        lenders = [row for row in rows if row in told]
        if task and lenders:
            found[[row for row in rows if row not in told]] = texts[lenders].mean(0)
    return found


def gathered(vectors: NDArray[np.float32], tasks: Sequence[str], share: float) -> NDArray[np.float32]:
    """Draw unit rows ``(n, d)`` towards the mean of their task, 0 not at all, 1 all the way; give unit rows."""
    moved = vectors.copy()
    for task, rows in _members(tasks).items():
        if task:
            moved[rows] += share * (vectors[rows].mean(0) - vectors[rows])
    return unit_rows(moved)


def _members(tasks: Sequence[str]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for row, task in enumerate(tasks):
        members[task].append(row)
    return members


def _task_words(
    members: Mapping[str, list[int]], labels: Sequence[str | None], words: Mapping[str, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Give the mean vectors of verb and noun of each row's task, ``(n, 2 e)``."""
    names = sorted(words)
    table = np.stack([words[name] for name in names])
    dimension = table.shape[1]
    table = np.vstack([unit_rows(table - table.mean(0)), np.zeros((1, dimension), np.float32)])
    place = {name: row for row, name in enumerate(names)} | {NOTHING: len(names)}  # no word adds nothing
    found = np.zeros((len(labels), 2 * dimension), np.float32)
    for rows in members.values():
        pairs = [words_of(label) for row in rows if (label := labels[row])]
        if pairs:
            verbs, nouns = ([place[word] for word in column] for column in zip(*pairs, strict=True))
            found[rows] = np.concatenate([table[verbs].mean(0), table[nouns].mean(0)])
    return found
