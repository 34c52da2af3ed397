"""Lemmas of verbs and nouns: ``lemmatise("children", "noun") == "child"``.

The method is WordNet's morphy: irregular forms from a list, else endings are taken off and what stands in the lexicon
wins; a word the lexicon lacks follows the spelling rules alone. It needs no parser, so that every labeller shares it.
A library for this would weigh more than it gives: of the two tried, one knows no part of speech ("meeting" becomes
"meet") and the other reads pickles. ``benchmarks/labels.py --treebank FILE`` prints how often they are right.
"""

from __future__ import annotations

import re
from functools import lru_cache

from taskscape.tasks.wordnet import PartOfSpeech, wordnet

# What people ask for is "data" and "media", not a datum; and to "rent" or "lay" is to do it, not to have done it.
_KEPT = {
    "noun": frozenset(
        """data media means species thanks jeans pants trousers stamina trivia physics ethics graffiti
        arcana cola""".split()  # noqa: SIM905
    ),
    "verb": frozenset(["rent", "lay", "ground", "wound"]),
}
# Plurals that the endings would spoil: the lexicon has a rarer word of that spelling, or lacks the word itself.
_PLURALS = {
    "apis": "api", "cookies": "cookie", "emojis": "emoji", "hippies": "hippie", "lenses": "lens",
    "smoothies": "smoothie", "taxis": "taxi",
    # Most words of three letters in -s are no plurals ("css", "ios", "his"); these are.
    "ads": "ad", "cds": "cd", "djs": "dj", "ids": "id", "ips": "ip", "kgs": "kg", "lbs": "lb", "pcs": "pc", "rvs": "rv",
    "tvs": "tv", "ums": "um",
}  # fmt: skip
_ENDINGS = {
    "noun": (
        ("ies", "y"), ("sses", "ss"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
        ("s", ""), ("ses", "s"),
    ),
    "verb": (
        ("ies", "y"), ("es", "e"), ("es", ""), ("s", ""),
        ("ied", "y"), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
    ),
}  # fmt: skip
_HISSING = re.compile(r"(?:ss|x|[cs]h)es$")
_NOT_PLURAL = re.compile(r"(?:ss|us|is)$|^.{1,3}$")
_DOUBLED = re.compile(r"([bdgklmnprstvz])\1$")


@lru_cache(maxsize=65536)
def lemmatise(word: str, part: PartOfSpeech) -> str:
    """Give the dictionary form of a word.

    Parameters
    ----------
    word
        One word as written.
    part
        ``"noun"`` or ``"verb"``.

    Returns
    -------
    str
        The lemma in lower case; a word that fits no rule comes back as it is, lower-cased.
    """
    word = word.lower()
    if word in _KEPT[part]:
        return word
    if part == "noun" and word in _PLURALS:
        return _PLURALS[word]
    lexicon = wordnet(part)
    if word in lexicon.irregular:
        plain = word.removesuffix("ed").removesuffix("ing")
        return plain if plain.endswith("ll") and plain in lexicon.synsets else lexicon.irregular[word]  # not "instal"
    if part == "verb" and word in lexicon.synsets:
        return word  # "feed" and "bring" carry no ending
    stems = list(_stems(word, part))
    known = [stem for stem in stems if stem in lexicon.synsets]
    if known:
        return known[0]
    if word in lexicon.synsets or not stems:
        return word
    return stems[-1]


def _stems(word: str, part: PartOfSpeech) -> list[str]:
    """List what is left when endings are taken off, the likeliest first."""
    lexicon = wordnet(part).synsets
    if part == "noun" and _NOT_PLURAL.search(word):
        # "menus" and "skis" are plurals all the same: the lexicon has them only without their -s.
        plural = word.endswith(("us", "is")) and len(word) > 3 and word not in lexicon and word[:-1] in lexicon
        return [word[:-1]] if plural else []
    stems = []
    for ending, instead in _ENDINGS[part]:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 2:
            continue
        if part == "noun" and _unsure(word, ending) and stem + instead not in lexicon:
            continue
        if part == "verb" and ending in {"ed", "ing"} and not instead and _DOUBLED.search(stem):
            stems.append(stem if stem.endswith(("ll", "ss", "zz")) and stem in lexicon else stem[:-1])
        stems.append(stem + instead)
    return stems


def _unsure(word: str, ending: str) -> bool:
    """Tell whether an ending of nouns is taken off for words of the lexicon alone.

    "ramen" is no plural; "aliases" is one of "alias", but of "databases" only the last letter goes; and "caches" is one
    of "cache", but of "checkboxes" two letters go.
    """
    return ending in {"men", "ses"} or (ending == "s" and _HISSING.search(word) is not None)
