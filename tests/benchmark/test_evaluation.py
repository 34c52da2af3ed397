from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape.benchmark.evaluation import evaluate, with_full_stop
from taskscape.benchmark.ieb import Ieb, LabelledPairs, LabelledTexts
from taskscape.benchmark.label_line import TaskLabels, load_contestant
from taskscape.encoders import base, load_encoder
from taskscape.errors import UsageError
from taskscape.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

VERBS = ("write", "list", "sort", "draw")
TEXTS = [f"{verb} {thing}" for verb in VERBS for thing in ("poems", "maps?", "rivers", "words", "trees.", 'a "song"')]
LABELS = [text.split()[0] for text in TEXTS]


class Knowing:
    """Knows the verb: perfect on tasks named by it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], **_: Any) -> NDArray[np.float32]:
        self.seen += texts
        rows = np.zeros((len(texts), 5), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[VERBS.index(text.split()[0]) if text.split()[0] in VERBS else 4] = 1
            row[4] += 0.01 * len(text)
        return rows


def small_ieb() -> Ieb:
    first, second = TEXTS[:-1], TEXTS[1:]
    tasks = list(itertools.pairwise(LABELS))
    same = np.array([one == other for one, other in tasks])
    return Ieb(LabelledTexts(TEXTS, LABELS), LabelledPairs(first, second, same, tasks))


def test_perfect_encoder_reaches_the_top_of_every_figure() -> None:
    knowing = Knowing()
    scores = evaluate(knowing, small_ieb())
    assert scores.encoder == "Knowing"
    assert scores.dimension == 5
    ict = scores.clustering
    assert (ict.k, ict.ari, ict.purity, ict.homogeneity, ict.v_measure, ict.ari_sd) == (4, 1, 1, 1, 1, 0)
    assert ict.silhouette is not None
    assert ict.silhouette > 0.9
    assert (scores.precision_at_1, scores.precision_at_5) == (1, 1)
    assert scores.similarity is not None
    assert scores.similarity.auc == 1
    assert scores.similarity.spearman == pytest.approx(scores.similarity.ceiling, abs=0.05)
    assert scores.similarity_unseen is None
    assert all(text[-1] in ".?\"'" for text in knowing.seen[3:])  # the first three are as_encoder's probe
    assert json.loads(json.dumps(scores.to_dict()))["clustering"]["ari"] == 1


def test_scores_show_themselves_and_become_a_table() -> None:
    scores = evaluate(Knowing(), small_ieb(), seeds=1)
    (row,) = scores.to_table().to_pylist()
    assert (row["encoder"], row["clustering.ari"], row["similarity.auc"]) == ("Knowing", 1, 1)
    assert row["clustering.floor.purity"] < 1
    shown = ElementTree.fromstring(scores._repr_html_())
    assert "Knowing" in " ".join(shown.itertext())


def test_random_encoder_is_at_chance() -> None:
    scores = evaluate(load_encoder("random"), small_ieb())
    assert abs(scores.clustering.ari) < 0.2
    assert scores.similarity is not None
    assert abs(scores.similarity.spearman) < 0.5


def test_fitted_encoder_is_fitted_on_each_test() -> None:
    similarity = evaluate(load_encoder("tfidf"), small_ieb()).similarity
    assert similarity is not None
    assert similarity.auc == 1  # neighbours share their verb or nothing


def test_pairs_of_unseen_tasks_are_scored_apart() -> None:
    unseen = evaluate(Knowing(), small_ieb(), seen=["write"]).similarity_unseen
    assert unseen is not None
    assert unseen.pairs == sum("write" not in pair for pair in itertools.pairwise(LABELS))
    assert evaluate(Knowing(), small_ieb(), seen=VERBS).similarity_unseen is None


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("Write", "Write."),
        ("Why?", "Why?"),
        ("Go!", "Go!."),
        ('Say "a"', 'Say "a"'),
        ("It's 'x'", "It's 'x'"),
        ("A.", "A."),
    ],
)
def test_full_stop_as_in_the_published_code(text: str, ended: str) -> None:
    assert with_full_stop(text) == ended


class KnowingLabeller(Knowing):
    """The same, and it reads labels: always the verb, the noun for texts that end in a full stop."""

    name, dimension, fingerprint = "labelling", 5, "labelling"

    def encode_with_tasks(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[Task]]:
        tasks = [Task(text.split()[0], "thing" if text.endswith(".") else "none") for text in texts]
        return self.encode(texts), tasks


def labelled_ieb() -> Ieb:
    ieb = small_ieb()
    right = [f"{label}|thing##{label}|matter" for label in ieb.labelled.labels]
    return Ieb(LabelledTexts(ieb.labelled.texts, right), ieb.pairs)


def test_labels_that_an_encoder_reads_are_compared_with_the_right_ones() -> None:
    labels = evaluate(KnowingLabeller(), labelled_ieb()).labels
    assert labels is not None
    # Texts as they are in the file: the published full stop is for embeddings.
    share = sum(text.endswith(".") for text in TEXTS) / len(TEXTS)
    assert (labels.exact, labels.verb, labels.noun) == (share, 1, share)
    assert evaluate(KnowingLabeller(), small_ieb()).labels is None  # "write" is no verb|noun
    assert evaluate(Knowing(), labelled_ieb()).labels is None


@pytest.fixture
def _knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the labeller above known as ``knowing:x``, for one test."""
    home = base.Registration("knowing:", "tests.benchmark.test_evaluation:load_knowing", "for tests")
    monkeypatch.setitem(base._REGISTRY, "knowing:", home)


@pytest.mark.usefixtures("_knowing")
def test_label_line_takes_the_label_as_the_cluster() -> None:
    line = load_contestant("labels:knowing:x")
    scores = evaluate(line, labelled_ieb())
    assert (scores.encoder, scores.dimension) == ("labels:knowing:x", 0)
    assert scores.clustering.clustering == "labels"
    assert scores.clustering.k == 8  # four verbs, with and without the noun
    assert (scores.clustering.purity, scores.clustering.silhouette) == (1, None)
    assert scores.clustering.ari < 1
    assert scores.precision_at_1 is None
    assert scores.similarity is not None
    assert 0.5 < scores.similarity.auc < 1
    assert scores.labels is not None
    assert scores.labels.verb == 1


def load_knowing(_: str) -> KnowingLabeller:
    return KnowingLabeller()


def test_label_line_of_what_reads_no_labels() -> None:
    with pytest.raises(UsageError, match="'random' reads no labels"):
        load_contestant("labels:random")
    with pytest.raises(UsageError, match="needs a labeller"):
        load_contestant("labels:")


@pytest.mark.usefixtures("_knowing")
def test_labelled_texts_alone_have_no_similarity_test() -> None:
    scores = evaluate(Knowing(), Ieb(LabelledTexts(TEXTS, LABELS)), clustering="agglomerative", k=3)
    assert scores.similarity is None
    assert (scores.clustering.k, scores.clustering.clustering) == (3, "agglomerative")
    line = evaluate(TaskLabels("knowing:x"), Ieb(LabelledTexts(TEXTS, LABELS)))
    assert line.similarity is None
