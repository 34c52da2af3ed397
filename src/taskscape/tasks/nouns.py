"""Find the noun of a request: the first common noun of what the verb asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from taskscape.tasks.words import is_blank, is_noun, noun_after

if TYPE_CHECKING:
    from taskscape.tasks.reading import Reading
    from taskscape.tasks.sentence import Sentence

_MATH = re.compile(
    r"\d\s*[-+*/^×÷=%]\s*\(?-?\d|\d+\s*[a-z]\s*[-+*/=^]|[a-z]\s*[-+*/=^]\s*\d|\b\d+ (?:times|plus|minus) \d|\d+% of|"
    r"\)\s*[-+*/^(]|\b(?:sum|product|square root|cube root) of -?\d|\d!",
    re.IGNORECASE,
)


def has_math(text: str) -> bool:
    """Whether a text holds an arithmetic or algebraic expression."""
    return _MATH.search(text) is not None


def noun_of(sentence: Sentence, reading: Reading) -> int | str | None:
    """Find the noun.

    Returns
    -------
    int or str or None
        Index of the noun, or a class (``knowledge``, ``math``), or None where there is none.
    """
    text = sentence.segment.text
    if reading.noun_class:
        if reading.noun_class == "knowledge" and reading.verb_class in {"what", "how", "noun"} and has_math(text):
            return "math"
        return reading.noun_class
    if reading.verb is None:
        return None
    found = noun_after(sentence, reading.verb)
    if found is not None:
        return found
    if has_math(text):
        return "math"
    before = [index for index in range(reading.verb) if is_noun(sentence, index)]
    if before:
        return before[0]
    rest = range(reading.verb + 1, len(sentence))
    named = any(sentence.shown[index][0].isupper() and not is_blank(sentence, index) for index in rest)
    return "knowledge" if named else None
