from __future__ import annotations

import numpy as np
import pytest

from taskscape.training.composing import centred, composed, lent

NAMES = ("write", "read", "poem", "letter", "none")
WORDS = dict(zip(NAMES, np.eye(5, 8, dtype=np.float32), strict=True))


def unit(rows: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


@pytest.fixture
def vectors() -> np.ndarray:
    return unit(np.random.default_rng(0).normal(size=(40, 8)))


def test_rows_of_one_label_come_nearer_and_those_without_stay(vectors: np.ndarray) -> None:
    labels = ["write|poem", "read|letter"] * 10 + [None] * 20
    tasks = [label or "" for label in labels]
    found = composed(vectors, tasks, labels, WORDS, gather=0.0)
    assert found.shape == vectors.shape
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    before, after = vectors @ vectors.T, found @ found.T
    same = np.ix_(range(0, 20, 2), range(0, 20, 2))
    other = np.ix_(range(0, 20, 2), range(1, 20, 2))
    assert after[same].mean() > before[same].mean() + 0.2
    assert after[same].mean() > after[other].mean() + 0.4
    plain = np.ix_(range(20, 40), range(20, 40))
    assert np.corrcoef(before[plain].ravel(), after[plain].ravel())[0, 1] > 0.9


def test_without_labels_nothing_changes(vectors: np.ndarray) -> None:
    np.testing.assert_allclose(composed(vectors, [""] * 40, [None] * 40, WORDS), vectors, atol=1e-4)


def test_a_family_keeps_one_target_for_all_its_wordings(vectors: np.ndarray) -> None:
    """Rows of a family with other labels, or none, all get the mean of its words."""
    twins = vectors.copy()
    twins[0] = twins[1] = twins[2]
    labels = ["write|poem", "read|letter", None] + ["write|none"] * 37
    found = composed(twins, ["family"] * 3 + ["write|none"] * 37, labels, WORDS)
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)
    np.testing.assert_allclose(found[0], found[2], atol=1e-5)


def test_a_word_without_a_vector_is_an_error(vectors: np.ndarray) -> None:
    with pytest.raises(KeyError, match="sing"):
        composed(vectors, ["sing|poem"] * 40, ["sing|poem"] * 40, WORDS)


def test_a_text_of_its_own_stands_in_the_place_of_words(vectors: np.ndarray) -> None:
    """Rows with a larger model's vector, here of another width, come nearer where that model has them near."""
    rows, lengths = np.zeros((40, 5), np.float32), np.zeros(40, np.float32)
    rows[20:30], rows[30:], lengths[20:] = np.eye(5, dtype=np.float32)[0], np.eye(5, dtype=np.float32)[1], 0.7
    texts = centred(rows, lengths)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), lengths, atol=1e-5)
    labels = ["write|poem"] * 20 + [None] * 20
    found = composed(vectors, [""] * 40, labels, WORDS, texts=texts)
    before, after = vectors @ vectors.T, found @ found.T
    assert after[20:30, 20:30].mean() > before[20:30, 20:30].mean() + 0.1
    assert after[20:30, 20:30].mean() > after[20:30, 30:].mean() + 0.2


def test_rows_without_a_text_of_their_own_are_lent_their_tasks() -> None:
    texts = np.array([[1, 0], [0, 1], [0, 0], [0, 0], [0, 0]], np.float32)
    found = lent(texts, ["card", "card", "card", "other", ""])
    np.testing.assert_array_equal(found, np.array([[1, 0], [0, 1], [0.5, 0.5], [0, 0], [0, 0]], np.float32))
    np.testing.assert_array_equal(texts[2], 0)


def test_rows_of_a_task_are_gathered_and_rows_without_one_stay(vectors: np.ndarray) -> None:
    tasks = ["family"] * 20 + [""] * 20
    loose, tight = (composed(vectors, tasks, [None] * 40, WORDS, gather=share) for share in (0.0, 0.8))
    np.testing.assert_allclose(loose @ loose.T, vectors @ vectors.T, atol=1e-4)
    assert (tight[:20] @ tight[:20].T).mean() > (loose[:20] @ loose[:20].T).mean() + 0.2
    np.testing.assert_allclose(tight[20:] @ tight[20:].T, vectors[20:] @ vectors[20:].T, atol=1e-4)
