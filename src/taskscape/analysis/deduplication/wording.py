"""What a text says, apart from how it is dressed: the evidence on which two rows may be called duplicates.

A request is cut into parts that count differently:

* its *frame*: greetings, "could you please", "give me a list of", which say nothing;
* its *verb*, which may be another verb of the same meaning;
* its *content*: all other words but articles, pronouns and the like, in their dictionary form;
* what is *fixed*: numbers, quoted parts, signs, and everything after the first line break or colon (the input). It must
  be the same on both sides.

Two wordings agree when their fixed parts are equal, their verbs mean the same and their content words are the same: a
word that each side has alone is another topic, however alike the rest is. "Translate cat to French" and "Translate dog
to French" differ in content, at any length of what surrounds them.

Price: about 60 µs a text of 20 words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from taskscape.analysis.deduplication.word_lists import (
    ABOUT_MARKS,
    ABOUT_NOTHING,
    ABOUT_WORDS,
    FRAMES,
    IGNORED,
    NEGATIONS,
    NOT_SYNONYMS,
    NOUNS,
    NUMBERS,
    OPENING,
    ORDERS,
    PREFIX,
    PREPOSITIONS,
    SUFFIX,
)
from taskscape.tasks.lemmas import lemmatise
from taskscape.tasks.wordnet import wordnet

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad"),
    }
)
# A number; a word, with apostrophes; marks that end or part clauses; any other sign.
_TOKEN = re.compile(
    r"(?P<number>(?<![\w.])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<!\w)-\d+(?:\.\d+)?|\d+(?:\.\d+)+)"
    r"|(?P<word>[^\W_]+(?:'[^\W_]+)*)"
    r"|(?P<mark>[.,;:!?…()\[\]\"'|]|-(?!\s?\d)|^[^\S\n]*[*#>]+(?=\s))"
    r"|(?P<sign>[^\s\w]|_)",
    re.MULTILINE,
)
_QUOTED = re.compile(r"\"([^\"]{1,400})\"|(?<!\w)'([^']{1,400})'(?!\w)")
_EMPHASIS = re.compile(r"(?<![\w*_])([*_]{1,3})(?=[^\s*_])([^*_\n]+)(?<=\S)\1(?![\w*_])")
_INPUT = re.compile(r"\n|:\s")
_BREAK = "|"


@dataclass(frozen=True, slots=True)
class Wording:
    """One text as evidence.

    Parameters
    ----------
    plain
        Words, numbers and signs in lower case, one space between: equal for texts that differ in spacing, capitals and
        punctuation only.
    core
        The same without its frame.
    verb
        The verb of the request in dictionary form; empty for a question or a statement.
    content
        Content words in dictionary form, one name for synonyms, in their order.
    written
        The same words as they were written, in lower case.
    names
        Words with a capital inside a sentence, in lower case: no synonym stands for them, and they are never misspelt.
    fixed
        Numbers, quoted parts, signs and input, in one string.
    """

    plain: str
    core: str
    verb: str
    content: tuple[str, ...]
    written: tuple[str, ...]
    names: frozenset[str]
    fixed: str


class Order(NamedTuple):
    """How content words stand to each other, for texts that have the same ones in another order."""

    roles: tuple[tuple[str, str], ...]
    adjacent: frozenset[tuple[str, str]]


def plain_text(text: str) -> str:
    """Fold what is only dress: spacing, capitals, punctuation, forms of quotes and dashes, compatibility characters.

    Parameters
    ----------
    text
        Any text. One that is about punctuation or capitals ("Capitalize …") only loses its outer spaces.

    Returns
    -------
    str
        Tokens with one space between. Signs that mean something (``+``, ``<``, ``%``, a minus) stay.
    """
    if ABOUT_MARKS.search(text):
        return text.strip()
    return " ".join(token for token in _tokens(_folded(text)) if token != _BREAK)


def wording(text: str) -> Wording:
    """Read a text as evidence.

    Parameters
    ----------
    text
        Instruction, and after a blank line its input where it has one.
    """
    plain = plain_text(text)
    if ABOUT_MARKS.search(text):
        return Wording(plain, plain, "", (), (), frozenset(), text.strip())
    folded = _folded(text)
    head, tail = _split(folded)
    verb, words = _request(head)
    fixed = [NUMBERS.get(word, word) for word in words if _is_fixed(word)]
    quoted = [plain_text(first or second) for first, second in _QUOTED.findall(head)]
    core = " ".join(word for word in words if word != _BREAK)
    rest = " ".join(token for token in _without_suffix(" ".join(_tokens(tail))).split(" ") if token != _BREAK)
    names = _names(head)
    pairs = _content(words)
    return Wording(
        plain,
        " ".join(filter(None, (verb, core, rest))),
        verb,
        tuple(form for _, form in pairs),
        tuple(word for word, _ in pairs),
        names,
        "\x1f".join([*fixed, "", *quoted, "", rest]),
    )


def order_of(text: str) -> Order:
    """Tell how the content words of a text stand to each other: after which preposition, and beside which word."""
    head, _ = _split(_folded(text))
    _, words = _request(head)
    plain = _about_words(words)
    roles, adjacent = [], set()
    preposition, previous = "", ""
    for word in words:
        form = "" if word == _BREAK else _form(word, plain=plain)
        if word == _BREAK:
            preposition = ""
        elif word in PREPOSITIONS:
            preposition = word
        if form:
            roles.append((form, preposition))
            if previous:
                adjacent.add((previous, form))
        previous = form
    return Order(tuple(sorted(roles)), frozenset(adjacent))


def same_order(first: str, second: str) -> bool:
    """Tell whether two texts with the same content words also say the same of them.

    "For a trip, pack a list" and "pack a list for a trip" do; "from A to B" and "from B to A" do not.
    """
    one, other = wording(first).content, wording(second).content
    if one == other:
        return True
    if len(one) != len(other):
        return order_of(first).adjacent == order_of(second).adjacent
    turned = any(one[cut:] + one[:cut] == other for cut in range(1, len(one)))
    return turned and order_of(first) == order_of(second)


def _folded(text: str) -> str:
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _EMPHASIS.sub(r"\2", folded.translate(_FOLDED))


def _tokens(text: str) -> list[str]:
    """Cut a folded text into words, numbers and signs in lower case; a mark of punctuation is ``"|"``."""
    found = []
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "mark":
            found.append(_BREAK)
        elif kind == "number":
            found.append(token.replace(",", ""))
        else:
            found.append(token.casefold().replace("'", ""))
    return found


def _split(folded: str) -> tuple[str, str]:
    """Part the request from what is pasted behind it."""
    lines = OPENING.sub("", folded.strip())
    match = _INPUT.search(lines)
    return (lines[: match.start()], lines[match.end() :]) if match else (lines, "")


def _request(head: str) -> tuple[str, list[str]]:
    """Give the verb of a request, and its words without frame and verb."""
    marked = " ".join(_tokens(head))
    marked = _without_suffix(marked.rstrip(" |"))
    while True:
        shorter = PREFIX.sub("", marked).lstrip("| ")
        if shorter == marked or not shorter:
            break
        marked = shorter
    for pattern, verb in FRAMES:
        marked = pattern.sub(verb, marked)
    words = marked.split(" ")
    for index, word in enumerate(words):
        begins = index == 0 or words[index - 1] == _BREAK or (words[index - 1] in {"please", "kindly"})
        verb = lemmatise(word, "verb") if begins and word.isalpha() and word not in PREPOSITIONS else ""
        if verb in ORDERS:
            return verb, words[:index] + words[index + 1 :]
    if words[0] in PREPOSITIONS:  # "For a trip pack a list", the comma left away
        for index in range(2, len(words) - 1):
            if words[index] in ORDERS and words[index + 1] in _DETERMINERS:
                return words[index], [*words[:index], _BREAK, *words[index + 1 :]]
    return "", words


def _without_suffix(marked: str) -> str:
    match = SUFFIX.match(" ".join(reversed(marked.split(" "))))
    return marked[: -match.end()] if match else marked


_DETERMINERS = frozenset(["a", "an", "the", "some", "me", "us", "my", "your"])


def _names(head: str) -> frozenset[str]:
    """Give the words that are written with a capital inside a sentence, in lower case: no synonym stands for a name."""
    words = re.findall(r"(?<![.!?:\s])\s+([A-Z][^\W_]*(?:'[^\W_]+)*)", head)
    return frozenset(word.casefold().replace("'", "") for word in words)


def _is_fixed(word: str) -> bool:
    return word in NUMBERS or any(letter.isdigit() for letter in word) or not (word.isalnum() or word == _BREAK)


def _about_words(words: list[str]) -> bool:
    return any(word in ABOUT_WORDS or word.removesuffix("s") in ABOUT_WORDS for word in words)


def _content(words: list[str]) -> list[tuple[str, str]]:
    """Give the content words, each as written and in the form by which it is compared."""
    plain = _about_words(words)
    forms = ((word, "" if word == _BREAK else _form(word, plain=plain)) for word in words)
    return [(word, form) for word, form in forms if form]


@lru_cache(maxsize=1 << 16)
def _form(word: str, *, plain: bool) -> str:
    """Give the form by which a content word is compared; empty where the word carries none."""
    if not word.isalnum():
        return ""
    if word in NUMBERS:
        return NUMBERS[word]
    if plain:  # a text about words: each is what it is
        return "" if word in ABOUT_NOTHING else word
    if word in IGNORED:
        return ""
    if word in NEGATIONS:
        return "without" if word in {"without", "exclude", "excluding", "avoid", "except"} else "not"
    lemma = lemmatise(word, "noun")
    if lemma == word and word not in wordnet("noun").synsets:
        lemma = lemmatise(word, "verb")
    lemma = re.sub(r"(?<=[a-z]{3})our$", "or", re.sub(r"(?<=[a-z]{2})is(?=e$|ation$|ing$)", "iz", lemma))
    if len(lemma) < 3 or lemma in NOT_SYNONYMS:
        return lemma
    if lemma in NOUNS:
        return NOUNS[lemma]
    return _first_sense().get(lemma, lemma)


@lru_cache(maxsize=1)
def _first_sense() -> dict[str, str]:
    """Map nouns that WordNet has first in one meaning to the first of them by alphabet."""
    names: dict[int, str] = {}
    found = {}
    for word, senses in sorted(wordnet("noun").synsets.items()):
        if senses and senses[0] >= 0 and word not in NOT_SYNONYMS:
            found[word] = names.setdefault(senses[0], word)
    return found
