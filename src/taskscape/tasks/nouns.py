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
# Two numbers or more with hyphens or slashes, free of other signs: "9/11", "2-3", "555-123-4567".
_NUMBERS = re.compile(
    r"(?:\b(on|since|before|after|until|during|the|a|an) )?(?<![\w.^*/+=-])(?<![+*/^=] )"
    r"(\d+)(\s*[-/]\s*)(\d+)((?:[-/]\d+)*)(?!\w|\.\d|\s*[+*/^=]|\s*-\s*\d)",
    re.IGNORECASE,
)
_NAMES = frozenset({("9", "11"), ("24", "7"), ("50", "50"), ("80", "20"), ("20", "20")})


def has_math(text: str) -> bool:
    """Whether a text holds an arithmetic or algebraic expression, which a date, a range and "COVID-19" are not.

    Time grows with the length of the text, whatever it is made of.
    """
    free = _NUMBERS.sub(lambda match: " " if _is_date_or_range(match) else match[0], text)
    return _FORMULA.search(free) is not None


def _is_date_or_range(match: re.Match[str]) -> bool:
    """Tell "on 5/12", "the 80/20 rule", "2020-05-01", "2-3" and "2023/24" from "17-9" and "3/4"."""
    before, left, sign, right, more = match.groups()
    if len(sign) > 1:  # spaces are those of a formula, but for "1939 - 1945"
        return sign.strip() == "-" and len(left) == len(right) == 4 and left < right
    if before or (left, right) in _NAMES:
        return True
    if more:  # a date, or a number in parts
        return sign == "-" or re.fullmatch(r"/(?:\d\d){1,2}", more) is not None
    if len(left) == 4 and len(right) == 2 and (int(left) + 1) % 100 == int(right):
        return True
    return sign == "-" and (len(left), left) < (len(right), right)


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
