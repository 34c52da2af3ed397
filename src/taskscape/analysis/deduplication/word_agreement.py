"""Whether two words, or the names in two texts, may stand for one another: synonyms, names, slips of the pen."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import orjson

from taskscape.analysis.deduplication.word_lists import ASKING, IGNORED, NEGATIONS, VERB_GROUPS
from taskscape.tasks.lemmas import lemmatise
from taskscape.tasks.synonyms import are_synonyms
from taskscape.tasks.wordnet import wordnet

if TYPE_CHECKING:
    from taskscape.analysis.deduplication.wording import Wording


@lru_cache(maxsize=16384)
def verbs_agree(first: str, second: str) -> bool:
    """Tell whether two requests may ask for the same by these verbs; an empty one is a question."""
    if first == second:
        return True
    if not first or not second:
        return (first or second) in ASKING
    return are_synonyms(first, second, "verb") or any(first in group and second in group for group in VERB_GROUPS)


def names_agree(first: Wording, second: Wording) -> bool:
    """Tell whether two texts with the same content words have no synonym in the place of a name.

    A name is known by its capital; in a text without capitals none is known.
    """
    names = first.names | second.names
    if not names:
        return True
    written = [{(form, word) for word, form in zip(one.written, one.content, strict=True)} for one in (first, second)]
    return all(
        any(other == form and _same_word(name, word) for other, word in written[side])
        for side in (0, 1)
        for form, name in written[1 - side]
        if name in names
    )


def _same_word(first: str, second: str) -> bool:
    return first == second or lemmatise(first, "noun") == lemmatise(second, "noun")


def is_essential(word: str) -> bool:
    """Whether a content word can never be left out: a negation, or one that makes the question another."""
    return word in NEGATIONS or word in {"who", "when", "where", "why", "how", "more", "less", "most", "least"}


def is_slip(first: str, second: str) -> bool:
    """Whether one of two words may be the other with one slip: a letter too much, too few, wrong, or two exchanged.

    The one must be a known word and the other none ("metal" is no slip of "mental"); both have four letters or more.
    """
    if min(len(first), len(second)) < 4 or abs(len(first) - len(second)) > 1 or not (first + second).isalpha():
        return False
    if _is_known(first) == _is_known(second):
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
    one, other = first[start:], second[start:]
    if one[1:] == other[1:] or one[1:] == other or one == other[1:]:
        return True
    return one[:2] == other[1::-1] and one[2:] == other[2:]


def is_misspelt_filler(word: str) -> bool:
    """Whether a word is one that carries no content, with a slip: "follownig"."""
    return any(len(other) > 4 and is_slip(word, other) for other in IGNORED)


@lru_cache(maxsize=1 << 16)
def _is_known(word: str) -> bool:
    return word in _common_words() or any(lemmatise(word, part) in wordnet(part).synsets for part in ("noun", "verb"))


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    """Give the whole words in the vocabulary of the shipped encoder: 20,000, with the adjectives that WordNet lacks."""
    packed = (resources.files("taskscape") / "models" / "default" / "tokenizer.json").read_bytes()
    return frozenset(word for word in orjson.loads(packed)["model"]["vocab"] if word.isalpha())
