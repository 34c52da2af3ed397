"""What a word of a parsed sentence is: the parser's tag, put right where the lexicon or the neighbours know better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.tasks.lemmas import lemmatise
from taskscape.tasks.vocabulary import (
    ADJECTIVE_ENDINGS,
    ADVERBIALS,
    BE,
    EMPTY_NOUNS,
    FILLERS,
    LANGUAGES,
    MODIFIERS,
    REQUEST_VERBS,
    SCENE_VERBS,
    SUPPORT,
)
from taskscape.tasks.wordnet import wordnet

if TYPE_CHECKING:
    from taskscape.tasks.sentence import Sentence

_NOUN_TAGS = frozenset({"NN", "NNS"})
_OPEN_BEFORE_NOUN = frozenset({"DT", "PRP$", "WDT", "POS", "WP$"})  # what follows these can be no verb
_AFTER_ORDER = frozenset(
    [
        "DT",
        "PRP",
        "PRP$",
        "CD",
        "JJ",
        "JJR",
        "JJS",
        "NN",
        "NNS",
        "NNP",
        "NNPS",
        "WDT",
        "WP",
        "WP$",
        "WRB",
        "IN",
        "TO",
        "RP",
        "RB",
        "PDT",
        "CC",
        "EX",
        "UH",
        "VBG",
        "VBN",
        "-LRB-",
        "``",
        "''",
        ":",
        ",",
    ]
)  # what follows a verb in an order
_SUBJECTS = frozenset({"that", "it", "he", "she", "they", "i", "who"})  # what follows is their verb: "that displays"
_PHRASE_END = frozenset({"IN", ".", ",", ":", "CC", "TO", "WDT", "WP", "WRB", "MD", "VBZ", "-RRB-", "''", "``"})


def is_blank(sentence: Sentence, index: int) -> bool:
    """Whether a word stands for a quotation, code or a link."""
    shown = sentence.shown[index]
    return shown == "X" or (len(shown) > 1 and shown[0] == "X" and not shown[1:].strip("x."))


def in_lexicon(word: str) -> bool:
    """Whether WordNet has the word, or its singular, as a noun."""
    return lemmatise(word, "noun") in wordnet("noun").synsets


def is_only_verb(word: str) -> bool:
    """Whether WordNet has the word as a verb and not as a noun ("disagree")."""
    return word in wordnet("verb").synsets and word not in wordnet("noun").synsets


def is_noun(sentence: Sentence, index: int) -> bool:
    """Whether a word is a common noun of the text itself: no name, no blanked quotation, no adjective mistagged."""
    word, shown, tag = sentence.words[index], sentence.shown[index], sentence.tags[index]
    if len(word) < 2 or not word.replace("-", "").isalpha() or word in EMPTY_NOUNS or is_blank(sentence, index):
        return False
    if word in BE or word in SUPPORT:
        return False
    before = sentence.tags[index - 1] if index else ""
    following = sentence.tags[index + 1] if index + 1 < len(sentence) else "."
    if index and shown[0].isupper() and not _shouted(sentence):
        # "Detect any URL": capitals all through, and the object itself
        short = shown.isupper() and 1 < len(shown) < 6 and not following.startswith("NN")
        return short and (before == "DT" or sentence.words[index - 1] in REQUEST_VERBS)
    if word in MODIFIERS and (following not in _PHRASE_END or "-" in sentence.words[index + 1 : index + 2]):
        return False
    if tag in _NOUN_TAGS:
        if _ends_clause(sentence, index) or (tag == "NNS" and sentence.words[index - 1] in _SUBJECTS and index):
            return False
        return following not in _NOUN_TAGS or in_lexicon(word) or not word.endswith(ADJECTIVE_ENDINGS)
    if tag in {"VB", "VBP", "VBZ", "VBG"} and (before in _OPEN_BEFORE_NOUN or (before[:2] == "JJ" and tag != "VBG")):
        return in_lexicon(word) and (tag != "VBG" or following not in _NOUN_TAGS)
    if tag in {"JJ", "NNP", "NNPS", "FW", "RB"} and following in _PHRASE_END and in_lexicon(word):
        return before in {"DT", "JJ", "CD", "PRP$", "WDT", "WP"} or (
            index > 0 and sentence.words[index - 1] in REQUEST_VERBS and tag != "RB"
        )
    return False


def _ends_clause(sentence: Sentence, index: int) -> bool:
    """Whether a word in -s is the verb of a clause that has no other: "how Virtual Reality works"."""
    if sentence.tags[index] != "NNS" or not sentence.shown[index - 1][0].isupper() or index < 2:
        return False
    opened = next((other for other in range(index - 1, 0, -1) if sentence.words[other] in {"how", "what", "why"}), None)
    return opened is not None and not any(
        sentence.tags[other] in {"VBZ", "VBP", "VBD", "MD"} for other in range(opened, len(sentence))
    )


def _shouted(sentence: Sentence) -> bool:
    """Whether most words are capitalised, so that capitals tell nothing."""
    capital = sum(shown[0].isupper() for shown in sentence.shown)
    return capital > 3 and capital > 0.6 * sum(shown[0].isalpha() for shown in sentence.shown)


def noun_after(sentence: Sentence, verb: int, stop: int | None = None) -> int | None:
    """Give the first common noun after a verb, adverbial phrases such as "in detail" passed over.

    Parameters
    ----------
    sentence
        The sentence.
    verb
        Index of the verb.
    stop
        Index to stop before; the end by default, and where it lies behind it.

    Returns
    -------
    int or None
        Index of the noun.
    """
    skipped: set[int] = set()
    for phrase in ADVERBIALS:
        for index in range(verb + 1, min(verb + 6, len(sentence) - len(phrase) + 1)):
            if tuple(sentence.words[index : index + len(phrase)]) == phrase:
                skipped.update(range(index, index + len(phrase)))
    translated = sentence.words[verb] == "translate"
    end = len(sentence) if stop is None else min(stop, len(sentence))
    for index in range(verb + 1, end):
        if index not in skipped and (is_noun(sentence, index) or (translated and sentence.words[index] in LANGUAGES)):
            return index
    return None


def skip_fillers(sentence: Sentence, start: int) -> int:
    """Give the first word from ``start`` that is no "please", adverb or mark."""
    index = start
    while index < len(sentence) and (
        sentence.words[index] in FILLERS
        or not any(character.isalnum() for character in sentence.words[index])
        or (sentence.tags[index] == "RB" and sentence.words[index].endswith("ly"))
    ):
        index += 1
    return index


def is_order(sentence: Sentence, index: int) -> bool:
    """Whether a word can be the verb of an imperative that begins there."""
    if index >= len(sentence) or is_blank(sentence, index):
        return False
    word, tag = sentence.words[index], sentence.tags[index]
    following = sentence.tags[index + 1] if index + 1 < len(sentence) else "."
    next_word = sentence.words[index + 1] if index + 1 < len(sentence) else ""
    if word == "do":
        return following in {"NN", "DT", "JJ"}  # "Do something nice"
    if word in BE or word in SUPPORT or word in {"of", "let", "thank", "thanks"}:
        return False
    if word in REQUEST_VERBS | SCENE_VERBS:
        if next_word in {"of", "is", "are", "was"} and word not in {"think"}:
            return False
        if tag in {"VB", "VBP", "VBZ", "VBD"}:
            return True
        return following in _AFTER_ORDER
    return tag == "VB" and (sentence.child(index, "nsubj", "aux", "mark") is None)


def infinitive_after(sentence: Sentence, start: int) -> int | None:
    """Find ``to VERB`` from ``start``: the index of the verb."""
    for index in range(start, len(sentence) - 1):
        if sentence.words[index] == "to":
            verb = index + 1
            while verb < len(sentence) - 1 and sentence.tags[verb] == "RB":
                verb += 1
            if sentence.tags[verb] in {"VB", "VBP"} or sentence.words[verb] in REQUEST_VERBS:
                return verb
    return None
