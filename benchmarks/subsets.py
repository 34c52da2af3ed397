"""Subsets of one dataset by every method, for `benchmarks.selections` and `benchmarks.downstream`.

Our methods see the embeddings and the tasks of one encoder (`default`). What a subset is judged by comes from
elsewhere: tasks from the parser or from people, and all-MiniLM-L6-v2 as a neutral embedding. semhash (``pip install
semhash``) downloads its own model by default; here it gets MiniLM's vectors, as plain k-means does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from taskscape import embed, load_encoder, open_dataset, select
from taskscape.analysis.selection.selecting import Method
from taskscape.tasks import label

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

NEUTRAL = "minilm"
OURS: dict[str, dict[str, Any]] = {
    "task-balanced": {},
    "task-balanced, uniform": {"method": "task-balanced", "quota": "uniform"},
    "task-balanced, proportional": {"method": "task-balanced", "quota": "proportional"},
    **{name: {} for name in get_args(Method) if name not in ("task-balanced", "deita", "random")},
    "deita, longest first": {"method": "deita"},
}
FOREIGN = ("semhash on MiniLM", "semhash, all candidates", "k-means on MiniLM")


@dataclass(frozen=True, eq=False)
class Corpus:
    """One dataset, or some of its rows.

    Attributes
    ----------
    texts
        Instructions.
    embeddings
        Of the encoder that our methods use, float32.
    tasks
        As that encoder reads them.
    truth
        What subsets are judged by: tasks by the parser, or labels by people.
    neutral
        Embeddings by MiniLM, float32.
    """

    texts: list[str]
    embeddings: NDArray[np.float32]
    tasks: NDArray[np.str_]
    truth: NDArray[np.str_]
    neutral: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.int64]) -> Corpus:
        """Give some rows as a corpus of their own."""
        texts = [self.texts[row] for row in rows]
        return Corpus(texts, self.embeddings[rows], self.tasks[rows], self.truth[rows], self.neutral[rows])

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Characters of each text: for want of a quality score, what deita goes by."""
        return np.array([len(text) for text in self.texts])


def read_corpus(
    path: str | Path, *, encoder: str = "default", labels: Path | None = None, by: str | None = None
) -> Corpus:
    """Read, embed and label a dataset; embeddings are cached.

    Parameters
    ----------
    path
        The data.
    encoder
        What our methods see.
    labels
        JSON Lines with a ``task`` per row, as ``taskscape label DATA --labeller parser -o LABELS`` writes them; None
        runs the parser now.
    by
        Field with labels by people, which then are the truth.
    """
    dataset = open_dataset(path, label=by)
    texts = dataset.texts()
    store = embed(dataset, encoder=load_encoder(encoder))
    neutral = embed(dataset, encoder=load_encoder(NEUTRAL))
    read = store.tasks() or label(texts)
    if by is not None:
        truth = [str(name) for name in dataset.labels()]
    elif labels is not None:
        truth = [json.loads(line)["task"] for line in labels.read_text(encoding="utf8").splitlines()]
    else:
        truth = [str(task) for task in label(texts, labeller="parser")]
    return Corpus(
        texts,
        store.embeddings().astype(np.float32),
        np.array([str(task) for task in read]),
        np.array(truth),
        neutral.embeddings().astype(np.float32),
    )


def choose(name: str, corpus: Corpus, size: int, seed: int) -> NDArray[np.int64]:
    """Choose a subset by the method of that name: one of `OURS`, of `FOREIGN`, or random."""
    if name in OURS:
        options: dict[str, Any] = {"method": name.partition(",")[0], **OURS[name]}
        if name.startswith("deita"):
            options["scores"] = corpus.lengths
        return select(corpus.embeddings, size=size, tasks=corpus.tasks.tolist(), seed=seed, **options).indices
    others: dict[str, Callable[[], NDArray[np.int64]]] = {
        "random": lambda: select(corpus.embeddings, size=size, method="random", seed=seed).indices,
        "k-means on MiniLM": lambda: select(corpus.neutral, size=size, method="kmeans", k=size, seed=seed).indices,
        "semhash on MiniLM": lambda: _semhash(corpus, size, "auto"),
        "semhash, all candidates": lambda: _semhash(corpus, size, len(corpus)),
    }
    return others[name]()


class _Known:
    """An encoder, to semhash, that looks its vectors up."""

    def __init__(self, corpus: Corpus) -> None:
        self._vectors = dict(zip(corpus.texts, corpus.neutral, strict=True))

    def encode(self, inputs: Any, **_: Any) -> NDArray[np.float32]:
        return np.stack([self._vectors[text] for text in inputs])


def _semhash(corpus: Corpus, size: int, candidates: int | Literal["auto"]) -> NDArray[np.int64]:
    """Let semhash find its representatives among the candidates nearest to all; it looks at no seed.

    ``"auto"``, its default, takes at most 1,000 candidates, so that it gives no more rows than that.
    """
    import semhash

    hashed = semhash.SemHash.from_records(corpus.texts, model=_Known(corpus))
    found = hashed.self_find_representative(selection_size=size, candidate_limit=candidates).selected
    place = {text: row for row, text in reversed(list(enumerate(corpus.texts)))}
    return np.sort(np.array([place[text] for text in found]))
