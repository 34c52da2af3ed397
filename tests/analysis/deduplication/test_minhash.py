from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taskscape.analysis.deduplication.minhash import BANDS, CROWD, band_keys, bucket_pairs, jaccard


def pairs_of(keys: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> set[tuple[int, int]]:
    return {
        (int(min(a, b)), int(max(a, b)))
        for first, second in bucket_pairs(keys)
        for a, b in zip(first, second, strict=True)
    }


@given(st.lists(st.text(max_size=30), max_size=12))
def test_keys_belong_to_the_text_alone(texts: list[str]) -> None:
    together = band_keys(texts)
    assert together.shape == (len(texts), BANDS)
    for row, text in enumerate(texts):
        assert (together[row] == band_keys([text])[0]).all()


def test_similar_texts_meet_and_others_do_not() -> None:
    base = "the quick brown fox jumps over the lazy dog and then it sleeps in the warm sun for the whole afternoon"
    texts = [base, base.replace("lazy", "lasy"), "something else that shares no run of letters with it: 1234567890" * 2]
    assert jaccard(texts[0], texts[1]) > 0.8
    assert pairs_of(band_keys(texts)) == {(0, 1)}


def test_jaccard_is_exact() -> None:
    assert jaccard("abcdef", "abcdef") == 1
    assert jaccard("abcdef", "bcdefg") == 1 / 3
    assert jaccard("ab", "cd") == 0


def test_a_crowded_bucket_is_split_by_further_bands() -> None:
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 1 << 60, (CROWD + 50, BANDS), dtype=np.uint64)
    keys[:, 0] = 7  # one template
    keys[:3] = keys[0]  # three that are alike throughout
    assert pairs_of(keys) == set(combinations(range(3), 2))
