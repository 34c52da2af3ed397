from __future__ import annotations

import json
import string
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

import taskscape
from taskscape.encoders import pieces
from taskscape.encoders.pieces import PieceReader, Pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

SHIPPED = Path(taskscape.__file__).parent / "models" / "static" / "tokenizer.json"
DEFINITION = SHIPPED.read_text("utf-8")
READER = PieceReader(DEFINITION)  # shared, so that the table grows from test to test


def straightforward(
    texts: Sequence[str], definition: str = DEFINITION
) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """Give ids and offsets of each text by the library alone."""
    library = Tokenizer.from_str(definition)
    library.no_padding()
    library.no_truncation()
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    return [(one.ids, one.offsets) for one in (library.encode(text, add_special_tokens=False) for text in clean)]


def read(reader: PieceReader, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
    found = reader.read(texts, offsets=True)
    bare = reader.read(texts, offsets=False)
    assert found.offsets is not None
    assert bare.offsets is None
    assert bare.ids.tolist() == found.ids.tolist()
    assert bare.bounds.tolist() == found.bounds.tolist()
    spans = list(zip(found.bounds[:-1], found.bounds[1:], strict=True))
    return [(found.ids[a:b].tolist(), [(int(x), int(y)) for x, y in found.offsets[a:b]]) for a, b in spans]


words = st.sampled_from(
    ["Write", "write", "poems", "don't", "e.g.", "[SEP]", "[mask]", "naïve", "日本", "x1y2", "_", "--", "\t", "\x00",
     "\x0b", "\x7f", "\x1f", "ﬁ", "İ", "a" * 120, "unbelievableness" * 3, "\ud800", "😀", "C++", "\r\n", "\u2028"]
)  # fmt: skip
texts = st.lists(st.one_of(st.text(max_size=40), st.text(string.printable, max_size=60), words), max_size=6)
gaps = st.sampled_from(["", " ", "  ", "\n"])


@given(rows=st.lists(st.tuples(texts, gaps), max_size=6))
@settings(deadline=None)
def test_pieces_are_the_librarys_whatever_the_texts(rows: list[tuple[list[str], str]]) -> None:
    joined = [gap.join(parts) for parts, gap in rows]
    assert read(READER, joined) == straightforward(joined)


@pytest.mark.parametrize("code", range(128))
def test_every_ascii_character_parts_or_joins_as_it_should(code: int) -> None:
    joined = [f"ab{chr(code)}cd", f"{chr(code)}ab", f"ab {chr(code)}{chr(code)} cd"]
    assert read(READER, joined) == straightforward(joined)


def test_a_full_table_and_long_words_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_WORDS", 3)
    reader = PieceReader(DEFINITION)
    joined = ["one two three", "four five " + "six" * 30, "two five one", "seven"]
    for _ in range(2):
        assert read(reader, joined) == straightforward(joined)
    assert len(reader._rows) == 3


def test_another_kind_of_tokenizer_is_asked_for_every_text() -> None:
    cased = json.loads(DEFINITION)
    cased["normalizer"]["lowercase"] = cased["normalizer"]["strip_accents"] = False
    other = json.loads(DEFINITION)
    other["pre_tokenizer"] = {"type": "WhitespaceSplit"}
    joined = ["Write a poem-like thing.", "naïve Ä", ""]
    for settings_, looks_up in ((cased, True), (other, False)):
        definition = json.dumps(settings_)
        reader = PieceReader(definition)
        assert read(reader, joined) == straightforward(joined, definition)
        assert bool(reader._rows) is looks_up


def test_threads_share_one_table() -> None:
    reader = PieceReader(DEFINITION)
    blocks = [[f"word{n % 7} other{n} thing{m}" for n in range(40)] for m in range(24)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda block: reader.read(block, offsets=False).ids.tolist(), blocks))
    assert found == [[i for ids, _ in straightforward(block) for i in ids] for block in blocks]


def test_no_texts_have_no_pieces() -> None:
    assert READER.read([], offsets=True).bounds.tolist() == [0]
    assert Pieces.of([[1, 2], [], [3]]).take(np.array([2, 0, 0])).ids.tolist() == [3, 1, 2, 1, 2]
