"""Texts → ids of their word pieces: what every encoder of ours reads.

What
    The `tokenizers` library cuts a text into words and each word into pieces, and keeps for every piece all that is
    known of it. We need the ids, sometimes the places. By BERT's rules a word's pieces do not depend on the words
    around it, so the library is asked once for each new word, and every word seen before is looked up: a regular
    expression finds the words of a text, the rest is NumPy.
Which texts
    Plain ones: ASCII, no control characters, no name of a special token (``[SEP]``). All others, and all texts of a
    tokenizer that is not BERT's, go through the library whole. Either way gives the same ids.
Price
    A tenth of the library's time. The table of words grows to `MOST_WORDS`, some 20 MB; after that the library is
    asked for each word that is not in it.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

MOST_WORDS = 1 << 17
LONGEST_WORD = 64  # characters; longer ones are seldom seen twice
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # BERT's rules take them out, or join what they part
_WORD = re.compile(r"[A-Za-z0-9]+|[!-/:-@\[-`{-~]")  # a punctuation mark is a word of its own
_SPACE, _LETTER, _MARK = range(3)
_CLASSES = np.full(128, _SPACE, dtype=np.uint8)
_CLASSES[33:127] = _MARK
_CLASSES[[code for code in range(128) if chr(code).isalnum()]] = _LETTER


@dataclass(frozen=True, slots=True)
class Pieces:
    """Word pieces of some texts, in one row.

    Attributes
    ----------
    ids
        int32 ``(pieces,)``.
    bounds
        int64 ``(texts + 1,)``: where each text starts in the row, and the end of the last.
    offsets
        int32 ``(pieces, 2)``: start and end of each piece in its text; None if not asked for.
    """

    ids: NDArray[np.int32]
    bounds: NDArray[np.int64]
    offsets: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], offsets: Sequence[Sequence[tuple[int, int]]] | None = None) -> Pieces:
        """Put the ids of texts, and perhaps the offsets, into one row."""
        bounds = _bounds(map(len, rows), len(rows))
        ids = np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(bounds[-1]))
        if offsets is None:
            return cls(ids, bounds)
        numbers = chain.from_iterable(chain.from_iterable(offsets))
        return cls(ids, bounds, np.fromiter(numbers, dtype=np.int32, count=2 * len(ids)).reshape(-1, 2))

    @classmethod
    def joined(cls, parts: Sequence[Pieces]) -> Pieces:
        """Put the texts of several into one; at least one, all with offsets or all without."""
        ends = np.cumsum([0, *(part.bounds[-1] for part in parts)])
        bounds = [[0], *(end + part.bounds[1:] for end, part in zip(ends, parts, strict=False))]
        offsets = [part.offsets for part in parts if part.offsets is not None]
        ids = np.concatenate([part.ids for part in parts])
        return cls(ids, np.concatenate(bounds), np.concatenate(offsets) if offsets else None)

    def take(self, numbers: NDArray[np.int64]) -> Pieces:
        """Give the pieces of the texts with these numbers, in their order."""
        firsts = self.bounds[numbers]
        lengths = self.bounds[numbers + 1] - firsts
        bounds = _bounds(lengths, len(lengths))
        source = np.arange(bounds[-1]) + np.repeat(firsts - bounds[:-1], lengths)
        return Pieces(self.ids[source], bounds, None if self.offsets is None else self.offsets[source])


class PieceReader:
    """Reads texts as word pieces.

    Parameters
    ----------
    definition
        The text of a ``tokenizer.json``. Its padding, truncation and special tokens around a text are left aside.

    Attributes
    ----------
    library
        The tokenizer.
    """

    def __init__(self, definition: str) -> None:
        import tokenizers

        self.library: Any = tokenizers.Tokenizer.from_str(definition)
        self.library.no_padding()
        self.library.no_truncation()
        settings = json.loads(definition)
        self._lowers = bool((settings.get("normalizer") or {}).get("lowercase"))
        self._special = [token["content"] for token in settings.get("added_tokens") or []]
        self._by_words = _by_words(settings)
        self._rows: dict[str, int] = {}  # word → its number among the texts of _words
        self._words = Pieces.of([], [])
        self._growing = threading.Lock()

    def read(self, texts: Sequence[str], *, offsets: bool) -> Pieces:
        """Read texts.

        Parameters
        ----------
        texts
            Any strings.
        offsets
            Tell also where each piece stands in its text.

        Returns
        -------
        Pieces
            Their pieces.
        """
        plain = self._plain(texts) if self._by_words else np.zeros(len(texts), dtype=bool)
        if plain.all():
            return self._look_up(texts, offsets=offsets)
        if not plain.any():
            return self._ask(texts, offsets=offsets)
        quick, slow = np.flatnonzero(plain), np.flatnonzero(~plain)
        known = self._look_up([texts[number] for number in quick.tolist()], offsets=offsets)
        asked = self._ask([texts[number] for number in slow.tolist()], offsets=offsets)
        return Pieces.joined([known, asked]).take(np.argsort(np.concatenate([quick, slow])))

    def _ask(self, texts: Sequence[str], *, offsets: bool) -> Pieces:
        """Read texts by the library."""
        encode = self.library.encode_batch if offsets else self.library.encode_batch_fast
        try:
            found: list[Any] = encode(texts, add_special_tokens=False)
        except (UnicodeEncodeError, TypeError):  # a lone surrogate, as broken JSON escapes leave them, is no UTF-8
            found = encode([text.encode("utf-8", "replace").decode() for text in texts], add_special_tokens=False)
        places = [encoding.offsets for encoding in found] if offsets else None
        return Pieces.of([encoding.ids for encoding in found], places)

    def _look_up(self, texts: Sequence[str], *, offsets: bool) -> Pieces:
        """Read plain texts by the table of words."""
        found = [_WORD.findall(text.lower() if self._lowers else text) for text in texts]
        bounds = _bounds(map(len, found), len(found))
        words = list(chain.from_iterable(found))
        rows = np.fromiter(map(self._rows.get, words, repeat(-1)), dtype=np.int64, count=len(words))
        table = self._words  # taken after the rows, whose words are in it: it grows before they are told
        missing = np.flatnonzero(rows < 0)
        if len(missing):
            new = {
                word: number for number, word in enumerate(dict.fromkeys(words[place] for place in missing.tolist()))
            }
            asked = self._ask(list(new), offsets=True)
            rows[missing] = [len(table.bounds) - 1 + new[words[place]] for place in missing.tolist()]
            table = Pieces.joined([table, asked])
            self._learn(list(new), asked)
        pieces = (table if offsets else Pieces(table.ids, table.bounds)).take(rows)
        if pieces.offsets is not None:
            pieces.offsets[:] += np.repeat(_word_starts(texts, bounds), np.diff(pieces.bounds))[:, None]
        return Pieces(pieces.ids, pieces.bounds[bounds], pieces.offsets)

    def _learn(self, words: list[str], pieces: Pieces) -> None:
        """Add words to the table, as far as there is room."""
        with self._growing:
            room = MOST_WORDS - len(self._rows)
            fresh = [
                number
                for number, word in enumerate(words)
                if len(word) <= LONGEST_WORD and word not in self._rows  # another thread may have been quicker
            ][:room]
            first = len(self._words.bounds) - 1
            self._words = Pieces.joined([self._words, pieces.take(np.array(fresh, dtype=np.int64))])
            self._rows.update({words[number]: first + place for place, number in enumerate(fresh)})

    def _plain(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Tell which texts may be read by the table of words."""
        if self._fits("\n".join(texts)):
            return np.ones(len(texts), dtype=bool)
        return np.fromiter(map(self._fits, texts), dtype=bool, count=len(texts))

    def _fits(self, text: str) -> bool:
        return text.isascii() and not _CONTROL.search(text) and not any(token in text for token in self._special)


def _by_words(settings: dict[str, Any]) -> bool:
    """Tell whether a tokenizer cuts by BERT's rules, under which a word's pieces are its own affair."""
    kinds = [(settings.get(part) or {}).get("type") for part in ("normalizer", "pre_tokenizer", "model")]
    special = all(token.get("special") and not token.get("normalized") for token in settings.get("added_tokens") or [])
    return special and kinds == ["BertNormalizer", "BertPreTokenizer", "WordPiece"]


def _bounds(lengths: Iterable[int], count: int) -> NDArray[np.int64]:
    bounds = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.fromiter(lengths, dtype=np.int64, count=count), out=bounds[1:])
    return bounds


def _word_starts(texts: Sequence[str], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tell where each word stands in its text; the words of text ``i`` are ``bounds[i]`` to ``bounds[i + 1]``."""
    classes = _CLASSES[np.frombuffer("\n".join(texts).encode("ascii"), dtype=np.uint8)]
    before = np.concatenate([[_SPACE], classes[:-1]])
    starts = np.flatnonzero((classes == _MARK) | ((classes == _LETTER) & (before != _LETTER)))
    firsts = _bounds((len(text) + 1 for text in texts), len(texts))[:-1]
    return np.asarray(starts - np.repeat(firsts, np.diff(bounds)), dtype=np.int64)
