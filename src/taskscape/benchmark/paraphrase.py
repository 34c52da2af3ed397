"""Does an encoder know a task in other words? Measures over five small evaluation sets of our own.

The sets are JSON Lines files in one folder (this repository's ``benchmarks/data``): pairs that ask for the same task in
other words and traps that ask for another task in the same words, prompt templates of twenty task families, everyday
requests of users in many phrasings, and requests with passages to bury them in. Each row has a ``split``, ``dev`` or
``test``, so that choices are made on one half and reported on the other.

The functions take arrays, so that they can be used on any embeddings; `evaluate_paraphrase` applies them to an encoder.
Every set is encoded in one call, after an encoder that has a ``fit`` (TF-IDF) was fitted on it. The price is that of
encoding: about 1,700 short texts and 620 of 1,000 words.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.measures import agreement, kmeans_groups, precision_at, roc_auc
from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.encoders.base import Encoder

SPLITS = ("dev", "test", "all")
CONTEXT_WORDS = 1_000
_FIELDS = {
    "paraphrase_pairs": ("text1", "text2", "same", "family", "split"),
    "templates": ("text", "family", "split"),
    "user_requests": ("text", "intent", "split"),
    "requests": ("text", "split"),
    "passages": ("text", "split"),
}


@dataclass(frozen=True, slots=True)
class ParaphraseSets:
    """Rows of the five files that belong to one split, as they were read."""

    paraphrase_pairs: list[dict[str, Any]]
    templates: list[dict[str, Any]]
    user_requests: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    passages: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ParaphraseScores:
    """What one encoder reaches; every figure lies in 0 to 1, cosines in -1 to 1, and more is better.

    Parameters
    ----------
    pairs_auc
        Area under the ROC curve of cosine, same task in other words against the traps.
    unrelated_auc
        The same positives against pairs of sentences from different families: the everyday difficulty.
    templates_p1
        Share of templates whose nearest neighbour is of the same family.
    requests_p1, requests_ari
        Share of user requests whose nearest neighbour has the same intent; adjusted Rand index of k-means, mean over
        seeds.
    long
        Per place of the pasted text (``"before"``, ``"after"`` the request): ``cosine`` (mean), ``cosine_p5`` (5th
        percentile), ``found`` (share whose nearest bare request is their own), and ``label`` (share whose label stays)
        for encoders that label.
    """

    pairs_auc: float
    unrelated_auc: float
    templates_p1: float
    requests_p1: float
    requests_ari: float
    long: dict[str, dict[str, float]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give the scores as plain numbers and dicts."""
        return asdict(self)


def _read(path: Path, names: tuple[str, ...], split: str) -> list[dict[str, Any]]:
    if not path.is_file():
        raise DataError(f"{path} is not there; the folder must hold {', '.join(f'{name}.jsonl' for name in _FIELDS)}")
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number}: not JSON ({error})") from error
        missing = [name for name in names if not isinstance(row, dict) or name not in row]
        if missing:
            raise DataError(f"{path}, line {number}: no {' and no '.join(missing)}")
        if split in ("all", row["split"]):
            rows.append(row)
    if not rows:
        raise DataError(f"{path} has no row of the split {split!r}")
    return rows


def read_sets(folder: Path, *, split: str = "test") -> ParaphraseSets:
    """Read the five evaluation files.

    Parameters
    ----------
    folder
        Folder that holds them.
    split
        ``"dev"``, ``"test"`` or ``"all"``.

    Returns
    -------
    ParaphraseSets
        Rows of the split.

    Raises
    ------
    DataError
        A file is missing, a row is broken, or the split is unknown.
    """
    if split not in SPLITS:
        raise DataError(f"unknown split {split!r}; it is one of {', '.join(SPLITS)}")
    return ParaphraseSets(**{name: _read(folder / f"{name}.jsonl", names, split) for name, names in _FIELDS.items()})


def clustering_ari(embeddings: NDArray[np.float32], labels: Sequence[str], *, seeds: Sequence[int] = range(5)) -> float:
    """Give the adjusted Rand index of k-means with as many clusters as labels: ten starts each, mean over seeds.

    Parameters
    ----------
    embeddings
        Unit rows, shape ``(n, d)``.
    labels
        One per row.
    seeds
        Starting states.

    Returns
    -------
    float
        At most 1; 0 is chance.
    """
    count = len(set(labels))
    found = [kmeans_groups(embeddings, count, seed=seed, starts=10) for seed in seeds]
    return float(np.mean([agreement(labels, groups).ari for groups in found]))


def bury(requests: Sequence[str], passages: Sequence[str], *, words: int = CONTEXT_WORDS, seed: int = 0) -> list[str]:
    """Draw for each request a pasted text of at least `words` words, made of whole passages in random order.

    Parameters
    ----------
    requests
        Only their number and order count: the same seed gives the same texts.
    passages
        Texts to draw from; each is used once in a pasted text before any is used twice.
    words
        Least length, in words between spaces.
    seed
        Of the drawing.

    Returns
    -------
    list of str
        One pasted text per request, passages parted by an empty line.
    """
    generator = np.random.default_rng(seed)
    lengths = [len(passage.split()) for passage in passages]
    if not any(lengths):
        raise ValueError("there is no passage with words in it")
    texts = []
    for _ in requests:
        chosen: list[str] = []
        total = 0
        while total < words:
            for index in generator.permutation(len(passages)):
                if total >= words:
                    break
                chosen.append(passages[index])
                total += lengths[index]
        texts.append("\n\n".join(chosen))
    return texts


def _encode(encoder: Encoder, texts: list[str]) -> NDArray[np.float32]:
    if hasattr(encoder, "fit"):  # TF-IDF knows words only once it has seen a corpus
        encoder.fit(texts)
    return encoder.encode(texts)


def _pair_scores(encoder: Encoder, rows: list[dict[str, Any]]) -> tuple[float, float]:
    firsts, seconds = [row["text1"] for row in rows], [row["text2"] for row in rows]
    vectors = _encode(encoder, [*firsts, *seconds])
    left, right = vectors[: len(rows)], vectors[len(rows) :]
    same = np.array([bool(row["same"]) for row in rows])
    cosine = np.einsum("ij,ij->i", left, right)
    families = np.array([row["family"] for row in rows])[same]
    crossed = (left[same] @ right[same].T)[families[:, None] != families[None, :]]
    scores = np.concatenate([cosine[same], crossed])
    return roc_auc(cosine, same), roc_auc(scores, np.arange(scores.size) < same.sum())


def _long_scores(encoder: Encoder, sets: ParaphraseSets, *, words: int, seed: int) -> dict[str, dict[str, float]]:
    bare = [row["text"] for row in sets.requests]
    pasted = bury(bare, [row["text"] for row in sets.passages], words=words, seed=seed)
    texts = [*bare]
    texts += [f"{text}\n\n{request}" for request, text in zip(bare, pasted, strict=True)]
    texts += [f"{request}\n\n{text}" for request, text in zip(bare, pasted, strict=True)]
    labels: list[str] | None = None
    if hasattr(encoder, "encode_with_tasks"):
        vectors, tasks = encoder.encode_with_tasks(texts)
        labels = [str(task) for task in tasks]
    else:
        vectors = _encode(encoder, texts)
    n = len(bare)
    result = {}
    for place, start in (("before", n), ("after", 2 * n)):
        similarity = vectors[start : start + n] @ vectors[:n].T
        own = similarity.diagonal()
        result[place] = {
            "cosine": float(own.mean()),
            "cosine_p5": float(np.percentile(own, 5)),
            "found": float((similarity.argmax(axis=1) == np.arange(n)).mean()),
        }
        if labels is not None:
            pairs = zip(labels[:n], labels[start : start + n], strict=True)
            result[place]["label"] = float(np.mean([a == b for a, b in pairs]))
    return result


def evaluate_paraphrase(
    encoder: Encoder, sets: ParaphraseSets, *, words: int = CONTEXT_WORDS, seed: int = 0
) -> ParaphraseScores:
    """Apply all measures to one encoder.

    Parameters
    ----------
    encoder
        Anything with ``encode``; one with ``encode_with_tasks`` is also asked whether its labels stay.
    sets
        From `read_sets`.
    words
        Length of the text pasted around a request; 0 leaves the long prompts out.
    seed
        Of the pasted texts.

    Returns
    -------
    ParaphraseScores
        All figures.
    """
    pairs_auc, unrelated_auc = _pair_scores(encoder, sets.paraphrase_pairs)
    templates = _encode(encoder, [row["text"] for row in sets.templates])
    users = _encode(encoder, [row["text"] for row in sets.user_requests])
    intents = [row["intent"] for row in sets.user_requests]
    return ParaphraseScores(
        pairs_auc=pairs_auc,
        unrelated_auc=unrelated_auc,
        templates_p1=precision_at(templates, [row["family"] for row in sets.templates], (1,))[0],
        requests_p1=precision_at(users, intents, (1,))[0],
        requests_ari=clustering_ari(users, intents),
        long=_long_scores(encoder, sets, words=words, seed=seed) if words else {},
    )
