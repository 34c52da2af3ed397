from __future__ import annotations

import numpy as np
import pytest

from taskscape.errors import UsageError
from taskscape.integrations.pool import Pool
from tests.toy import HashingEncoder, LabellingEncoder

TEXTS = ["write a poem", "write a long poem", "sort the list", "sort the long list of names", "sing"]


def test_the_nearest_come_first_and_never_the_query_itself() -> None:
    pool = Pool(HashingEncoder(256), k=2)
    assert pool.choose("write a poem") == []
    pool.add(TEXTS[:3])
    pool.add(TEXTS[3:])
    assert len(pool) == 5
    chosen = pool.choose("Write a poem!")
    assert chosen[0][0] == 1
    assert chosen[0][1] >= chosen[1][1]
    assert Pool(HashingEncoder(256), k=9).choose("x") == []


def test_what_is_added_is_found_at_once() -> None:
    pool = Pool(HashingEncoder(256), k=1, copies=True)
    for number, text in enumerate(TEXTS):
        pool.add([text])
        assert [place for place, _ in pool.choose(text)] == [number]


def test_same_task() -> None:
    pool = Pool(LabellingEncoder(256), k=4, same_task=True)
    pool.add(TEXTS)
    assert sorted(place for place, _ in pool.choose("write some other poem")) == [0, 1]
    assert pool.choose("draw a house") == []


def test_any_object_with_encode_serves() -> None:
    class Mine:
        def encode(self, texts: list[str]) -> np.ndarray:
            return np.array([[len(text), 1.0] for text in texts], np.float32)

    pool = Pool(Mine(), k=1)
    pool.add(["aa", "aaaaaaaaaaaaaaaa"])
    assert [place for place, _ in pool.choose("b")] == [0]


def test_wrong_settings() -> None:
    with pytest.raises(UsageError, match="k is 0"):
        Pool(HashingEncoder(), k=0)
    with pytest.raises(UsageError, match="diversity is 3"):
        Pool(HashingEncoder(), diversity=3)
