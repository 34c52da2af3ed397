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


TFIDF_FEATURES = 16_384


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
    """TF-IDF of words: a text's cosine to another is the weight of the words they share.

    An embedding has one number for each of the commonest words of the corpus, so it depends on the corpus,
    which `fit` must see first. A text without a known word is a row of zeros. Embeddings are dense and long: meant for
    figures on thousands of texts, not for stores of millions.

    Parameters
    ----------
    features
        At most so many words.
    """

    name = "tfidf"

    def __init__(self, *, features: int = TFIDF_FEATURES) -> None:
        self.features = features
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

        corpus = as_texts(texts)[0]
        vectorizer = TfidfVectorizer(sublinear_tf=True, max_features=self.features)
        try:
            vectorizer.fit(corpus)
        except ValueError as error:
            raise EncoderError(f"tfidf found no word in {len(corpus)} texts: {error}.") from error
        self._vectorizer = vectorizer
        return self

    @property
    def dimension(self) -> int:
        """Words of the corpus; 0 before one was seen."""
        return 0 if self._vectorizer is None else len(self._vectorizer.vocabulary_)

    @property
    def fingerprint(self) -> str:
        """Hash of the words and of how rare they are."""
        if self._vectorizer is None:
            return digest(b"tfidf")
        words = "\n".join(self._vectorizer.get_feature_names_out())
        return digest(b"tfidf", words.encode(), np.asarray(self._vectorizer.idf_, dtype="<f8").tobytes())

    def encode(self, sentences: str | Sequence[str], **_: Any) -> NDArray[np.float32]:
        """Embed texts; see `taskscape.encoders.base.Encoder.encode`."""
        if self._vectorizer is None:
            raise EncoderError("tfidf knows no corpus yet: call encoder.fit(texts) with the texts that it is to embed.")
        texts, single = as_texts(sentences)
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        rows = np.asarray(self._vectorizer.transform(texts).toarray(), dtype=np.float32)
        return rows[0] if single else rows


def load_random(_: str, **settings: Any) -> RandomEncoder:
    """Load `RandomEncoder`."""
    return RandomEncoder(**settings)


def load_tfidf(_: str, **settings: Any) -> TfidfEncoder:
    """Load `TfidfEncoder`, not fitted yet."""
    return TfidfEncoder(**settings)
