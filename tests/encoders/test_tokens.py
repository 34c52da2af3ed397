from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taskscape.encoders.tokens import CHARACTERS_PER_TOKEN, batches, head_and_tail, sentence_spans, spans


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


words_apart = st.lists(
    st.tuples(st.sampled_from(["a", "poem", "end.", "why?"]), st.sampled_from([" ", "\n", "\n\n", ""])),
    min_size=1,
    max_size=60,
)


@given(parts=words_apart, length=st.integers(1, 12))
def test_windows_of_sentences_cover_a_text_and_end_where_sentences_do(
    parts: list[tuple[str, str]], length: int
) -> None:
    text, places = "", []
    for word, gap in parts:
        places.append((len(text), len(text) + len(word)))
        text += word + gap
    found = sentence_spans(text, places, 0, len(places), length)
    assert [place for span in found for place in range(*span)] == list(range(len(places)))
    assert all(0 < end - start <= length for start, end in found)
    ends = {number + 1 for number, (word, gap) in enumerate(parts) if gap and (word[-1] in ".?" or "\n" in gap)}
    blank = {number + 1 for number, (_, gap) in enumerate(parts) if gap == "\n\n"}
    cuts = [end for _, end in found]
    assert blank - {len(places)} <= set(cuts)
    for start, end in found[:-1]:
        assert end in ends or end - start == length


@given(text=st.text(max_size=400), tokens=st.integers(1, 20))
def test_head_and_tail_know_their_place(text: str, tokens: int) -> None:
    parts = head_and_tail(text, tokens)
    assert all(text[start : start + len(part)] == part for start, part in parts)
    assert sum(len(part) for _, part in parts) <= max(tokens * CHARACTERS_PER_TOKEN, 2)
    if len(parts) == 1:
        assert parts == [(0, text)]


@given(lengths=st.lists(st.integers(1, 300), max_size=200), tokens=st.integers(1, 2000), rows=st.integers(1, 64))
def test_batches_hold_every_window_once_within_bounds(lengths: list[int], tokens: int, rows: int) -> None:
    found = [group.tolist() for group in batches(np.array(lengths, np.int64), tokens=tokens, rows=rows)]
    assert sorted(number for group in found for number in group) == list(range(len(lengths)))
    for group in found:
        assert len({lengths[number] for number in group}) == 1
        assert len(group) == 1 or (len(group) <= rows and lengths[group[0]] * len(group) <= tokens)
