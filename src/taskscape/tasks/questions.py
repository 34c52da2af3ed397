"""Rules for questions: those that ask for a thing to be done, and those that ask for knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.tasks.label import Kind
from taskscape.tasks.reading import Reading
from taskscape.tasks.steps import descend
from taskscape.tasks.vocabulary import BE, SPEAKERS, SUPPORT, WH_WORDS
from taskscape.tasks.words import is_blank, is_noun, is_order, noun_after, skip_fillers

if TYPE_CHECKING:
    from taskscape.tasks.sentence import Sentence

_PLAIN = frozenset({"contain", "contains"})  # often taken for a noun
# A question about one of these is about a text at hand, not about the world.
_AT_HAND = frozenset({"following", "given", "this", "these", "suggested", "below", "above"})
_BEFORE_WH = frozenset({"if", "in", "for", "at", "from", "to", "on", "by", "given", "of", "with"})
_FARTHEST = 14  # words into a sentence up to which "do you", "can I" count as its own


def asks_task(sentence: Sentence) -> Reading | None:
    """Read a question whose first plain verb with a noun behind it is the task.

    ``How would you implement a stack`` → implement; ``Can you name all states`` → name; ``How do banks make money`` →
    make; ``What is the formula to calculate the volume`` → calculate; ``Is there a way to solve this problem`` →
    solve; ``Does the document contain any words`` → contain. But ``When did the war end`` and ``Who wrote the song``
    ask for knowledge.
    """
    start = _question_start(sentence)
    if start is None:
        return None
    kind = Kind.WH_QUESTION if sentence.words[start] in WH_WORDS else Kind.YES_NO_QUESTION
    supported = _supported(sentence, start)
    for index in range(start + 1, len(sentence)):
        if index == supported or _is_plain_verb(sentence, index):
            verb = descend(sentence, index)
            if noun_after(sentence, verb) is not None:
                return Reading("support", kind, verb)
    if supported is None:
        return None
    named = any(is_noun(sentence, index) for index in range(start + 1, supported))  # "What questions would you ask"
    if kind is Kind.YES_NO_QUESTION or named or start > 0:
        return Reading("support", kind, descend(sentence, supported))
    return None


def _question_start(sentence: Sentence) -> int | None:
    """Find the word that opens the question; None where the sentence is none."""
    words = sentence.words
    start = skip_fillers(sentence, 0)
    if start + 1 >= len(words):
        return None
    if words[start] in WH_WORDS:
        return start
    if words[start] in SUPPORT | BE and (words[start] != "do" or words[-1] == "?"):
        return start
    found = sentence.first(lambda index: words[index] in WH_WORDS, start)
    if found is None or found + 1 >= len(words) or is_order(sentence, start):
        return None
    if words[-1] == "?":
        return found if not any(is_order(sentence, index) for index in range(start, found)) else None
    return found if words[found + 1] in SUPPORT else None  # "my laptop is slow what can i do"


def _supported(sentence: Sentence, start: int) -> int | None:
    """Find the verb after ``do/can/would … you/I/we``."""
    words = sentence.words
    for index in range(start, min(start + _FARTHEST, len(words) - 2)):
        if words[index] not in SUPPORT:
            continue
        subject = index + 1 + (words[index + 1] == "n't")
        if words[subject] in SPEAKERS:
            verb = skip_fillers(sentence, subject + 1)
            if verb < len(words) and sentence.tags[verb] in {"VB", "VBP", "NN"}:
                return verb
    return None


def _is_plain_verb(sentence: Sentence, index: int) -> bool:
    """Whether a word is a verb in its plain form and no auxiliary ("should be used")."""
    word = sentence.words[index]
    if word in SUPPORT - {"do"} or is_blank(sentence, index):
        return False
    if sentence.tags[index] != "VB":
        return word in _PLAIN and index > 1
    return word not in {"be", "have"} or sentence.tags[index + 1 : index + 2] not in (["VBN"], ["VBG"])


def asks_meaning(sentence: Sentence) -> Reading | None:
    """Read ``What does it mean when someone says …`` → mean and ``What would be a good reply`` → be."""
    start = skip_fillers(sentence, 0)
    if sentence.words[start : start + 4] == ["what", "does", "it", "mean"]:
        return Reading("meaning", Kind.WH_QUESTION, start + 3)
    if sentence.words[start : start + 3] == ["what", "would", "be"]:
        return Reading("meaning", Kind.WH_QUESTION, start + 2)
    return None


def asks_knowledge(sentence: Sentence) -> Reading | None:
    """Read ``Who was the best team`` → who|knowledge and ``If 2x is 4, what is x?`` → what."""
    words = sentence.words
    start = skip_fillers(sentence, 0)
    if start < len(words) and words[start] in _BEFORE_WH and words[-1] == "?":
        found = sentence.first(lambda index: words[index] in WH_WORDS, start)
        if found is None or any(is_order(sentence, index) for index in range(start, found)):
            return None
        start = found
    if start >= len(words) or words[start] not in WH_WORDS:
        return None
    word = words[start].removesuffix("s").removesuffix("'")  # "what's"
    return Reading("knowledge", Kind.WH_QUESTION, verb_class=word, noun_class="knowledge")


def asks_yes_no(sentence: Sentence) -> Reading | None:
    """Read ``Is a tomato a fruit`` → yes-no|knowledge and ``Is the following sentence true`` → yes-no|task."""
    words = sentence.words
    start = skip_fillers(sentence, 0)
    if start >= len(words):
        return None
    at_hand = not _AT_HAND.isdisjoint(words[start:])
    if words[start] in BE or (words[start] in {"has", "have", "had"} and words[-1] == "?"):
        noun = "task" if at_hand else "knowledge"
        return Reading("yes-no", Kind.YES_NO_QUESTION, verb_class="yes-no", noun_class=noun)
    if words[start] not in SUPPORT - {"'d", "'ll"} or (words[start] == "do" and words[-1] != "?"):
        return None
    return Reading("yes-no", Kind.YES_NO_QUESTION, verb_class="yes-no", noun_class="knowledge")
