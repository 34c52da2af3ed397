"""What a model's heads say → tasks, with no parser.

The heads come from the pass that gives the embedding: one logit at each token for being the verb and one for being the
noun, and for each text the logits of the words that are classes rather than words of the text (``noun|knowledge``) and
of its kind. The class ``*`` says that the word is in the text, where the pointer finds it; it is widened to the whole
word and lemmatised. A question for knowledge has its question word for a verb (``why|knowledge``), which is read off
the text: no such word needs to have been seen in training. So is a formula, the noun of a request that has no other.

Price: some 5 µs a text beside the encoder's pass: all that is arithmetic is done for all texts at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from taskscape.tasks.label import NOTHING, Kind, Task
from taskscape.tasks.lemmas import lemmatise
from taskscape.tasks.nouns import has_math
from taskscape.tasks.segments import sentence_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.tasks.wordnet import PartOfSpeech

IN_TEXT = "*"  # class of a word that the pointer finds
HEADS = ("verb", "noun", "kind")
_EXCLUDED = np.float32(-1e4)  # the logit of a word that is taken
_NO_NOUN_MARGIN = 3.0  # training shows texts without a noun, statements and fragments, more often than use does


class HeadOutputs(Protocol):
    """What the heads say of some texts; see `taskscape.encoders.packaged.HeadOutputs`."""

    @property
    def bounds(self) -> NDArray[np.int64]: ...  # noqa: D102 (where the tokens of each text start)
    @property
    def offsets(self) -> NDArray[np.int32]: ...  # noqa: D102 (start and end of each token in its text)
    @property
    def tokens(self) -> Mapping[str, NDArray[np.float32]]: ...  # noqa: D102 (head → logits of each token)
    @property
    def classes(self) -> Mapping[str, NDArray[np.float32]]: ...  # noqa: D102 (head → logits of each text's classes)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of those texts that have any, in one row: their offsets, and where each text's begin, and how many."""

    offsets: NDArray[np.int32]
    starts: NDArray[np.intp]
    counts: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the labels of some texts: its class, the word it points at if that is `IN_TEXT`, and how sure."""

    names: list[str]
    spans: list[tuple[int, int] | None]
    sure: NDArray[np.float64]


def read_tasks(texts: Sequence[str], outputs: HeadOutputs, classes: Mapping[str, Sequence[str]]) -> list[Task]:
    """Turn head outputs into tasks.

    Parameters
    ----------
    texts
        The texts that were read.
    outputs
        What the heads said of them.
    classes
        ``verb``, ``noun`` and ``kind`` → names of the classes.

    Returns
    -------
    list of Task
        One for each text; ``none|none`` with confidence 0 for a text without words.
    """
    tokens = np.flatnonzero(outputs.offsets[:, 1] > outputs.offsets[:, 0])
    owners = np.searchsorted(outputs.bounds, tokens, side="right") - 1
    read, starts, counts = np.unique(owners, return_index=True, return_counts=True)
    tasks = [Task(NOTHING, NOTHING)] * len(texts)
    if not len(read):
        return tasks
    own = [texts[number] for number in read.tolist()]
    words = _Words(outputs.offsets[tokens], starts, counts)

    said = {name: outputs.classes[name][read] for name in HEADS}

    def part(name: PartOfSpeech, taken: _Part | None) -> _Part:
        return _part(own, words, outputs.tokens[name][tokens, 0], said[name], classes[name], taken)

    verbs = part("verb", None)
    asking = np.array([name != NOTHING for name in verbs.names])
    _keep_back(said["noun"], classes["noun"], asking)
    nouns = part("noun", verbs)
    kinds = _shares(said["kind"])
    best = [Kind(classes["kind"][kind]) for kind in kinds.argmax(axis=1).tolist()]
    sure = (verbs.sure * nouns.sure).tolist()
    for place, (number, text, kind) in enumerate(zip(read.tolist(), own, best, strict=True)):
        first = _LETTER.search(text)
        if first is None:
            continue
        verb_span, noun_span = verbs.spans[place], nouns.spans[place]
        verb = lemmatise(text[slice(*verb_span)], "verb") if verb_span else verbs.names[place]
        noun = lemmatise(text[slice(*noun_span)], "noun") if noun_span else nouns.names[place]
        confidence = sure[place]
        asked = question_word(text) if noun == "knowledge" and kind is Kind.WH_QUESTION else None
        if asked is not None:
            verb, verb_span, confidence = asked[1].lower(), None, float(kinds[place].max() * nouns.sure[place])
        if _may_be_math(verb, noun, kind):
            start = verb_span[0] if verb_span else (question_word(text) or first).start()
            if has_math(_request(text, start, kind)):
                verb, noun, noun_span = "what" if verb == NOTHING else verb, "math", None
        tasks[number] = Task(verb, noun, kind, round(confidence, 4), verb_span, noun_span)
    return tasks


def _may_be_math(verb: str, noun: str, kind: Kind) -> bool:
    """Tell whether a formula, if there is one, is what the text is about, as the parser has it: no other noun is."""
    if kind is Kind.WH_QUESTION:
        return noun == NOTHING or (noun == "knowledge" and verb in {"what", "how"})
    return kind is Kind.IMPERATIVE and verb != NOTHING and (noun == NOTHING or not noun.isalpha())


def _request(text: str, start: int, kind: Kind) -> str:
    """Give the sentence of a request; for an order with no full stop ("Solve:") what stands below too: its formula."""
    begin, end = sentence_at(text, start)
    stopped = text[begin:end].rstrip(_CLOSING).endswith(_STOPS)
    below = _LETTER.search(text, end) if kind is Kind.IMPERATIVE and not stopped else None
    return text[begin : sentence_at(text, below.start())[1] if below else end]


def _keep_back(logits: NDArray[np.float32], classes: Sequence[str], asking: NDArray[np.bool_]) -> None:
    """Let the class of no noun, in place, win only by a margin where the text asks for something."""
    if NOTHING in classes:
        logits[asking, list(classes).index(NOTHING)] -= _NO_NOUN_MARGIN


_LETTER = re.compile(r"[^\W_]")  # or a digit
_STOPS = (".", "!", "?", "…", "。", "！", "？")
_CLOSING = " \t\r\n)]\"'”’`"  # what may stand behind a full stop
_QUESTION_WORD = re.compile(r"\b(what|whom|whose|who|which|when|where|why|how)(?:'?s)?\b", re.IGNORECASE)


def question_word(text: str) -> re.Match[str] | None:
    """Find the question word of a text: the first that opens a sentence, or else the first; None where none is.

    Examples
    --------
    >>> question_word("I like tea when it rains. Why is it so?")[1]
    'Why'
    """
    found = list(_QUESTION_WORD.finditer(text))
    opening = (match for match in found if _opens(text, match.start()))
    return next(opening, found[0] if found else None)


def _opens(text: str, start: int) -> bool:
    """Tell whether a sentence or a line opens at a word."""
    while start and text[start - 1] != "\n" and (text[start - 1].isspace() or text[start - 1] in "\"'("):
        start -= 1
    return not start or text[start - 1] in ".!?:;\n"


def _part(
    texts: list[str],
    words: _Words,
    logits: NDArray[np.float32],
    said: NDArray[np.float32],
    classes: Sequence[str],
    taken: _Part | None,
) -> _Part:
    """Read one part of the labels, from the logits of the words ``(words,)`` and of the classes ``(texts, classes)``.

    One word is not both verb and noun: words that are ``taken`` are left aside.
    """
    shares = _shares(said)
    used_up: list[int] = []
    if taken is not None:
        taken_spans = np.array([span or (-1, -1) for span in taken.spans], dtype=np.int32)
        low, high = (np.repeat(side, words.counts) for side in taken_spans.T)
        free = (words.offsets[:, 0] >= high) | (words.offsets[:, 1] <= low)
        logits = np.where(free, logits, _EXCLUDED)
        used_up = np.flatnonzero(~np.logical_or.reduceat(free, words.starts)).tolist()
    highest = np.repeat(np.maximum.reduceat(logits, words.starts), words.counts)
    tops = np.flatnonzero(logits == highest)  # the first of them counts
    places = tops[np.searchsorted(tops, words.starts)]
    pointers = 1 / np.add.reduceat(np.exp(logits.astype(np.float64) - highest), words.starts)
    pointed = words.offsets[places].tolist()
    pairs = enumerate(zip(texts, pointed, strict=True))
    signs = [row for row, (text, (start, end)) in pairs if not _LETTER.search(text, start, end)]
    if NOTHING in classes and IN_TEXT in classes:  # a sign is no word, and a word that is taken is no other ("Sing!")
        nothing, in_text, none_left = list(classes).index(NOTHING), list(classes).index(IN_TEXT), signs + used_up
        shares[none_left, nothing] += shares[none_left, in_text]
        shares[none_left, in_text] = 0
    names = [classes[number] for number in shares.argmax(axis=1).tolist()]
    spans = [
        whole_word(text, (start, end)) if name == IN_TEXT else None
        for text, name, (start, end) in zip(texts, names, pointed, strict=True)
    ]
    pointing = np.array([name == IN_TEXT for name in names])
    return _Part(names, spans, shares.max(axis=1) * np.where(pointing, pointers, 1))


def whole_word(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Widen a span to the letters and digits around it.

    Examples
    --------
    >>> whole_word("two sonnets", (4, 7))
    (4, 11)
    """
    start, end = span
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end


def _shares(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Softmax of each row."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)
