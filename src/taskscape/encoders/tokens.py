"""Texts → windows of token ids → batches: what stands before the network.

Nothing is cut silently: a text beyond the network's length is read in windows from its head and its tail. An encoder
that can tell which window holds the request gets them cut where sentences end, so that a request among pasted text has
a window nearly to itself; for any other they are laid evenly. A text of a megabyte costs no more than its windows:
characters beyond what the windows could hold are never tokenised.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECE = 1024  # texts tokenised together: bounds the memory of the tokenizer's own objects
_SENTENCE_ENDS = ".?!:;"
CHARACTERS_PER_TOKEN = 12  # generous: English has 4 to 5; more than this would only shorten the windows of odd texts


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text that the network reads at once.

    Attributes
    ----------
    text
        Number of the text.
    ids
        int32 token ids, special tokens included.
    offsets
        int32 ``(len(ids), 2)``: start and end of each token in the text, both 0 for special tokens; None if not
        asked for.
    whole
        True where this is all of its text.
    """

    text: int
    ids: NDArray[np.int32]
    offsets: NDArray[np.int32] | None
    whole: bool


class WindowTokenizer:
    """A tokenizer that cuts long texts into windows.

    Parameters
    ----------
    definition
        The text of a ``tokenizer.json``.
    max_tokens
        Longest input of the network, special tokens included.
    most
        At most so many windows' tokens are read of one text.
    sentence_tokens
        Length of the windows of a text beyond `max_tokens`, special tokens included, which are cut where sentences
        end; 0 lays windows of `max_tokens` evenly.
    """

    def __init__(self, definition: str, *, max_tokens: int, most: int, sentence_tokens: int = 0) -> None:
        import tokenizers

        self._tokenizer: Any = tokenizers.Tokenizer.from_str(definition)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # What the file's own template puts around a text, such as [CLS] and [SEP].
        empty = self._tokenizer.encode("")
        ends = self._tokenizer.encode("a").special_tokens_mask.index(0)
        self._before, self._after = empty.ids[:ends], empty.ids[ends:]
        self._room = max_tokens - len(empty.ids)
        self._most = most
        self._sentence_room = max(1, sentence_tokens - len(empty.ids)) if sentence_tokens else 0

    def windows(self, texts: list[str], *, offsets: bool) -> list[Window]:
        """Tokenise texts into windows.

        Parameters
        ----------
        texts
            Any strings.
        offsets
            Keep where each token stands in its text.

        Returns
        -------
        list of Window
            In the order of the texts; one for each text that fits, at least one for each.
        """
        found: list[Window] = []
        for start in range(0, len(texts), PIECE):
            parts = [head_and_tail(text, self._room * self._most) for text in texts[start : start + PIECE]]
            encodings = iter(self._encode([part for own in parts for _, part in own], offsets=offsets))
            for number, own in enumerate(parts, start):
                encoded = [(begin, next(encodings)) for begin, _ in own]
                if self._sentence_room and sum(len(encoding.ids) for _, encoding in encoded) > self._room:
                    found += self._sentences(number, texts[number], own, offsets=offsets)
                    continue
                ids = [identity for _, encoding in encoded for identity in encoding.ids]
                places = _places(encoded) if offsets else None
                cuts = spans(len(ids), self._room, self._most)
                whole = len(own) == len(cuts) == 1
                found += [self._window(number, ids, places, cut, whole=whole) for cut in cuts]
        return found

    def _sentences(self, number: int, text: str, parts: list[tuple[int, str]], *, offsets: bool) -> list[Window]:
        """Windows of one overlong text, cut where its sentences end."""
        encodings = self._encode([part for _, part in parts], offsets=True)
        encoded = [(begin, encoding) for (begin, _), encoding in zip(parts, encodings, strict=True)]
        ids = [identity for _, encoding in encoded for identity in encoding.ids]
        places = _places(encoded)
        budget = self._room * self._most
        stretches = [(0, len(ids))]
        if len(ids) > budget:
            stretches = [(0, budget - budget // 2), (len(ids) - budget // 2, len(ids))]
        return [
            self._window(number, ids, places, cut, whole=False, offsets=offsets)
            for start, end in stretches
            for cut in sentence_spans(text, places, start, end, self._sentence_room)
        ]

    def _encode(self, parts: list[str], *, offsets: bool) -> list[Any]:
        encode = self._tokenizer.encode_batch if offsets else self._tokenizer.encode_batch_fast
        try:
            encodings: list[Any] = encode(parts, add_special_tokens=False)
        except (UnicodeEncodeError, TypeError):  # a lone surrogate, as broken JSON escapes leave them, is no UTF-8
            encodings = encode([part.encode("utf-8", "replace").decode() for part in parts], add_special_tokens=False)
        return encodings

    def _window(
        self,
        number: int,
        ids: list[int],
        places: list[tuple[int, int]] | None,
        cut: tuple[int, int],
        *,
        whole: bool,
        offsets: bool = True,
    ) -> Window:
        start, end = cut
        inner = np.array([*self._before, *ids[start:end], *self._after], dtype=np.int32)
        if places is None or not offsets:
            return Window(number, inner, None, whole)
        before, after = ([(0, 0)] * len(special) for special in (self._before, self._after))
        return Window(number, inner, np.array([*before, *places[start:end], *after], dtype=np.int32), whole)


def _places(encoded: list[tuple[int, Any]]) -> list[tuple[int, int]]:
    """Where tokens stand in a text of which parts were tokenised; each part with where it begins."""
    return [(first + begin, last + begin) for begin, encoding in encoded for first, last in encoding.offsets]


def sentence_spans(
    text: str, places: list[tuple[int, int]], start: int, end: int, length: int
) -> list[tuple[int, int]]:
    """Cut a stretch of tokens into windows at the ends of sentences.

    Parameters
    ----------
    text
        The text.
    places
        Where each token stands in it.
    start, end
        The stretch, in tokens.
    length
        Tokens of a window, at most.

    Returns
    -------
    list of (int, int)
        Start and end of each window, which together are the stretch. A blank line always ends a window; the end of a
        line or of a sentence does where the next one would not fit; a sentence that is too long is cut.
    """
    found: list[tuple[int, int]] = []
    sentence = opened = start  # where the sentence and the window begin
    for token in range(start + 1, end + 1):
        gap = text[places[token - 1][1] : places[token][0]] if token < end else "\n\n"
        if not gap or ("\n" not in gap and text[places[token - 1][1] - 1] not in _SENTENCE_ENDS):
            continue
        if token - opened > length and sentence > opened:  # the sentence does not fit beside those before it
            found.append((opened, sentence))
            opened = sentence
        while token - opened > length:
            found.append((opened, opened + length))
            opened += length
        if gap.count("\n") > 1:
            found.append((opened, token))
            opened = token
        sentence = token
    return found


def head_and_tail(text: str, tokens: int) -> list[tuple[int, str]]:
    """Cut a text to head and tail where it is far longer than ``tokens`` tokens can be.

    Parameters
    ----------
    text
        Any text.
    tokens
        How many tokens will be read at most.

    Returns
    -------
    list of (int, str)
        Where each part starts in the text, and the part: the whole text, or its head and its tail.
    """
    half = max(tokens * CHARACTERS_PER_TOKEN // 2, 1)
    if len(text) <= 2 * half:
        return [(0, text)]
    return [(0, text[:half]), (len(text) - half, text[-half:])]


def spans(count: int, length: int, most: int) -> list[tuple[int, int]]:
    """Lay windows over a sequence of tokens.

    Parameters
    ----------
    count
        Tokens of the text.
    length
        Tokens of a window.
    most
        At most so many windows.

    Returns
    -------
    list of (int, int)
        Start and end of each, ascending: one where the text fits; as many as cover it, evenly laid, up to ``most``;
        beyond that, one half of them from its head on, the other half up to its tail.
    """
    if count <= length:
        return [(0, count)]
    needed = -(-count // length)
    if needed <= most:
        return [
            (round(i * (count - length) / (needed - 1)), round(i * (count - length) / (needed - 1)) + length)
            for i in range(needed)
        ]
    head = (most + 1) // 2
    starts = [i * length for i in range(head)] + [count - i * length for i in range(most - head, 0, -1)]
    return [(start, start + length) for start in starts]


def batches(lengths: list[int], *, tokens: int, rows: int) -> list[list[int]]:
    """Group windows of equal length, so that nothing is padded and memory is bounded.

    Parameters
    ----------
    lengths
        Tokens of each window.
    tokens
        A batch holds at most so many; a longer window goes alone.
    rows
        A batch holds at most so many windows.

    Returns
    -------
    list of list of int
        Window numbers of each batch, the longest windows first.
    """
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    found = []
    for length, alike in itertools.groupby(order, key=lengths.__getitem__):
        members = list(alike)
        size = max(1, min(rows, tokens // max(length, 1)))
        found += [members[start : start + size] for start in range(0, len(members), size)]
    return found
