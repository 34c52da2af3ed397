"""From the verb that was found to the verb that is meant: ``try to solve`` → solve, ``find and correct`` → correct.

Each step is one small rule; `descend` takes them one after another until none applies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.tasks.vocabulary import REQUEST_VERBS, SPEAKERS, SUPPORT, TEACHING_VERBS
from taskscape.tasks.words import infinitive_after, is_only_verb, noun_after, skip_fillers

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskscape.tasks.sentence import Sentence


def descend(sentence: Sentence, verb: int) -> int:
    """Go from the verb that was found to the one that is meant, step by step."""
    for _ in range(4):
        deeper = next((found for step in STEPS if (found := step(sentence, verb)) is not None), None)
        if deeper is None:
            return verb
        verb = deeper
    return verb


def _follows(sentence: Sentence, verb: int) -> list[str]:
    return sentence.words[verb + 1 : verb + 4]


def step_try(sentence: Sentence, verb: int) -> int | None:
    """``Try to solve`` → solve; ``help me plan`` → plan; ``attempt to``."""
    words = sentence.words
    if words[verb] in {"try", "attempt", "need", "want", "have"} and _follows(sentence, verb)[:1] == ["to"]:
        return infinitive_after(sentence, verb)
    if words[verb : verb + 3] == ["be", "able", "to"]:
        return infinitive_after(sentence, verb)
    if words[verb] == "help" and verb + 2 < len(words):
        after = verb + (2 if words[verb + 1] in {"me", "us"} else 1)
        after += words[after] == "to"
        if (
            after < len(words)
            and (sentence.tags[after] in {"VB", "VBP"} or words[after] in REQUEST_VERBS)
            and words[after] != "with"
        ):
            return after
    return None


def step_how(sentence: Sentence, verb: int) -> int | None:
    """``Explain how to convert`` → convert; ``Describe how you would make`` → make; not ``how the object is used``."""
    if sentence.words[verb] not in TEACHING_VERBS:
        return None
    how = sentence.first(lambda index: sentence.words[index] == "how", verb)
    if how is None or how > verb + 8 or any(word in {",", ":", ".", "and"} for word in sentence.words[verb:how]):
        return None
    if noun_after(sentence, verb, how) is not None:
        return None  # "Write a guide on how to …", "Explain to a child how …" ask for the guide and name the child
    after = sentence.words[how + 1] if how + 1 < len(sentence) else ""
    if after == "to":
        return infinitive_after(sentence, how)
    if after in SPEAKERS or after in SUPPORT:
        return sentence.first(
            lambda index: sentence.tags[index] in {"VB", "VBP"} and sentence.words[index] not in SUPPORT, how + 2
        )
    return None


def step_conjunct(sentence: Sentence, verb: int) -> int | None:
    """``Find and correct the mistakes`` → correct: the object is shared; not ``find the mistakes and correct them``."""
    words = sentence.words
    following = verb + 1
    if following + 1 >= len(words):
        return None
    if words[following] in {"and", "or", "&", "/", "then"} or (
        words[following] == "," and words[following + 1] == "and"
    ):
        other = following + (2 if words[following + 1] in {"and", "then"} else 1)
        other = skip_fillers(sentence, other)
        if other < len(words) and (
            sentence.tags[other] in {"VB", "VBP"} or words[other] in REQUEST_VERBS or is_only_verb(words[other])
        ):
            return other
    return None


def step_do(sentence: Sentence, verb: int) -> int | None:
    """Read ``What can I do to reduce the noise`` as reduce."""
    if sentence.words[verb] == "do" and _follows(sentence, verb)[:1] == ["to"]:
        return infinitive_after(sentence, verb)
    return None


def step_meaning(sentence: Sentence, verb: int) -> int | None:
    """``Explain me what does it mean when someone …`` → mean."""
    for index in range(verb + 1, min(verb + 5, len(sentence) - 3)):
        if sentence.words[index : index + 4] == ["what", "does", "it", "mean"]:
            return index + 3
    return None


def step_use(sentence: Sentence, verb: int) -> int | None:
    """``Use natural language to generate an expression`` → generate."""
    if sentence.words[verb] in {"use", "utilize"} and skip_fillers(sentence, 0) == verb:
        return infinitive_after(sentence, verb + 1)
    return None


def step_thank(sentence: Sentence, verb: int) -> int | None:
    """Read ``Write a thank you note`` as thank, which is what IEB does."""
    for index in range(verb + 1, min(verb + 4, len(sentence) - 2)):
        if sentence.words[index] == "thank" and "you" in sentence.words[index + 1 : index + 3]:
            noun = noun_after(sentence, index, index + 5)
            return index if noun is not None else None
    return None


STEPS: tuple[Callable[[Sentence, int], int | None], ...] = (
    step_try,
    step_how,
    step_conjunct,
    step_do,
    step_meaning,
    step_use,
    step_thank,
)
