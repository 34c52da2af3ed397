"""Rows that say the same as another one: exact, normalised, near and semantic duplicates, in one go.

Instruction data is full of rows that share a task, a template and most of their words, and differ in what they are
about: "Translate cat to French", "Translate dog to French". Embeddings of tasks, and letters, call them alike. So a row
is never a duplicate by similarity alone: the text must say the same (`taskscape.analysis.deduplication.text_evidence`),
which means that content words, numbers, quoted parts and input agree. Embeddings then tell whether the same is asked.

========== ========================================================================================
exact      the same text
normalised the same but for spacing, capitals, punctuation, forms of quotes and dashes
near       almost the same letters (Jaccard of 5-byte shingles), and the wording agrees
semantic   the wording agrees (another verb, synonyms, another order), and the encoder sees one task
========== ========================================================================================

Which copy stays is a rule (`taskscape.analysis.deduplication.deciding`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from taskscape.analysis.deduplication.candidate_pairs import find_candidates
from taskscape.analysis.deduplication.deciding import checked_scores, checked_threshold, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.analysis.deduplication.deciding import Duplicates, Keep

    Progress = Callable[[int, int | None], None]


def dedup(
    texts: Sequence[str],
    embeddings: NDArray[np.floating[Any]] | None = None,
    *,
    threshold: float | Literal["auto"] = "auto",
    against: tuple[Sequence[str], NDArray[np.floating[Any]] | None] | None = None,
    keep: Keep = "first",
    scores: Sequence[float] | NDArray[np.floating[Any]] | None = None,
    progress: Progress | None = None,
) -> Duplicates:
    """Find duplicates.

    Parameters
    ----------
    texts
        n texts: instructions, each with its input after a blank line where it has one. Rows that differ in their input
        are never duplicates.
    embeddings
        Shape ``(n, d)``, any float type. Without them there are no semantic duplicates.
    threshold
        Similarity from which near and semantic duplicates count, 0.7 to 1. ``"auto"`` is 0.78.
    against
        Texts and embeddings of other data. Rows are then compared with those only, not with each other: which rows
        occur there (is a benchmark in the training data?).
    keep
        Which of several copies stays: the ``"first"``, the ``"longest"``, or the ``"best"`` by `scores`. Ties of the
        last two are broken by the text, so that the texts that stay do not depend on the order of the rows.
    scores
        Shape ``(n,)``, for ``keep="best"``; the highest stays.
    progress
        Called with (texts read, texts in all).

    Returns
    -------
    Duplicates
        The rows that stay, and what each other row repeats.

    Raises
    ------
    UsageError
        Lengths or dimensions differ, a number of the embeddings is not finite, the threshold is out of range, a rule is
        unknown, or scores are missing, not finite, or not used.

    Notes
    -----
    Semantic similarity is ``agreement × (0.75 + 0.25 × cosine)``: agreement is 1 where the content words are the same,
    and less where one side has a word more, by its weight (the rarer in the data, the heavier). It is 0 where each side
    has a content word of its own. Near similarity is the Jaccard similarity of the texts without greetings and polite
    forms, but not above the agreement.

    Source: Broder, On the resemblance and containment of documents, 1997 (MinHash); the wording rules are ours.
    Cost: about 0.2 ms a row, linear in n; 0.4 KB a row beside texts and embeddings.

    Examples
    --------
    >>> found = dedup(["Name a fruit.", "Translate cat to French", "name a fruit", "Translate dog to French"])
    >>> found.keep.tolist(), found.duplicate_of.tolist()
    ([True, True, False, True], [-1, -1, 0, -1])
    """
    checked_threshold(threshold)
    checked = checked_scores(scores, keep, len(texts))
    found = find_candidates(texts, embeddings, against=against, progress=progress)
    return resolve(found, threshold=threshold, keep=keep, scores=checked)
