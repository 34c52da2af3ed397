"""What the adapters share: texts that are embedded once, and the best of them for one query at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.retrieval.retrieving import retrieve
from taskscape.encoders.base import as_encoder, load_encoder
from taskscape.errors import UsageError
from taskscape.tasks.labelling import label
from taskscape.vectors.embedding import encode
from taskscape.vectors.index import Index, build_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Pool:
    """Texts to choose from.

    Parameters
    ----------
    encoder
        Name of an encoder, or an object with ``encode(texts)``.
    k
        How many to choose, at least 1; all where there are fewer.
    diversity
        0 to 1, see `taskscape.retrieve`.
    same_task
        Only texts of the query's own task. Where the encoder does not label, the default labeller does.
    copies
        Whether the query itself, or a copy of it, may be chosen.

    Raises
    ------
    UsageError
        k is below 1, or `diversity` lies outside 0 to 1.
    """

    def __init__(
        self,
        encoder: str | Any = "default",
        *,
        k: int = 4,
        diversity: float | None = None,
        same_task: bool = False,
        copies: bool = False,
    ) -> None:
        if k < 1:
            raise UsageError(f"k is {k}: take 1 or more.")
        if diversity is not None and not 0 <= diversity <= 1:
            raise UsageError(f"diversity is {diversity}: take 0 to 1.")
        self._encoder = load_encoder(encoder) if isinstance(encoder, str) else as_encoder(encoder)
        self._k = k
        self._diversity = diversity
        self._same_task = same_task
        self._copies = copies
        self._texts: list[str] = []
        self._tasks: list[str] = []
        self._vectors: list[NDArray[np.float32]] = []
        self._index: Index | None = None

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, texts: Sequence[str]) -> None:
        """Embed more texts; the index is made again when the next query comes."""
        if not texts:
            return
        vectors, tasks = self._embedded(list(texts))
        self._texts += texts
        self._tasks += tasks
        self._vectors.append(vectors)
        self._index = None

    def choose(self, query: str) -> list[tuple[int, float]]:
        """Choose texts for a query.

        Parameters
        ----------
        query
            Its text.

        Returns
        -------
        list of (int, float)
            Place of each text in the order of adding, and its similarity; nearest first.
        """
        if not self._texts:
            return []
        if self._index is None:
            self._vectors = [np.concatenate(self._vectors)]
            self._index = build_index(self._vectors[0])
        vector, tasks = self._embedded([query])
        found = retrieve(
            vector,
            self._index,
            k=min(self._k, len(self)),
            diversity=self._diversity,
            tasks=(tasks, self._tasks) if self._same_task else None,
            texts=None if self._copies else ([query], self._texts),
        )
        pairs = zip(found.indices[0].tolist(), found.similarities[0].tolist(), strict=True)
        return [(place, near) for place, near in pairs if place >= 0]

    def _embedded(self, texts: list[str]) -> tuple[NDArray[np.float32], list[str]]:
        vectors, tasks = encode(self._encoder, texts)
        if not self._same_task:
            return vectors, [""] * len(texts)
        return vectors, list(map(str, tasks if tasks is not None else label(texts)))
