from __future__ import annotations

import pickle
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

from taskscape import TaskEmbedder
from taskscape.encoders.baselines import TfidfEncoder
from taskscape.errors import DataError, EncoderError
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WRITE = ["Write a poem about rain.", "Write a song for Ann.", "Write a note to Bob.", "Write a tale of two cats."]
ASK = ["What is rain?", "What is a cat?", "What is the sea?", "What is snow?"]
TEXTS = WRITE + ASK
LABELS = ["write"] * 4 + ["ask"] * 4


class RowsAsTexts(TaskEmbedder):
    """scikit-learn's checks give rows of numbers: here each row is written out as a text."""

    def __init__(self, encoder: Any = "random", *, batch_size: int = 256) -> None:
        super().__init__(encoder, batch_size=batch_size)

    def fit(self, X: Any, y: Any = None) -> RowsAsTexts:  # noqa: N803 (scikit-learn's name)
        super().fit(self._written(X, reset=True))
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        if not hasattr(self, "fingerprint_"):
            raise NotFittedError("not fitted yet: call fit")
        return super().transform(self._written(X, reset=False))

    def _written(self, values: Any, *, reset: bool) -> Sequence[str]:
        rows = validate_data(self, values, reset=reset, dtype="numeric")
        return [" ".join(f"{value:.6g}" for value in row) for row in rows]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        return tags


def test_check_estimator_as_far_as_it_takes_text_estimators() -> None:
    """scikit-learn runs one of its checks on estimators of texts, and says so by a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(TaskEmbedder("random"))
    assert {result["status"] for result in results} == {"passed"}


# Why a check of scikit-learn's is skipped for rows written as texts: nothing else may be.
SKIPPED = {"check_array_api_input": "texts are no arrays of numbers, and the variable SCIPY_ARRAY_API is not set"}


def test_check_estimator_in_full_on_rows_written_as_texts() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks hand in awkward data on purpose
        results = check_estimator(RowsAsTexts(), on_skip=None)
    assert len(results) > 40
    assert {result["check_name"] for result in results if result["status"] != "passed"} <= set(SKIPPED)


def test_gives_the_encoders_own_embeddings() -> None:
    encoder = HashingEncoder()
    rows = TaskEmbedder(encoder).fit_transform(TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, encoder.encode(TEXTS))


@pytest.mark.parametrize(
    "texts",
    [TEXTS, tuple(TEXTS), np.array(TEXTS), np.array(TEXTS)[:, None], pd.Series(TEXTS), pd.DataFrame({"text": TEXTS})],
    ids=["list", "tuple", "array", "column", "series", "frame"],
)
def test_takes_texts_in_any_form(texts: Any) -> None:
    expected = HashingEncoder().encode(TEXTS)
    np.testing.assert_array_equal(TaskEmbedder(HashingEncoder()).fit(TEXTS).transform(texts), expected)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "write \\[text\\]"),
        ([], "no texts"),
        (["good", None], "text 1 .* NoneType"),
        (np.array([["a", "b"]]), "shape \\(1, 2\\)"),
    ],
)
def test_says_what_is_wrong_with_the_input(texts: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TaskEmbedder("random").fit(texts)


def test_no_texts_give_no_rows() -> None:
    assert TaskEmbedder("random").fit(TEXTS).transform([]).shape == (0, 384)


def test_must_be_fitted() -> None:
    with pytest.raises(NotFittedError):
        TaskEmbedder("random").transform(TEXTS)


def test_works_in_a_pipeline_and_a_grid_search() -> None:
    search = GridSearchCV(
        make_pipeline(TaskEmbedder(), LogisticRegression()),
        {"taskembedder__encoder": ["random", "static"], "logisticregression__C": [1.0]},
        cv=2,
    )
    search.fit(TEXTS, LABELS)
    assert search.best_params_["taskembedder__encoder"] == "static"
    assert search.predict(["Write an ode.", "What is wind?"]).tolist() == ["write", "ask"]


def test_works_beside_other_transformers() -> None:
    frame = pd.DataFrame({"text": TEXTS, "length": [len(text) for text in TEXTS]})
    columns = ColumnTransformer([("task", TaskEmbedder(HashingEncoder()), "text"), ("rest", "passthrough", ["length"])])
    assert columns.fit_transform(frame).shape == (8, 33)
    union = FeatureUnion([("task", TaskEmbedder(HashingEncoder())), ("words", TfidfVectorizer())])
    assert union.fit_transform(TEXTS).shape[0] == 8


def test_names_its_columns_and_gives_data_frames() -> None:
    embedder = TaskEmbedder(HashingEncoder()).fit(TEXTS)
    assert embedder.get_feature_names_out().tolist() == [f"taskembedder{number}" for number in range(32)]
    series = pd.Series(TEXTS, index=range(100, 108))
    frame = embedder.set_output(transform="pandas").transform(series)
    assert frame.columns[-1] == "taskembedder31"
    assert frame.index.tolist() == series.index.tolist()


def test_an_encoder_that_learns_is_fitted_on_a_copy() -> None:
    encoder = TfidfEncoder()
    embedder = TaskEmbedder(encoder).fit(TEXTS)
    assert encoder.dimension == 0
    first = embedder.dimension_
    assert embedder.fit(ASK).dimension_ < first
    assert clone(embedder).encoder is not encoder
    assert TaskEmbedder("tfidf").fit(TEXTS).dimension_ == first


def test_a_pickle_holds_the_name_and_not_the_weights() -> None:
    embedder = TaskEmbedder("static").fit(TEXTS)
    packed = pickle.dumps(embedder)
    assert len(packed) < 1000
    np.testing.assert_array_equal(pickle.loads(packed).transform(TEXTS), embedder.transform(TEXTS))


def test_a_pickle_of_an_encoder_that_learned_keeps_what_it_learned() -> None:
    embedder = TaskEmbedder("tfidf").fit(TEXTS)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(embedder)).transform(ASK), embedder.transform(ASK))


def test_a_pickle_refuses_another_encoder_of_that_name() -> None:
    embedder = TaskEmbedder("random").fit(TEXTS)
    embedder.fingerprint_ = "of another version"
    with pytest.raises(EncoderError, match="Fit it again"):
        pickle.loads(pickle.dumps(embedder)).transform(TEXTS)
