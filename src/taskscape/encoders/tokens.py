"""Texts → windows of token ids → batches: what stands before the network.

Nothing is cut silently: a text beyond the network's length is read in windows from its head and its tail. An encoder
that can tell which window holds the request gets them cut where sentences end, so that a request among pasted text has
a window nearly to itself; for any other they are laid evenly. A text of a megabyte costs no more than its windows:
characters beyond what the windows could hold are never tokenised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.encoders.pieces import PieceReader, Pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

PIECE = 2048  # texts tokenised together: bounds the memory of their words
_SENTENCE_ENDS = ".?!:;"
CHARACTERS_PER_TOKEN = 12  # generous: English has 4 to 5; more than this would only shorten the windows of odd texts


@dataclass(frozen=True, slots=True)
class Windows:
    """Stretches of texts that the network reads at once, in the order of the texts; at least one for each.

    Attributes
    ----------
    pieces
        The word pieces of all texts.
    texts
        int64 ``(windows,)``: number of the text.
    spans
        int64 ``(windows, 2)``: start and end among the pieces.
    whole
        ``(windows,)``: true where this is all of its text.
    before, after
        Ids that stand around every window, such as [CLS] and [SEP].
    """

    pieces: Pieces
    texts: Numbers
    spans: Numbers
    whole: NDArray[np.bool_]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def lengths(self) -> Numbers:
        """Tokens of each window, special ones included, int64 ``(windows,)``."""
        return np.asarray(self.spans[:, 1] - self.spans[:, 0] + len(self.before) + len(self.after), dtype=np.int64)

    @property
    def bounds(self) -> Numbers:
        """Where each window starts among the tokens of all, and the end of the last, int64 ``(windows + 1,)``."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def ids(self, numbers: Numbers) -> NDArray[np.int32]:
        """Token ids of windows of equal length, special ones included: int32 ``(len(numbers), tokens)``."""
        inner = int(self.spans[numbers[0], 1] - self.spans[numbers[0], 0])
        start, end = len(self.before), len(self.before) + inner
        ids = np.empty((len(numbers), end + len(self.after)), dtype=np.int32)
        ids[:, :start], ids[:, end:] = self.before, self.after
        ids[:, start:end] = self.pieces.ids[self.spans[numbers, 0][:, None] + np.arange(inner)]
        return ids

    def offsets(self) -> NDArray[np.int32]:
        """Give the place in its text of each token of all windows, int32 ``(tokens, 2)``; both 0 for special ones.

        Raises
        ------
        ValueError
            The windows were asked for without offsets.
        """
        if self.pieces.offsets is None:
            raise ValueError("these windows were made without offsets")
        lengths, bounds = self.lengths, self.bounds
        place = np.arange(bounds[-1]) - np.repeat(bounds[:-1], lengths) - len(self.before)
        inner = np.repeat(self.spans[:, 1] - self.spans[:, 0], lengths)
        within = (place >= 0) & (place < inner)
        offsets = np.zeros((len(place), 2), dtype=np.int32)
        offsets[within] = self.pieces.offsets[(np.repeat(self.spans[:, 0], lengths) + place)[within]]
        return offsets


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
        self._reader = PieceReader(definition)
        # What the file's own template puts around a text, such as [CLS] and [SEP].
        empty = self._reader.library.encode("")
        ends = self._reader.library.encode("a").special_tokens_mask.index(0)
        self._before, self._after = tuple(empty.ids[:ends]), tuple(empty.ids[ends:])
        self._room = max_tokens - len(empty.ids)
        self._most = most
        self._sentence_room = max(1, sentence_tokens - len(empty.ids)) if sentence_tokens else 0

    def windows(self, texts: Sequence[str], *, offsets: bool) -> Windows:
        """Tokenise texts into windows.

        Parameters
        ----------
        texts
            Any strings.
        offsets
            Keep where each token stands in its text.

        Returns
        -------
        Windows
            One for each text that fits, at least one for each.
        """
        starts = range(0, len(texts), PIECE) or range(1)
        read = [self._read(texts[start : start + PIECE], offsets=offsets) for start in starts]
        pieces = Pieces.joined([pieces for pieces, _ in read])
        single = np.concatenate([single for _, single in read])
        bounds, lengths = pieces.bounds, np.diff(pieces.bounds)
        cuts = {n: self._cuts(texts[n], int(lengths[n])) for n in np.flatnonzero(lengths > self._room).tolist()}
        counts = np.array([len(cuts.get(n, [()])) for n in range(len(texts))] if cuts else [1] * len(texts), np.int64)
        owners = np.repeat(np.arange(len(texts)), counts)
        spans = np.stack([bounds[:-1], bounds[1:]], axis=1)[owners]
        firsts = np.cumsum(counts) - counts
        for n, cut in cuts.items():
            spans[firsts[n] : firsts[n] + len(cut)] = np.array(cut) + bounds[n]
        whole = single & (lengths <= self._room)
        return Windows(pieces, owners, spans, whole[owners], self._before, self._after)

    def _read(self, texts: Sequence[str], *, offsets: bool) -> tuple[Pieces, NDArray[np.bool_]]:
        """Read what may be read of each text, and tell of which texts that is all."""
        parts = [head_and_tail(text, self._room * self._most) for text in texts]
        counts = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
        pieces = self._reader.read([part for own in parts for _, part in own], offsets=offsets)
        if pieces.offsets is not None:
            begins = np.array([begin for own in parts for begin, _ in own], dtype=np.int32)
            pieces.offsets[:] += np.repeat(begins, np.diff(pieces.bounds))[:, None]
        bounds = pieces.bounds[np.concatenate([[0], np.cumsum(counts)])]
        return Pieces(pieces.ids, bounds, pieces.offsets), counts == 1

    def _cuts(self, text: str, count: int) -> list[tuple[int, int]]:
        """Lay windows over the tokens of one overlong text, which has so many."""
        if not self._sentence_room:
            return spans(count, self._room, self._most)
        places = self._read([text], offsets=True)[0].offsets
        assert places is not None  # noqa: S101 (asked for)
        budget = self._room * self._most
        stretches = [(0, count)]
        if count > budget:
            stretches = [(0, budget - budget // 2), (count - budget // 2, count)]
        known = places.tolist()
        return [cut for start, end in stretches for cut in sentence_spans(text, known, start, end, self._sentence_room)]


def sentence_spans(
    text: str, places: Sequence[Sequence[int]], start: int, end: int, length: int
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


def batches(lengths: Numbers, *, tokens: int, rows: int) -> list[Numbers]:
    """Group windows of equal length, so that nothing is padded and memory is bounded.

    Parameters
    ----------
    lengths
        Tokens of each window, int64 ``(windows,)``.
    tokens
        A batch holds at most so many; a longer window goes alone.
    rows
        A batch holds at most so many windows.

    Returns
    -------
    list of ndarray
        Window numbers of each batch, int64, the longest windows first.
    """
    order = np.argsort(-lengths, kind="stable")
    found = []
    for alike in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
        size = max(1, min(rows, tokens // max(int(lengths[alike[:1]].sum()), 1)))
        found += [alike[start : start + size] for start in range(0, len(alike), size)]
    return found
