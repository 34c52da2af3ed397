"""How well an encoder tells tasks apart: the two tests of the IEB, by the published protocol, and figures beside them.

ICT, the instruction clustering test
    A clustering of the embeddings, by default k-means with as many clusters as there are tasks. ARI, purity,
    homogeneity and V-measure compare the clusters with the tasks; the silhouette says how far apart the clusters are.
    Other clusterings of the published code, and the random floor: `taskscape.benchmark.clusterings`.
IIS, the instruction intention similarity test
    Spearman's correlation of the cosine of two instructions with whether they ask for the same task (1) or not (0).
    As labels have two values, even perfect separation gives less than 1: that ceiling is given beside it, and so is
    the area under the ROC curve (AUC), which has none.
P@1, P@5
    The share of the nearest 1 or 5 other instructions, by cosine, that have the same task.
Labels
    Where the encoder also reads labels: how often label, verb and noun are right. The label as the cluster, with no
    embedding, is a line of its own: `taskscape.benchmark.label_line`.

Source: Li et al. (2024), arXiv 2409.19680, section 5, and its code; a sentence that does not end in ``. ? " '`` gets a
full stop. k-means depends on its seed by about .01 of ARI, so that mean and spread over five seeds are given beside
the published seed.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.measures import PairScores, precision_at, score_pairs
from taskscape.benchmark.cluster_scores import SEEDS, ClusterScores, score_clusters, score_groups
from taskscape.benchmark.label_line import LabelAgreement, TaskLabels, label_agreement
from taskscape.encoders import Fitted, as_encoder
from taskscape.encoders.base import labels_too

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from taskscape.benchmark.ieb import Ieb, LabelledPairs

    Floats = NDArray[np.float32]
    Progress = Callable[[int, int | None], None]

ENDINGS = (".", "?", '"', "'")
NEIGHBOURS = (1, 5)


@dataclass(frozen=True, slots=True)
class Scores:
    """All figures of one encoder; None for what was not measured.

    Attributes
    ----------
    encoder, fingerprint, dimension
        Which encoder; the label line has dimension 0.
    clustering
        ICT.
    precision_at_1, precision_at_5
        Of the nearest neighbours, on the texts of ICT. None for the label line.
    similarity
        IIS; None where the test has no pairs.
    similarity_unseen
        IIS on the pairs whose tasks training saw neither of; None where nothing is known of training, or the pairs left
        are not of both kinds.
    labels
        How often the labels are right that the encoder reads; None where it reads none, or the right ones are not of
        the form ``verb|noun``.
    texts_per_second
        Encoding (or labelling) rate over all texts of both tests.
    """

    encoder: str
    fingerprint: str
    dimension: int
    clustering: ClusterScores
    precision_at_1: float | None
    precision_at_5: float | None
    similarity: PairScores | None
    similarity_unseen: PairScores | None
    labels: LabelAgreement | None
    texts_per_second: float

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        return asdict(self)

    def to_table(self) -> pa.Table:
        """Give one row with a column for each figure, such as ``clustering.ari`` or ``similarity.auc``."""
        import pyarrow as pa

        return pa.Table.from_pylist([dict(_flat(self.to_dict()))])

    def _repr_html_(self) -> str:
        from taskscape.benchmark.tables import score_row, to_html

        return to_html([score_row(self)])


def _flat(told: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Spread dicts in dicts into dotted names."""
    for name, value in told.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def evaluate(
    encoder: Any,
    ieb: Ieb,
    *,
    clustering: str = "kmeans",
    k: int | None = None,
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
        both tests. A `TaskLabels` gives the label line.
    ieb
        What `taskscape.benchmark.ieb.read_ieb` or `taskscape.benchmark.labelled.read_labelled_file` gave.
    clustering
        One of `taskscape.benchmark.clusterings.CLUSTERINGS`.
    k
        Number of clusters; by default as many as there are tasks.
    seed
        First seed of the clustering; the published one is 0.
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
    UsageError
        The clustering is unknown.
    """
    if isinstance(encoder, TaskLabels):
        return _evaluate_labels(encoder, ieb, seen)
    encoder = as_encoder(encoder)
    report = progress or (lambda _done, _total: None)
    texts, both_texts = texts_of(ieb)
    if isinstance(encoder, Fitted):
        encoder.fit([*texts, *both_texts])
    started = time.perf_counter()
    embeddings = encoder.encode(texts)
    report(1, 5)
    both = encoder.encode(both_texts) if both_texts else np.empty((0, encoder.dimension), np.float32)
    seconds = time.perf_counter() - started
    report(2, 5)
    labels = ieb.labelled.labels
    clusters = score_clusters(embeddings, labels, clustering=clustering, k=k, seed=seed, seeds=seeds)
    report(3, 5)
    at_1, at_5 = precision_at(embeddings, labels, NEIGHBOURS)
    report(4, 5)
    tasks = label_agreement(labels, encoder.encode_with_tasks(ieb.labelled.texts)[1]) if labels_too(encoder) else None
    report(5, 5)
    similarity, unseen = pair_scores(pair_cosines(both), ieb.pairs, seen)
    return Scores(
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        clustering=clusters,
        precision_at_1=at_1,
        precision_at_5=at_5,
        similarity=similarity,
        similarity_unseen=unseen,
        labels=tasks,
        texts_per_second=(len(embeddings) + len(both)) / seconds,
    )


def _evaluate_labels(line: TaskLabels, ieb: Ieb, seen: Collection[str] | None) -> Scores:
    """Score labels taken as clusters, and their equality taken as similarity."""
    pairs = ieb.pairs
    started = time.perf_counter()
    tasks = line.label(ieb.labelled.texts)
    both = [str(task) for task in line.label([*pairs.first, *pairs.second])] if pairs else []
    seconds = time.perf_counter() - started
    equal = np.array([one == other for one, other in zip(both[: len(both) // 2], both[len(both) // 2 :], strict=True)])
    similarity, unseen = pair_scores(equal, pairs, seen)
    return Scores(
        encoder=line.name,
        fingerprint=line.fingerprint,
        dimension=0,
        clustering=score_groups([str(task) for task in tasks], ieb.labelled.labels),
        precision_at_1=None,
        precision_at_5=None,
        similarity=similarity,
        similarity_unseen=unseen,
        labels=label_agreement(ieb.labelled.labels, tasks),
        texts_per_second=(len(tasks) + len(both)) / seconds,
    )


def texts_of(ieb: Ieb) -> tuple[list[str], list[str]]:
    """Give the texts as an encoder gets them.

    Returns
    -------
    texts
        Of ICT.
    both
        Of IIS: the first of every pair, then the second of every pair; empty where there are no pairs.
    """
    both = [*ieb.pairs.first, *ieb.pairs.second] if ieb.pairs else []
    return [with_full_stop(text) for text in ieb.labelled.texts], [with_full_stop(text) for text in both]


def pair_cosines(both: Floats) -> Floats:
    """Cosine of each row of the first half with its partner in the second half; unit rows ``(2 n, d)`` → ``(n,)``."""
    return np.asarray(np.einsum("ij,ij->i", *np.split(np.asarray(both), 2)), np.float32)


def pair_scores(
    similarities: NDArray[Any], pairs: LabelledPairs | None, seen: Collection[str] | None
) -> tuple[PairScores | None, PairScores | None]:
    """Run the similarity test: on all pairs, and on those of which training saw neither task."""
    if pairs is None:
        return None, None
    unseen = None
    if seen is not None and len(set(pairs.same[left := pairs.unseen(seen)])) == 2:
        unseen = score_pairs(similarities[left], pairs.same[left])
    return score_pairs(similarities, pairs.same), unseen


def with_full_stop(text: str) -> str:
    """End a sentence as the published code does: where none of ``. ? " '`` stands, a full stop is put."""
    return text if text.endswith(ENDINGS) else f"{text}."
