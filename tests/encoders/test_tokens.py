from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from taskscape.encoders.tokens import CHARACTERS_PER_TOKEN, batches, head_and_tail, spans


@given(count=st.integers(0, 5000), length=st.integers(1, 300), most=st.integers(1, 20))
def test_windows_cover_what_they_can_and_both_ends(count: int, length: int, most: int) -> None:
    found = spans(count, length, most)
    assert 1 <= len(found) <= most
    assert found == sorted(found)
    assert found[0][0] == 0
    assert all(0 <= start <= end <= count and end - start <= length for start, end in found)
    if count <= most * length:
        assert {place for span in found for place in range(*span)} == set(range(count))
    elif most > 1:
        assert found[-1][1] == count


@given(text=st.text(max_size=400), tokens=st.integers(1, 20))
def test_head_and_tail_know_their_place(text: str, tokens: int) -> None:
    parts = head_and_tail(text, tokens)
    assert all(text[start : start + len(part)] == part for start, part in parts)
    assert sum(len(part) for _, part in parts) <= max(tokens * CHARACTERS_PER_TOKEN, 2)
    if len(parts) == 1:
        assert parts == [(0, text)]


@given(lengths=st.lists(st.integers(1, 300), max_size=200), tokens=st.integers(1, 2000), rows=st.integers(1, 64))
def test_batches_hold_every_window_once_within_bounds(lengths: list[int], tokens: int, rows: int) -> None:
    found = batches(lengths, tokens=tokens, rows=rows)
    assert sorted(number for group in found for number in group) == list(range(len(lengths)))
    for group in found:
        assert len({lengths[number] for number in group}) == 1
        assert len(group) == 1 or (len(group) <= rows and lengths[group[0]] * len(group) <= tokens)
