"""Toy parts that are real: small, quick, deterministic, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

from taskscape.tasks.label import Kind, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class HashingEncoder:
    """Bag of words by signed feature hashing: texts that share words are near each other.

    Parameters
    ----------
    dimension
        Length of a vector.
    seed
        Another seed is another encoder.
    """

    def __init__(self, dimension: int = 32, seed: int = 0) -> None:
        self.name = "hashing"
        self.dimension = dimension
        self.fingerprint = f"hashing-{dimension}-{seed}"
        self._seed = seed

    def encode(
        self, sentences: str | Sequence[str], *, batch_size: int = 256, show_progress_bar: bool = False, **_: Any
    ) -> NDArray[np.float32]:
        """Embed texts as float32 rows of unit length."""
        texts = [sentences] if isinstance(sentences, str) else sentences
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.lower().split() or [""]:
                code = xxhash.xxh3_64_intdigest(word.encode(), seed=self._seed)
                vector[code % self.dimension] += 1 if code >> 63 else -1
            if not vector.any():
                vector[0] = 1  # all words cancelled out
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors[0] if isinstance(sentences, str) else vectors


class LabellingEncoder(HashingEncoder):
    """The same, and it labels as it embeds: first word as the verb, last as the noun."""

    def encode_with_tasks(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[Task]]:
        """Embed and label in one pass."""
        tasks = [
            Task(words[0], words[-1], Kind.IMPERATIVE, 0.5) if (words := text.lower().split()) else Task("none", "none")
            for text in texts
        ]
        return self.encode(texts), tasks
