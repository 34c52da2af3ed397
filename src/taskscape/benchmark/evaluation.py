"""How well an encoder tells tasks apart: the two tests of the IEB, by the published protocol, and figures beside them.

ICT, the instruction clustering test
    k-means on the embeddings, with as many clusters as there are tasks. ARI, purity, homogeneity and V-measure
    compare the clusters with the tasks; the silhouette says how far apart the clusters are.
IIS, the instruction intention similarity test
    Spearman's correlation of the cosine of two instructions with whether they ask for the same task (1) or not (0).
    As labels have two values, even perfect separation gives less than 1: that ceiling is given beside it, and so is
    the area under the ROC curve (AUC), which has none.
P@1, P@5
    The share of the nearest 1 or 5 other instructions, by cosine, that have the same task.

Source: Li et al. (2024), arXiv 2409.19680, section 5, and its code: scikit-learn's ``KMeans(n_clusters=tasks,
random_state=0, n_init="auto")``; a sentence that does not end in ``. ? " '`` gets a full stop. k-means depends on
its seed by about .01 of ARI, so that mean and spread over five seeds are given beside the published seed.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders import Fitted, as_encoder
from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from taskscape.benchmark.ieb import Ieb

    Floats = NDArray[np.float32]
    Progress = Callable[[int, int | None], None]

ENDINGS = (".", "?", '"', "'")
SEEDS = 5
BLOCK = 1024  # rows whose cosines to all others are held at once


@dataclass(frozen=True, slots=True)
class ClusterScores:
    """Figures of a clustering test, each from 0 (silhouette: -1) to 1.

    Attributes
    ----------
    k
        Number of clusters asked for.
    ari, purity, homogeneity, v_measure, silhouette
        With the first seed, which by default is the published one.
    ari_mean, ari_sd, purity_mean, purity_sd
        Over all seeds.
    """

    k: int
    ari: float
    purity: float
    homogeneity: float
    v_measure: float
    silhouette: float
    ari_mean: float
    ari_sd: float
    purity_mean: float
    purity_sd: float


@dataclass(frozen=True, slots=True)
class PairScores:
    """Figures of a similarity test.

    Attributes
    ----------
    spearman
        Of cosine and label, -1 to 1.
    ceiling
        What perfect separation would give.
    auc
        Share of (same, different) pairs of pairs that the cosine orders rightly.
    pairs
        How many pairs.
    """

    spearman: float
    ceiling: float
    auc: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Scores:
    """All figures of one encoder.

    Attributes
    ----------
    encoder, fingerprint, dimension
        Which encoder.
    clustering
        ICT.
    precision_at_1, precision_at_5
        Of the nearest neighbours, on the texts of ICT.
    similarity
        IIS.
    similarity_unseen
        IIS on the pairs of tasks that training did not see; None where nothing is known of training, or no pair is
        left.
    texts_per_second
        Encoding rate over all texts of both tests.
    """

    encoder: str
    fingerprint: str
    dimension: int
    clustering: ClusterScores
    precision_at_1: float
    precision_at_5: float
    similarity: PairScores
    similarity_unseen: PairScores | None
    texts_per_second: float

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        return asdict(self)


def evaluate(
    encoder: Any,
    ieb: Ieb,
    *,
    seed: int = 0,
    seeds: int = SEEDS,
    seen: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Scores:
    """Run both tests on an encoder.

    Parameters
    ----------
    encoder
        An encoder, or any object with ``encode(texts)``. One with ``fit(texts)`` (TF-IDF) is fitted on the texts of
        both tests.
    ieb
        What `taskscape.benchmark.ieb.read_ieb` gave.
    seed
        First seed of k-means; the published one is 0.
    seeds
        How many seeds, counted up from the first.
    seen
        Tasks of the encoder's training set, for `Scores.similarity_unseen`.
    progress
        Called with ``(steps done, steps in all)``.

    Returns
    -------
    Scores
        The figures.

    Raises
    ------
    EncoderError
        What was given is no encoder, or gave vectors that cannot be right.
    """
    encoder = as_encoder(encoder)
    report = progress or (lambda _done, _total: None)
    texts, both_texts = (
        [with_full_stop(text) for text in part] for part in (ieb.labelled.texts, [*ieb.pairs.first, *ieb.pairs.second])
    )
    if isinstance(encoder, Fitted):
        encoder.fit([*texts, *both_texts])
    started = time.perf_counter()
    embeddings = encoder.encode(texts)
    report(1, 4)
    both = encoder.encode(both_texts)
    seconds = time.perf_counter() - started
    report(2, 4)
    cosines = np.einsum("ij,ij->i", *np.split(both, 2))
    unseen = None
    if seen is not None and len(set(ieb.pairs.same[left := ieb.pairs.unseen(seen)])) == 2:
        unseen = score_pairs(cosines[left], ieb.pairs.same[left])
    clustering = score_clusters(embeddings, ieb.labelled.labels, seed=seed, seeds=seeds)
    report(3, 4)
    at_1, at_5 = precision_at(embeddings, ieb.labelled.labels, (1, 5))
    report(4, 4)
    return Scores(
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        clustering=clustering,
        precision_at_1=at_1,
        precision_at_5=at_5,
        similarity=score_pairs(cosines, ieb.pairs.same),
        similarity_unseen=unseen,
        texts_per_second=(len(embeddings) + len(both)) / seconds,
    )


def with_full_stop(text: str) -> str:
    """End a sentence as the published code does: where none of ``. ? " '`` stands, a full stop is put."""
    return text if text.endswith(ENDINGS) else f"{text}."


def score_clusters(
    embeddings: Floats, labels: Sequence[str], *, k: int | None = None, seed: int = 0, seeds: int = SEEDS
) -> ClusterScores:
    """Run the clustering test.

    Parameters
    ----------
    embeddings
        ``(n, d)``.
    labels
        The task of each row.
    k
        Number of clusters; by default as many as there are tasks.
    seed, seeds
        First seed, and how many.

    Returns
    -------
    ClusterScores
        The figures.

    Raises
    ------
    DataError
        There are too few rows or tasks for a test.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure, silhouette_score

    truth = np.unique(np.asarray(labels), return_inverse=True)[1]
    count = k or int(truth.max(initial=-1)) + 1
    if not 2 <= count < len(truth):
        raise DataError(
            f"a clustering test needs at least 2 tasks, and more rows than clusters: {len(truth)} rows, k={count}."
        )
    states = range(seed, seed + seeds)
    runs = [KMeans(n_clusters=count, random_state=state, n_init="auto").fit_predict(embeddings) for state in states]
    aris = [adjusted_rand_score(truth, run) for run in runs]
    purities = [purity(truth, run) for run in runs]
    homogeneity, _, v_measure = homogeneity_completeness_v_measure(truth, runs[0])
    return ClusterScores(
        k=count,
        ari=float(aris[0]),
        purity=purities[0],
        homogeneity=float(homogeneity),
        v_measure=float(v_measure),
        silhouette=float(silhouette_score(embeddings, runs[0])),
        ari_mean=float(np.mean(aris)),
        ari_sd=float(np.std(aris)),
        purity_mean=float(np.mean(purities)),
        purity_sd=float(np.std(purities)),
    )


def purity(truth: NDArray[np.int64], clusters: NDArray[np.int64]) -> float:
    """Share of rows that belong to the commonest task of their cluster.

    Parameters
    ----------
    truth, clusters
        Numbers from 0 on, ``(n,)``.

    Returns
    -------
    float
        0 to 1.
    """
    table = np.zeros((clusters.max() + 1, truth.max() + 1), dtype=np.int64)
    np.add.at(table, (clusters, truth), 1)
    return float(table.max(axis=1).sum() / len(truth))


def score_pairs(cosines: NDArray[Any], same: NDArray[np.bool_]) -> PairScores:
    """Run the similarity test.

    Parameters
    ----------
    cosines
        ``(n,)``.
    same
        bool ``(n,)``, with both values.

    Returns
    -------
    PairScores
        The figures.

    Raises
    ------
    DataError
        All pairs have one label.
    """
    from scipy.stats import spearmanr
    from sklearn.metrics import roc_auc_score

    if same.all() or not same.any():
        raise DataError("a similarity test needs pairs of the same task and pairs of different ones.")
    # Perfect separation without ties: all different pairs in any order, then all same ones.
    perfect = np.where(same, len(same), 0) + np.arange(len(same)) / len(same)
    return PairScores(
        spearman=float(spearmanr(cosines, same)[0]),
        ceiling=float(spearmanr(perfect, same)[0]),
        auc=float(roc_auc_score(same, cosines)),
        pairs=len(same),
    )


def precision_at(embeddings: Floats, labels: Sequence[str], depths: Sequence[int]) -> list[float]:
    """Share of nearest neighbours by cosine that have the same task.

    Parameters
    ----------
    embeddings
        ``(n, d)``, unit rows.
    labels
        The task of each row.
    depths
        Numbers of neighbours, such as ``(1, 5)``.

    Returns
    -------
    list of float
        For each depth the mean over all rows, 0 to 1. A row is not its own neighbour.
    """
    truth = np.unique(np.asarray(labels), return_inverse=True)[1]
    deepest = min(max(depths), len(truth) - 1)
    hits = np.empty((len(truth), deepest), dtype=bool)
    for start in range(0, len(truth), BLOCK):
        rows = slice(start, start + BLOCK)
        cosines = embeddings[rows] @ embeddings.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -np.inf
        nearest = np.argpartition(-cosines, np.arange(deepest), axis=1)[:, :deepest]
        hits[rows] = truth[nearest] == truth[rows, None]
    return [float(hits[:, :depth].mean()) for depth in depths]
