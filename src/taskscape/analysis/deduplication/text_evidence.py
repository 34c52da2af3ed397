"""Pairs of texts that may be one request, with how far their wording agrees: the text side of deduplication.

Pairs are found without comparing all with all, in two ways that complement each other. Rows with the same content words
and fixed parts meet by a hash of these (also where one of them has one word more), so that paraphrases are found
without a search among neighbours, and none is missed. Rows with much the same letters meet by MinHash, which also finds
slips of the pen. Each pair is then judged word by word (`judge`).
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xxhash

from taskscape.analysis.deduplication.minhash import band_keys, bucket_pairs
from taskscape.analysis.deduplication.word_agreement import (
    is_essential,
    is_misspelt_filler,
    is_slip,
    names_agree,
    verbs_agree,
)
from taskscape.analysis.deduplication.wording import Wording, same_order, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

EXTRA_COST = 0.15  # least that a word costs which one side has and the other lacks
SLIP_COST = 0.02  # of a slip of the pen
WORDINGS = 512  # most neighbours of a row among rows with the very same content
_SLIPS = 2  # most slips in a text
_BLOCK = 4096  # texts in a block, at most
_CHARACTERS = 1 << 22  # of a block, and of one text more: MinHash takes some 26 bytes for each
_PAIRS = 1 << 18  # pairs whose words are compared at a time


def hashed(text: str) -> int:
    """Hash a text to 64 bits."""
    return xxhash.xxh3_64_intdigest(text.encode(errors="surrogatepass"))


@dataclass(frozen=True, eq=False)
class Evidence:
    """Texts as hashes: 200 bytes and 8 for each content word, however long they are.

    Parameters
    ----------
    words
        Hashes of the content words, one text after the other, uint64.
    starts
        Where each text's words begin in `words`, int64, shape ``(n + 1,)``.
    fixed
        Hash of the fixed part, uint64, shape ``(n,)``.
    bands
        MinHash keys of the text without its frame, uint64, shape ``(n, BANDS)``.
    """

    words: NDArray[np.uint64]
    starts: NDArray[np.int64]
    fixed: NDArray[np.uint64]
    bands: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.fixed)

    def weights(self) -> dict[int, float]:
        """Give the weight of each content word by its hash: the rarer in the data, the more it says."""
        found, counts = np.unique(self.words, return_counts=True)
        return dict(zip(found.tolist(), np.log1p(len(self) / counts).tolist(), strict=True))


def gather(texts: Sequence[str], progress: Callable[[int, int | None], None] | None = None) -> Evidence:
    """Read texts as evidence, a block at a time.

    Parameters
    ----------
    texts
        n texts.
    progress
        Called with (texts read, n).
    """
    forms = lru_cache(maxsize=1 << 18)(hashed)
    words: list[int] = []
    starts, fixed, bands = [0], [], [band_keys([])]
    cores: list[str] = []
    held = 0
    for done, text in enumerate(texts, start=1):
        one = wording(text)
        words.extend(map(forms, one.content))
        starts.append(len(words))
        fixed.append(hashed(one.fixed))
        cores.append(one.core)
        held += len(text)
        if len(cores) == _BLOCK or held >= _CHARACTERS or done == len(texts):
            bands.append(band_keys(cores))
            cores, held = [], 0
            if progress is not None:
                progress(done, len(texts))
    return Evidence(
        np.array(words, np.uint64),
        np.array(starts, np.int64),
        np.array(fixed, np.uint64),
        np.concatenate(bands),
    )


def candidate_pairs(evidence: Evidence) -> Pairs:
    """Find the pairs that may agree, each once, the smaller row first.

    Returns
    -------
    tuple of int64 arrays
        Sorted by the first, then by the second row. The same rows in another order give the same pairs.
    """
    found = list(_same_content(evidence))
    keys = evidence.bands + (evidence.fixed * np.uint64(0x9E3779B97F4A7C15))[:, None]
    pending: list[Pairs] = []
    for pair in bucket_pairs(keys):
        pending.append(pair)
        if sum(len(first) for first, _ in pending) >= _PAIRS:
            found.append(_hopeful(evidence, *_distinct(pending, len(evidence))))
            pending = []
    found.append(_hopeful(evidence, *_distinct(pending, len(evidence))))
    return _distinct(found, len(evidence))


def _distinct(pairs: Sequence[Pairs], rows: int) -> Pairs:
    if not pairs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first, second = (np.concatenate(side) for side in zip(*pairs, strict=True))
    codes = np.unique(np.minimum(first, second) * rows + np.maximum(first, second))
    return codes // max(rows, 1), codes % max(rows, 1)


def _same_content(evidence: Evidence) -> Iterator[Pairs]:
    """Join rows of equal fixed part and content, and rows that are equal but for one word."""
    counts = np.diff(evidence.starts)
    sums = np.concatenate([[np.uint64(0)], np.cumsum(evidence.words, dtype=np.uint64)])
    totals = sums[evidence.starts[1:]] - sums[evidence.starts[:-1]] + evidence.fixed
    order = np.lexsort((np.arange(len(totals)), totals))
    held = totals[order]
    for gap in range(1, min(len(order), WORDINGS)):
        same = held[gap:] == held[:-gap]
        if not same.any():
            break
        yield order[:-gap][same], order[gap:][same]
    owners = np.repeat(np.arange(len(evidence)), counts)
    without = totals[owners] - evidence.words
    left, right = np.searchsorted(held, without, "left"), np.searchsorted(held, without, "right")
    for step in range(WORDINGS):  # the rows that are this one without a word, one after the other
        open_ = left + step < right
        if not open_.any():
            break
        yield owners[open_], order[(left + step)[open_]]


def _hopeful(evidence: Evidence, first: NDArray[np.int64], second: NDArray[np.int64]) -> Pairs:
    """Keep the pairs whose content differs by no more than one word too many, or by what may be slips."""
    one, other = _differences(evidence, first, second)
    kept = (np.minimum(one, other) == 0) & (np.maximum(one, other) <= 1) | ((one == other) & (one <= _SLIPS))
    kept &= evidence.fixed[first] == evidence.fixed[second]
    return first[kept], second[kept]


def _differences(evidence: Evidence, first: NDArray[np.int64], second: NDArray[np.int64]) -> Pairs:
    """Count the words that only the first, and only the second of each pair has."""
    one, other = _words_of(evidence, first), _words_of(evidence, second)
    pair, word = np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])
    sign = np.repeat(np.array([1, -1]), [len(one[0]), len(other[0])])
    order = np.lexsort((word, pair))
    pair, word, sign = pair[order], word[order], sign[order]
    if not len(pair):
        return np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
    begins = np.flatnonzero(np.concatenate([[True], (pair[1:] != pair[:-1]) | (word[1:] != word[:-1])]))
    sums, owner = np.add.reduceat(sign, begins), pair[begins]
    first_alone = np.bincount(owner, np.maximum(sums, 0), len(first))
    second_alone = np.bincount(owner, np.maximum(-sums, 0), len(first))
    return first_alone.astype(np.int64), second_alone.astype(np.int64)


def _words_of(evidence: Evidence, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """List the content words of some rows, each with the place of its row in the list."""
    counts = np.diff(evidence.starts)[rows]
    places = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    return places, evidence.words[evidence.starts[rows][places] + offsets]


class Verdict(NamedTuple):
    """What two texts were found to be.

    Parameters
    ----------
    agreement
        How far they say the same, 0 to 1.
    slips
        Words that are misspelt on one side.
    """

    agreement: float
    slips: int = 0


_NONE = Verdict(0.0)


def judge(first: str, second: str, weights: dict[int, float], read: tuple[Wording, Wording] | None = None) -> Verdict:
    """Tell how far two texts say the same.

    Parameters
    ----------
    first, second
        The texts.
    weights
        Weight of each content word by its hash, see `Evidence.weights`.
    read
        What `wording` says of the two, where it is known already.

    Returns
    -------
    Verdict
        An agreement of 1 where the content is the same. Less where one side has one word more (by the share of that
        word in the weight of all, and at least by `EXTRA_COST`) or where a word is misspelt. 0 where each side has a
        content word of its own, where numbers, quoted parts, signs or inputs differ, where the verbs ask for different
        things, or where there is nothing to compare.
    """
    one, other = read or (wording(first), wording(second))
    if one.fixed != other.fixed or not (one.content or other.content or one.fixed.strip("\x1f")):
        return _NONE
    left, right = Counter(one.content), Counter(other.content)
    more, less = left - right, right - left
    if not more and not less:
        ordered = one.content == other.content or same_order(first, second)
        return Verdict(1.0) if ordered and verbs_agree(one.verb, other.verb) and names_agree(one, other) else _NONE
    if more and less:
        return _with_slips(one, other, more.total())
    if less:
        one, other, more = other, one, less
    return _with_extra(one, other, more, weights)


def _with_slips(one: Wording, other: Wording, count: int) -> Verdict:
    """Judge texts that differ in words which may be misspelt."""
    if len(one.content) != len(other.content) or one.verb != other.verb or count > _SLIPS:
        return _NONE
    places = [place for place, form in enumerate(one.content) if form != other.content[place]]
    pairs = [(one.written[place], other.written[place]) for place in places]
    if len(pairs) != count or not all(is_slip(*pair) for pair in pairs):
        return _NONE
    if not (one.names | other.names).isdisjoint(itertools.chain(*pairs)):
        return _NONE
    return Verdict(1 - SLIP_COST * count, count)


def _with_extra(longer: Wording, shorter: Wording, extra: Counter[str], weights: dict[int, float]) -> Verdict:
    """Judge texts of which one has more words."""
    if extra.total() > 1 or not shorter.content:
        return _NONE
    place = next((at for at, form in enumerate(longer.content) if form in extra), 0)
    if longer.content[:place] + longer.content[place + 1 :] != shorter.content:
        return _NONE
    if is_essential(longer.content[place]) or not verbs_agree(longer.verb, shorter.verb):
        return _NONE
    if is_misspelt_filler(longer.written[place]):
        return Verdict(1 - SLIP_COST, 1)
    shares = [weights.get(hashed(form), 1.0) for form in longer.content]
    return Verdict(1 - max(EXTRA_COST, shares[place] / sum(shares)))
