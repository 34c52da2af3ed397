"""Find the noun of a request: the first common noun of what the verb asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from taskscape.tasks.words import is_blank, is_noun, noun_after

if TYPE_CHECKING:
    from taskscape.tasks.reading import Reading
    from taskscape.tasks.sentence import Sentence

_FORMULA = re.compile(
    r"\d\s*[-+*/^×÷=%]\s*\(?-?\d|\d\s*[a-z]\s*[+*^=]|[a-z]\s*[+*^=]\s*\d|"
    # A hyphen or slash beside a letter is one of a name ("GPT-3", "HTTP/2") or of a unit, but in "2x - 3" and "x - 3".
    r"\d(?-i:[a-z])(?:[-/]|\s+[-/]\s+)[\d(]|\d(?-i:[a-z])\s+[-/]\s+[a-z]\b|\b[a-z]\s+[-/]\s+\d|"
    r"\)\s*[-+*/^]\s*[\d(]|\)[-+*/^][a-z]\b|[-+*/^]\s*\w+\)\s*\(|"
    r"\b\d+ (?:times|plus|minus) \d|\d% of|\b(?:sum|product|square root|cube root) of -?\d|\d!",
    re.IGNORECASE,
)
# Two numbers or more with hyphens or slashes, free of other signs, and what stands before: "9/11", "in 2-3".
_NUMBERS = re.compile(
    r"(\b[a-z]+ |[$£€])?(?<![\w.^*/+=-])(?<![+*/^=] )"
    r"(\d+)(\s*[-/]\s*)(\d+)((?:[-/]\d+)*)(?!\w|\.\d|\s*[+*/^=]|\s*-\s*\d)",
    re.IGNORECASE,
)
_BEFORE_NAMES = frozenset(["on", "since", "before", "after", "until", "during", "the", "a", "an"])
_BEFORE_RANGES = frozenset(["in", "from", "between", "age", "ages", "aged", "pages", "chapters", "$", "£", "€"])
# What is counted ("2-3 sentences", "10-12-year-olds"), but not what goes on with a formula ("7-9 in binary").
_COUNTED = re.compile(
    r"%|[- ](?!(?:plus|minus|times|divided|equals?|is|and|or|in|as|for|using|please)\b)[a-z]", re.IGNORECASE
)
_NAMED = re.compile(
    r"9/11|24/7|80/20|20/20|50[-/]50|"
    r"[0-3]?\d(?:/[0-3]?\d/(?:\d\d)?|-[0-3]?\d-\d\d)\d\d|\d{4}([-/])[0-3]?\d\1[0-3]?\d|"  # dates
    r"(?:\d-)?(?:\d{3}-)+\d{4}"  # phone numbers
)


def has_math(text: str) -> bool:
    """Whether a text holds an arithmetic or algebraic expression, which a date, a range and "COVID-19" are not.

    Time grows with the length of the text, whatever it is made of.
    """
    free = _NUMBERS.sub(lambda match: " " if _is_date_or_range(match) else match[0], text)
    return _FORMULA.search(free) is not None


def _is_date_or_range(match: re.Match[str]) -> bool:
    """Tell "on 5/12", "the 80/20 rule", "2020-05-01", "2-3 days" and "2023/24" from "17-9", "9-5-1" and "3/4"."""
    before, left, sign, right, more = match.groups("")
    before = before.strip().lower()
    if (before in _BEFORE_NAMES and len(sign) == 1) or _NAMED.fullmatch(left + sign + right + more):
        return True
    if more:
        return False
    years = len(left) == len(right) == 4 and left < right and sign.strip() == "-"
    if years or len(sign) > 1:  # other spaces are those of a formula
        return years
    if len(left) == 4 and len(right) == 2 and (int(left) + 1) % 100 == int(right):
        return True
    rising = sign == "-" and (len(left), left) < (len(right), right)
    return rising and (before in _BEFORE_RANGES or _COUNTED.match(match.string, match.end()) is not None)


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
