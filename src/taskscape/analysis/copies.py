"""Is a text a copy of another? The quick text evidence that keeps a query's own copy out of its demonstrations.

A copy differs in nothing but case, spaces, punctuation, politeness, articles, the order of its words, one typing error,
or for long texts in three words of a hundred. Another number or another content word is another text: "Translate cat to
French" and "Translate dog to French" are two. Similarity of embeddings is no evidence: two requests for the same task
may be as near as two copies. Paraphrases are no copies here: a demonstration in other words gives nothing away that the
task does not.

Price: about 5 µs a text to prepare, and 1 to 3 µs a pair.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN = re.compile(r"\w+|(?<=[\w\s)])[-+*/^%=<>](?=[\s\d(.])")
_POLITE = {"please", "kindly", "could", "can", "would", "will", "you", "me", "thanks", "thank", "hi", "hello", "hey"}
_SMALL = frozenset({"a", "an", "the", *_POLITE})  # words whose absence changes no request
_OTHER_SHARE = 0.03  # of the words of two long texts that may differ
_TYPO_LENGTH = 4  # letters of a word from which one wrong letter is a typing error and not another word


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, ready to be compared.

    Parameters
    ----------
    counts
        Content words, numbers and operators with how often each stands; the whole text where there are none.
    size
        How many, with repetitions.
    """

    counts: Counter[str]
    size: int

    def is_copy(self, other: Words) -> bool:
        """Tell whether one text is a copy of the other."""
        allowed = _OTHER_SHARE * (self.size + other.size)
        if abs(self.size - other.size) > allowed:
            return False
        if self.counts == other.counts:
            return True
        only_here, only_there = self.counts - other.counts, other.counts - self.counts
        different = only_here.total() + only_there.total()
        if different <= allowed:
            return True
        return different == 2 and len(only_here) == 1 and _is_typo(*only_here, *only_there)


def words_of(text: str) -> Words:
    """Prepare a text for comparison.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    Words
        Its content words.

    Examples
    --------
    >>> words_of("Could you write a poem about rain?").is_copy(words_of("write poem about RAIN"))
    True
    """
    flat = unicodedata.normalize("NFKC", text).casefold()
    found = _TOKEN.findall(flat)
    counts = Counter(word for word in found if word not in _SMALL) or Counter(found) or Counter([flat.strip()])
    return Words(counts, counts.total())


class Copies:
    """Which rows of a pool are copies of which queries; texts are prepared when they are first looked at.

    Parameters
    ----------
    queries, pool
        The texts.
    """

    def __init__(self, queries: Sequence[str], pool: Sequence[str]) -> None:
        self._query_words = cache(lambda query: words_of(queries[query]))
        self._pool_words = cache(lambda row: words_of(pool[row]))

    def are(self, query: int, row: int) -> bool:
        """Tell whether a row of the pool is a copy of a query."""
        return self._query_words(query).is_copy(self._pool_words(row))


def _is_typo(one: str, other: str) -> bool:
    """Tell whether two words are one letter (left out, doubled, wrong or swapped with its neighbour) apart."""
    if not (one.isalpha() and other.isalpha()) or min(len(one), len(other)) < _TYPO_LENGTH:
        return False
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[start:], other[start:]
    if len(rest) == len(other_rest):
        swapped = rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:]
        return swapped or rest[1:] == other_rest[1:]
    return rest[1:] == other_rest or rest == other_rest[1:]
