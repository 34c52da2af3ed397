"""Every registered encoder keeps the same promises."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from taskscape.encoders import Encoder, Fitted, load_encoder, registered_encoders
from taskscape.errors import DataError

TEXTS = [
    "Write a poem about the sea.",
    "Name three rivers of France.",
    "",
    "def f(x): return x  # what does it do?",
    "Ωραία 😀 \ud800 text",
    "Write a poem about the sea.",
    "word " * 3000,
]
# Slow to make ready: their class is tested under `default` and in tests/encoders; MiniLM itself in benchmarks.
ELSEWHERE = {"minilm", "minilm-int8", "st:", "hf:", "openai:"}


def available(name: str) -> Encoder:
    encoder = load_encoder(name)
    if isinstance(encoder, Fitted):
        encoder.fit(TEXTS)
    return encoder


@pytest.fixture(scope="module", params=[e.name for e in registered_encoders() if e.name not in ELSEWHERE])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return available(request.param)


def test_every_name_is_tested_here_or_elsewhere_on_purpose() -> None:
    assert {entry.name for entry in registered_encoders()} >= ELSEWHERE
    assert all(entry.summary for entry in registered_encoders())
    for entry in registered_encoders():
        assert importlib.util.find_spec(entry.home.partition(":")[0]) is not None


def test_rows_are_unit_float32_of_the_dimension_it_names(encoder: Encoder) -> None:
    rows = encoder.encode(TEXTS)
    assert isinstance(encoder, Encoder)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), encoder.dimension)
    lengths = np.linalg.norm(rows, axis=1)
    wordless = np.array([not text for text in TEXTS])
    np.testing.assert_allclose(lengths[~wordless], 1, atol=1e-4)
    assert np.isfinite(rows).all()


def test_equal_texts_are_equal_and_order_does_not_matter(encoder: Encoder) -> None:
    rows = encoder.encode(TEXTS)
    np.testing.assert_allclose(rows[0], rows[5], atol=1e-6)
    np.testing.assert_allclose(encoder.encode(TEXTS[::-1])[::-1], rows, atol=1e-5)
    assert encoder.encode(TEXTS).tobytes() == rows.tobytes()


def test_one_text_gives_one_vector(encoder: Encoder) -> None:
    assert encoder.encode(TEXTS[0]).shape == (encoder.dimension,)
    assert encoder.encode([]).shape == (0, encoder.dimension)
    assert encoder.encode(TEXTS[:1], batch_size=1, show_progress_bar=False, device=None).shape[0] == 1


def test_what_is_no_text_is_named(encoder: Encoder) -> None:
    with pytest.raises(DataError, match="text 1"):
        encoder.encode(["a", 7])  # type: ignore[list-item]


def test_fingerprint_is_that_of_a_second_copy(encoder: Encoder) -> None:
    assert available(encoder.name).fingerprint == encoder.fingerprint
    assert len(encoder.fingerprint) == 32


def test_fingerprints_differ() -> None:
    names = [entry.name for entry in registered_encoders() if entry.name not in ELSEWHERE]
    found = []
    for name in names:
        try:
            found.append(available(name).fingerprint)
        except pytest.skip.Exception:
            continue
    assert len(set(found)) == len(found)
