from __future__ import annotations

import numpy as np
import pytest

from taskscape.analysis.deduplication import text_evidence
from taskscape.analysis.deduplication.text_evidence import gather, judge
from taskscape.analysis.deduplication.wording import wording

TEXTS = [f"Write {number} poems about the sea, the wind and the sand." for number in range(7)]


@pytest.mark.parametrize(("limit", "value", "ends"), [("_CHARACTERS", 150, [3, 6, 7]), ("_BLOCK", 2, [2, 4, 6, 7])])
def test_a_block_is_full_by_its_texts_or_by_their_length(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, ends: list[int]
) -> None:
    whole = gather(TEXTS)
    monkeypatch.setattr(text_evidence, limit, value)
    told: list[int] = []
    found = gather(TEXTS, lambda done, _: told.append(done))
    assert told == ends
    for name in ("words", "starts", "fixed", "bands"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))


def test_no_text_is_no_evidence() -> None:
    assert len(gather([])) == 0


@pytest.mark.parametrize("second", ["Compose a poem about the sea.", "Write a story.", "Write a poem about the seas."])
def test_what_was_read_before_is_judged_alike(monkeypatch: pytest.MonkeyPatch, second: str) -> None:
    first = "Write a poem about the sea."
    expected, read = judge(first, second, {}), (wording(first), wording(second))
    monkeypatch.setattr(text_evidence, "wording", lambda _: pytest.fail("read anew"))
    assert judge(first, second, {}, read) == expected
