"""What a model's heads say → tasks, with no parser.

The heads come from the pass that gives the embedding: one logit at each token for being the verb and one for being the
noun, and for each text the logits of the words that are classes rather than words of the text (``noun|knowledge``) and
of its kind. The class ``*`` says that the word is in the text, where the pointer finds it; it is widened to the whole
word and lemmatised. A question for knowledge has its question word for a verb (``why|knowledge``), which is read off
the text: no such word needs to have been seen in training.

Price: some 20 µs a text beside the encoder's pass.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import numpy as np

from taskscape.tasks.label import NOTHING, Kind, Task
from taskscape.tasks.lemmas import lemmatise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.tasks.wordnet import PartOfSpeech

IN_TEXT = "*"  # class of a word that the pointer finds
HEADS = ("verb", "noun", "kind")


class HeadOutputs(Protocol):
    """What the heads say of one text; see `taskscape.encoders.packaged.HeadOutput`."""

    @property
    def offsets(self) -> NDArray[np.int32]: ...  # noqa: D102 (start and end of each token)
    @property
    def tokens(self) -> Mapping[str, NDArray[np.float32]]: ...  # noqa: D102 (head → logits of each token)
    @property
    def classes(self) -> Mapping[str, NDArray[np.float32]]: ...  # noqa: D102 (head → logits of each class)


def read_tasks(
    texts: Sequence[str], outputs: Sequence[HeadOutputs], classes: Mapping[str, Sequence[str]]
) -> list[Task]:
    """Turn head outputs into tasks.

    Parameters
    ----------
    texts
        The texts that were read.
    outputs
        What the heads said of each.
    classes
        ``verb``, ``noun`` and ``kind`` → names of the classes.

    Returns
    -------
    list of Task
        One for each text; ``none|none`` with confidence 0 for a text without words.
    """
    return [_task(text, output, classes) for text, output in zip(texts, outputs, strict=True)]


def _task(text: str, output: HeadOutputs, classes: Mapping[str, Sequence[str]]) -> Task:
    words = np.flatnonzero(output.offsets[:, 1] > output.offsets[:, 0])
    if not len(words) or not any(character.isalnum() for character in text):
        return Task(NOTHING, NOTHING)
    verb, verb_span, verb_sure = _word(text, output, words, "verb", classes["verb"], taken=None)
    noun, noun_span, noun_sure = _word(text, output, words, "noun", classes["noun"], taken=verb_span)
    kinds = _shares(output.classes["kind"])
    kind = Kind(classes["kind"][int(kinds.argmax())])
    asked = question_word(text) if noun == "knowledge" and kind is Kind.WH_QUESTION else None
    if asked is not None:
        verb, verb_span, verb_sure = asked, None, float(kinds.max())
    return Task(verb, noun, kind, round(verb_sure * noun_sure, 4), verb_span, noun_span)


_QUESTION_WORD = re.compile(r"\b(what|whom|whose|who|which|when|where|why|how)(?:'?s)?\b", re.IGNORECASE)
_OPENS = re.compile(r"(?:^|[.!?:;\n])[\s\"'(]*$")


def question_word(text: str) -> str | None:
    """Find the question word of a text: the first that opens a sentence, or else the first; None where none is.

    Examples
    --------
    >>> question_word("I like tea when it rains. Why is it so?")
    'why'
    """
    found = list(_QUESTION_WORD.finditer(text))
    opening = (match for match in found if _OPENS.search(text, 0, match.start()))
    match = next(opening, found[0] if found else None)
    return match[1].lower() if match else None


def _word(
    text: str,
    output: HeadOutputs,
    words: NDArray[np.intp],
    part: PartOfSpeech,
    classes: Sequence[str],
    *,
    taken: tuple[int, int] | None,
) -> tuple[str, tuple[int, int] | None, float]:
    """Word of one part of the label, its place in the text (None for a class), and how sure the heads are, 0 to 1."""
    shares = _shares(output.classes[part])
    best = int(shares.argmax())
    if classes[best] != IN_TEXT:
        return classes[best], None, float(shares[best])
    logits = output.tokens[part][words, 0]
    offsets = output.offsets[words]
    if taken is not None and len(words) > 1:  # one word is not both verb and noun
        logits = np.where((offsets[:, 0] < taken[1]) & (offsets[:, 1] > taken[0]), -1e4, logits)
    pointer = _shares(logits)
    place = int(pointer.argmax())
    span = whole_word(text, (int(offsets[place, 0]), int(offsets[place, 1])))
    return lemmatise(text[slice(*span)], part), span, float(shares[best] * pointer[place])


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
    powers = np.exp(logits.astype(np.float64) - float(logits.max()))
    return np.asarray(powers / powers.sum(), dtype=np.float64)
