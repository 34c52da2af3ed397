"""The encoders as a scikit-learn transformer: `TaskEmbedder` stands where a `TfidfVectorizer` would.

Price: that of encoding (`taskscape bench` tells the rate); a pickled transformer holds the encoder's name and
fingerprint, not its weights, so that it is a few hundred bytes and loads the encoder where it is opened.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from taskscape.encoders.base import Fitted, as_encoder, as_texts, load_encoder
from taskscape.errors import DataError, EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taskscape.encoders.base import Encoder


class TaskEmbedder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts → embeddings by task, as a transformer of scikit-learn.

    Parameters
    ----------
    encoder
        What `load_encoder` takes (``"default"``, ``"tfidf"``, a folder …), or an object with ``encode``.
    batch_size
        At most so many texts go through the network together.

    Attributes
    ----------
    encoder_
        The encoder in use.
    dimension_
        Length of an embedding.
    fingerprint_
        Of the encoder: equal fingerprint, equal embeddings.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(TaskEmbedder(), LogisticRegression())
    >>> texts = ["Write a poem.", "Compose some verse.", "What is rain?", "Who is Emma?"]
    >>> str(model.fit(texts, ["write", "write", "ask", "ask"]).predict(["Write a verse."])[0])
    'write'
    """

    def __init__(self, encoder: str | Encoder = "default", *, batch_size: int = 256) -> None:
        self.encoder = encoder
        self.batch_size = batch_size

    def fit(self, X: Sequence[str], y: Any = None) -> TaskEmbedder:  # noqa: N803 (scikit-learn's name)
        """Load the encoder; one that must see its corpus (TF-IDF) learns it from the texts.

        Parameters
        ----------
        X
            n texts: a list, a Series, an array of shape ``(n,)`` or ``(n, 1)``.
        y
            Ignored.

        Returns
        -------
        TaskEmbedder
            Itself.

        Raises
        ------
        DataError
            An entry is not a string, or there is none.
        EncoderError
            The encoder cannot be loaded.
        """
        texts = _texts(X)
        if not texts:
            raise DataError("TaskEmbedder.fit got no texts.")
        encoder = self._open()
        if isinstance(encoder, Fitted):
            encoder.fit(texts)
        self.encoder_ = encoder
        self.dimension_ = encoder.dimension
        self.fingerprint_ = encoder.fingerprint
        return self

    def transform(self, X: Sequence[str]) -> NDArray[np.float32]:  # noqa: N803
        """Embed texts.

        Parameters
        ----------
        X
            n texts, as for `fit`.

        Returns
        -------
        ndarray
            float32 (n, `dimension_`), rows of unit length; a data frame after ``set_output``.

        Raises
        ------
        DataError
            An entry is not a string.
        EncoderError
            After unpickling: the encoder of that name is another one here.
        """
        check_is_fitted(self, "fingerprint_")
        texts = _texts(X)
        if not hasattr(self, "encoder_"):
            self.encoder_ = self._reopened()
        rows = self.encoder_.encode(texts, batch_size=self.batch_size) if texts else np.empty((0, self.dimension_))
        return np.asarray(rows, np.float32)

    @property
    def _n_features_out(self) -> int:
        """What `get_feature_names_out` counts."""
        return self.dimension_

    def _open(self) -> Encoder:
        if isinstance(self.encoder, str):
            return load_encoder(self.encoder)
        # The object belongs to the caller: an encoder that learns is copied before it does.
        return as_encoder(copy.deepcopy(self.encoder) if isinstance(self.encoder, Fitted) else self.encoder)

    def _reopened(self) -> Encoder:
        encoder = self._open()
        if encoder.fingerprint != self.fingerprint_:
            raise EncoderError(
                f"TaskEmbedder was fitted with another {self.encoder!r} (fingerprint {self.fingerprint_[:8]}…, here "
                f"{encoder.fingerprint[:8]}…): its embeddings would differ. Fit it again."
            )
        return encoder

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if isinstance(self.encoder, str) and not isinstance(state.get("encoder_"), Fitted):
            state.pop("encoder_", None)  # loaded again by its name, where it is needed
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags


def _texts(values: Any) -> list[str]:
    """Give the texts of whatever scikit-learn hands on."""
    if isinstance(values, str):
        raise DataError("TaskEmbedder takes a list of texts, not a single text: write [text].")
    array = np.asarray(values, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"TaskEmbedder takes n texts, got an array of shape {array.shape}: choose one column of texts.")
    return as_texts(array.tolist())[0]
