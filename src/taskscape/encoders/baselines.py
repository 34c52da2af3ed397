"""Two baselines against which an encoder's figures mean something: chance, and counting words."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from taskscape.encoders.base import as_texts, digest, unit_rows
from taskscape.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class RandomEncoder:
    """A direction for each text, drawn by a generator that the text seeds: only equal texts are alike.

    Parameters
    ----------
    dimension
        Length of an embedding.
    seed
        Another seed gives other directions.
    """

    name = "random"

    def __init__(self, *, dimension: int = 384, seed: int = 0) -> None:
        self.dimension = dimension
        self.seed = seed
        self.fingerprint = digest(b"random", f"{dimension} {seed}".encode())

    def encode(self, sentences: str | Sequence[str], **_: Any) -> NDArray[np.float32]:
        """Embed texts; see `taskscape.encoders.base.Encoder.encode`."""
        texts, single = as_texts(sentences)
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            key = hashlib.blake2b(f"{self.seed} {text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
            row[:] = np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little"))).standard_normal(len(row))
        rows = unit_rows(rows, self.name)
        return rows[0] if single else rows


class TfidfEncoder:
    """TF-IDF of words, by scikit-learn's defaults: a text's cosine to another is the weight of the words they share.

    An embedding has one number for each word of the corpus, so it depends on the corpus and `fit` must see that
    first. A text without a known word is a row of zeros. Meant for figures on small sets: 20,000 texts may have
    15,000 words, and embeddings are dense.
    """

    name = "tfidf"

    def __init__(self) -> None:
        self._vectorizer: Any = None

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn the words of a corpus and how rare they are.

        Parameters
        ----------
        texts
            The corpus; what was learned before is forgotten.

        Returns
        -------
        TfidfEncoder
            Itself.

        Raises
        ------
        EncoderError
            No text has a word.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer()
        try:
            vectorizer.fit(as_texts(texts)[0])
        except ValueError as error:
            raise EncoderError(f"tfidf found no word in {len(texts)} texts: {error}.") from error
        self._vectorizer = vectorizer
        return self

    @property
    def dimension(self) -> int:
        """Words of the corpus."""
        return len(self._fitted().vocabulary_)

    @property
    def fingerprint(self) -> str:
        """Hash of the words and of how rare they are."""
        vectorizer = self._fitted()
        words = "\n".join(vectorizer.get_feature_names_out())
        return digest(b"tfidf", words.encode(), np.asarray(vectorizer.idf_, dtype="<f8").tobytes())

    def encode(self, sentences: str | Sequence[str], **_: Any) -> NDArray[np.float32]:
        """Embed texts; see `taskscape.encoders.base.Encoder.encode`."""
        vectorizer = self._fitted()
        texts, single = as_texts(sentences)
        rows = np.asarray(vectorizer.transform(texts).toarray(), dtype=np.float32)
        return rows[0] if single else rows

    def _fitted(self) -> Any:
        if self._vectorizer is None:
            raise EncoderError("tfidf knows no corpus yet: call encoder.fit(texts) with the texts that it is to embed.")
        return self._vectorizer


def load_random(_: str, **settings: Any) -> RandomEncoder:
    """Load `RandomEncoder`."""
    return RandomEncoder(**settings)


def load_tfidf(_: str) -> TfidfEncoder:
    """Load `TfidfEncoder`, not fitted yet."""
    return TfidfEncoder()
