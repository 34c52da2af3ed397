"""Figures that compare groups, neighbours and similarities with known labels: the one place where each is computed.

Benchmarks, paraphrase sets and the validation of training use these, so that a figure of one name is one figure.
Every function is pure; the heaviest, `precision_at`, holds the cosines of `BLOCK` rows at a time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

BLOCK = 1024  # rows whose cosines to all others are held at once


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a grouping of rows agrees with their labels.

    Attributes
    ----------
    ari
        Adjusted Rand index: agreement over all pairs of rows; 0 is chance, 1 is equal; may be a little below 0.
    purity
        Share of rows with the commonest label of their group, 0 to 1.
    homogeneity, v_measure
        How little entropy of the label is left within a group, and its harmonic mean with completeness, 0 to 1.
    """

    ari: float
    purity: float
    homogeneity: float
    v_measure: float


@dataclass(frozen=True, slots=True)
class PairScores:
    """How well a similarity tells pairs of one kind from pairs of another.

    Attributes
    ----------
    spearman
        Rank correlation of similarity and kind, -1 to 1.
    ceiling
        What perfect separation would give: less than 1, as kinds are two values and similarities many; 1 where
        similarities are two values too, which is why Spearman of such ones is not to be compared with that of others.
    auc
        Share of (same, different) pairs of pairs that the similarity orders rightly, ties counted half.
    pairs
        How many pairs.
    """

    spearman: float
    ceiling: float
    auc: float
    pairs: int


def numbered(labels: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
    """Replace labels, strings or numbers, by their numbers in sorted order, from 0, ``(n,)``."""
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)


def agreement(labels: Sequence[Any] | NDArray[Any], groups: Sequence[Any] | NDArray[Any]) -> Agreement:
    """Compare a grouping with labels.

    Parameters
    ----------
    labels, groups
        One of each per row, strings or numbers, ``(n,)``.

    Returns
    -------
    Agreement
        The figures.
    """
    from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

    truth, found = numbered(labels), numbered(groups)
    homogeneity, _, v_measure = homogeneity_completeness_v_measure(truth, found)
    return Agreement(
        ari=float(adjusted_rand_score(truth, found)),
        purity=purity(truth, found),
        homogeneity=float(homogeneity),
        v_measure=float(v_measure),
    )


def purity(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> float:
    """Share of rows that have the commonest label of their group.

    Parameters
    ----------
    labels, groups
        Numbers from 0 on, ``(n,)``.

    Returns
    -------
    float
        0 to 1.
    """
    kinds = int(labels.max()) + 1
    cells, counts = np.unique(groups * kinds + labels, return_counts=True)
    commonest = np.zeros(int(groups.max()) + 1, np.int64)
    np.maximum.at(commonest, cells // kinds, counts)
    return float(commonest.sum() / len(labels))


def kmeans_groups(
    embeddings: NDArray[np.floating[Any]], k: int, *, seed: int = 0, starts: int | Literal["auto"] = "auto"
) -> NDArray[np.int64]:
    """Group rows by k-means as IEB's published code does.

    Not `taskscape.cluster`, which is quicker and by cosine: published figures need the published algorithm.

    Parameters
    ----------
    embeddings
        ``(n, d)``.
    k
        Number of groups.
    seed
        scikit-learn's ``random_state``; the published one is 0.
    starts
        scikit-learn's ``n_init``; the published one is ``"auto"``: a single start.

    Returns
    -------
    ndarray
        int64 ``(n,)``, 0 to k - 1.
    """
    from sklearn.cluster import KMeans

    groups = KMeans(n_clusters=k, random_state=seed, n_init=starts).fit_predict(embeddings)
    return np.asarray(groups, np.int64)


def silhouette(embeddings: NDArray[np.floating[Any]], groups: NDArray[np.int64]) -> float | None:
    """Mean silhouette of groups, -1 to 1; None where it is not defined (a single group, or every row its own)."""
    from sklearn.metrics import silhouette_score

    if not 2 <= len(np.unique(groups)) < len(groups):
        return None
    return float(silhouette_score(embeddings, groups))


def roc_auc(scores: ArrayLike, positive: ArrayLike) -> float:
    """Give the area under the ROC curve: the chance that a positive scores above a negative, ties counted half.

    Parameters
    ----------
    scores
        Shape ``(n,)``.
    positive
        Booleans, shape ``(n,)``, with both values present.

    Returns
    -------
    float
        0 to 1; .5 is chance.

    Raises
    ------
    DataError
        All pairs are of one kind.
    """
    from sklearn.metrics import roc_auc_score

    mask = np.asarray(positive, dtype=bool)
    hits = int(mask.sum())
    if hits in (0, mask.size):
        raise DataError(f"AUC needs positives and negatives, got {hits} and {mask.size - hits}")
    return float(roc_auc_score(mask, np.asarray(scores, dtype=np.float64)))


def score_pairs(similarities: ArrayLike, same: NDArray[np.bool_]) -> PairScores:
    """Compare similarities of pairs with whether each pair is of one kind.

    Parameters
    ----------
    similarities
        ``(n,)``.
    same
        bool ``(n,)``, with both values.

    Returns
    -------
    PairScores
        The figures; Spearman is 0 where all similarities are equal.

    Raises
    ------
    DataError
        All pairs have one label.
    """
    from scipy.stats import spearmanr

    values = np.asarray(similarities, dtype=np.float64)
    if same.all() or not same.any():
        raise DataError("a similarity test needs pairs of the same task and pairs of different ones.")
    # Perfect separation without ties: all different pairs in any order, then all same ones.
    perfect = np.where(same, len(same), 0) + np.arange(len(same)) / len(same)
    two_valued = len(np.unique(values)) == 2
    return PairScores(
        spearman=float(spearmanr(values, same)[0]) if np.ptp(values) > 0 else 0.0,
        ceiling=1.0 if two_valued else float(spearmanr(perfect, same)[0]),
        auc=roc_auc(values, same),
        pairs=len(same),
    )


def precision_at(
    embeddings: NDArray[np.floating[Any]],
    labels: Sequence[Any] | NDArray[Any],
    depths: Sequence[int],
    *,
    paired_only: bool = False,
) -> list[float]:
    """Share of nearest neighbours by cosine that have the same label.

    Parameters
    ----------
    embeddings
        ``(n, d)``, unit rows.
    labels
        One per row.
    depths
        Numbers of neighbours, such as ``(1, 5)``.
    paired_only
        Count only rows whose label another row has too; 0 where there is none.

    Returns
    -------
    list of float
        For each depth the mean over rows, 0 to 1. A row is not its own neighbour.
    """
    truth = numbered(labels)
    deepest = min(max(depths), len(truth) - 1)
    hits = np.empty((len(truth), deepest), dtype=bool)
    for start in range(0, len(truth), BLOCK):
        rows = slice(start, start + BLOCK)
        cosines = embeddings[rows] @ embeddings.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -np.inf
        nearest = np.argpartition(-cosines, np.arange(deepest), axis=1)[:, :deepest]
        hits[rows] = truth[nearest] == truth[rows, None]
    if paired_only:
        counts = Counter(truth.tolist())
        hits = hits[[counts[label] > 1 for label in truth.tolist()]]
    return [float(hits[:, :depth].mean()) if hits.size else 0.0 for depth in depths]
