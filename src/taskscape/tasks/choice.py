"""Choose the sentence that holds the request, and make the task of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskscape.tasks.confidence import confidence
from taskscape.tasks.label import NOTHING, Task
from taskscape.tasks.lemmas import lemmatise
from taskscape.tasks.nouns import noun_of
from taskscape.tasks.rules import read
from taskscape.tasks.vocabulary import POINTERS, REQUEST_VERBS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.tasks.reading import Reading
    from taskscape.tasks.segments import Segment
    from taskscape.tasks.sentence import Sentence

# How much a form of request weighs when sentences compete: an order wins over a question in a pasted text.
_WEIGHTS = {
    "order": 3.0,
    "support": 3.0,
    "need": 3.0,
    "meaning": 2.7,
    "knowledge": 2.6,
    "yes-no": 2.3,
    "thing": 1.0,
    "scene": 0.8,
    "statement": 0.5,
}
_FIRST = 1.0  # most requests open the text
_LATER = -0.15  # for each sentence before, up to six
_PASTED = -2.0  # a labelled part or list item is material, not request
_KNOWN = 0.8  # the verb is one that opens instructions
_POINTING = 0.5  # "the following text": it speaks of what was pasted
_READING = -2.5  # "Read the passage below." before the request itself
_EDGE = 0.3  # opens a paragraph or ends the text


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with what the rules read in it; None where they read nothing."""

    sentence: Sentence
    reading: Reading | None

    @classmethod
    def of(cls, sentence: Sentence) -> Candidate:
        """Read a sentence."""
        return cls(sentence, read(sentence) if len(sentence) else None)

    @property
    def is_known(self) -> bool:
        """Whether the verb is one that opens instructions."""
        verb = self.reading.verb if self.reading is not None else None
        return verb is not None and self.sentence.words[verb] in REQUEST_VERBS

    @property
    def only_reads(self) -> bool:
        """Whether the sentence asks for nothing but to look at what was pasted."""
        verb = self.reading.verb if self.reading is not None else None
        if verb is None or self.sentence.words[verb] not in {"read", "consider", "review", "look", "study"}:
            return False
        return not any(word in REQUEST_VERBS for word in self.sentence.words[verb + 1 :])


def is_settled(first: Candidate, pieces: Sequence[Segment]) -> bool:
    """Whether the first sentence of a text is so clearly the request that no other can win."""
    if len(pieces) == 1:
        return True
    reading = first.reading
    return (
        reading is not None
        and _WEIGHTS[reading.form] >= 3.0
        and first.is_known
        and not (pieces[0].pasted or first.only_reads)
    )


def best_of(candidates: Sequence[Candidate]) -> Candidate | None:
    """Give the candidate that weighs most, the first of equals; None where none was read."""
    scored = [
        (_weight(candidate, candidate.reading, place), candidate)
        for place, candidate in enumerate(candidates)
        if candidate.reading is not None
    ]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def _weight(candidate: Candidate, reading: Reading, place: int) -> float:
    segment = candidate.sentence.segment
    return (
        _WEIGHTS[reading.form]
        + _FIRST * segment.first
        + _LATER * min(place, 6)
        + _PASTED * segment.pasted
        + _READING * candidate.only_reads
        + _KNOWN * candidate.is_known
        + _POINTING * any(word in POINTERS for word in candidate.sentence.words)
        + _EDGE * (segment.opens or segment.last)
    )


def task_of(candidate: Candidate | None) -> Task:
    """Make the task; ``none|none`` where nothing was read."""
    if candidate is None or candidate.reading is None:
        return Task(NOTHING, NOTHING)
    sentence, reading = candidate.sentence, candidate.reading
    noun = noun_of(sentence, reading)
    verb = reading.verb
    verb_class = "what" if noun == "math" and reading.verb_class == "noun" else reading.verb_class  # "12 * 12 = ?"
    return Task(
        lemmatise(sentence.words[verb], "verb") if verb is not None else verb_class or NOTHING,
        lemmatise(sentence.words[noun], "noun") if isinstance(noun, int) else noun or NOTHING,
        reading.kind,
        confidence(sentence, reading, noun),
        sentence.span(verb) if verb is not None else None,
        sentence.span(noun) if isinstance(noun, int) else None,
    )
