"""Rules for orders: imperatives, needs stated as sentences, and scenes that come before an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.tasks.label import Kind
from taskscape.tasks.reading import Reading
from taskscape.tasks.steps import descend
from taskscape.tasks.vocabulary import BE, OPENERS, REQUEST_VERBS, SCENE_VERBS, SUPPORT, WH_WORDS
from taskscape.tasks.words import infinitive_after, is_blank, is_order, skip_fillers

if TYPE_CHECKING:
    from taskscape.tasks.sentence import Sentence

_WANTING = frozenset(
    ["want", "need", "like", "wish", "have", "had", "were", "love", "going", "tasked", "asked", "required", "supposed"]
)
_ASKED = frozenset({"asked", "required", "told", "going", "tasked"})
_DUTIES = frozenset({"task", "job", "goal", "objective", "mission", "aim"})
_LATEST = 16  # words into a sentence up to which a need is looked for
_LATEST_SPEAKER = 7  # and up to which "I" or "you" is its subject
_NEAREST = 7  # words from "want" to the verb that is wanted


def states_need(sentence: Sentence) -> Reading | None:
    """Read a need said in a full sentence.

    ``I want you to create`` → create; ``In this task, you will write`` → write; ``Your task is to sort`` → sort;
    ``This task requires you to identify`` → identify; ``Let's write`` → write.
    """
    start = skip_fillers(sentence, 0)
    if start >= len(sentence) or sentence.words[start] in WH_WORDS | SUPPORT | BE:
        return None
    if is_order(sentence, start) and sentence.words[start] not in SCENE_VERBS:
        return None
    for index in range(min(len(sentence) - 1, _LATEST)):
        verb = _need_at(sentence, index)
        if verb is not None:
            return Reading("need", Kind.IMPERATIVE, descend(sentence, verb))
    return None


def _need_at(sentence: Sentence, index: int) -> int | None:
    """Give the verb that is needed where a need opens at a word."""
    words = sentence.words
    word, following = words[index], words[index + 1]
    if word in {"i", "we", "you"} and index < _LATEST_SPEAKER:
        return _wanted(sentence, index + 1)
    if word in _DUTIES and following in {"is", "was"}:
        return infinitive_after(sentence, index + 1)
    if word in {"requires", "require", "asks", "asked"} and following in {"you", "me"}:
        verb = infinitive_after(sentence, index + 1)
        return verb if verb is not None and verb <= index + 3 else None
    if word in {"let", "lets"} and index < 2:
        verb = index + (2 if following in {"'s", "us", "me"} else 1)
        return verb if verb < len(words) else None
    return None


def _wanted(sentence: Sentence, start: int) -> int | None:
    """From behind ``I/we/you``: the verb that is wanted, or None where the clause states no need."""
    words = sentence.words
    index = start
    while index < len(words) and (sentence.tags[index] == "RB" or words[index] in {"would", "'d", "will", "'ll"}):
        index += 1
    if index >= len(words):
        return None
    word = words[index]
    told = words[start - 1] == "you"
    if word in _WANTING:
        verb = infinitive_after(sentence, index)
        if verb is not None and verb - index <= _NEAREST and (word != "were" or words[index + 1] in {"to", "going"}):
            return verb
        return index if word in {"want", "need", "like"} and not told else None
    if word in {"'re", "are", "am", "'m", "have", "'ve"}:
        following = words[index + 1 : index + 3]
        asked = bool(following) and (following[0] in _ASKED or following == ["been", "asked"])
        return infinitive_after(sentence, index) if asked else None
    if not told:
        return None
    if word in {"must", "should"} and index + 1 < len(words):
        verb = skip_fillers(sentence, index + 1)
        return verb if sentence.tags[index + 1] in {"VB", "RB"} and verb < len(words) else None
    future = words[start] in {"will", "'ll"}
    return index if future and sentence.tags[index] in {"VB", "VBP"} and word not in {"be", "see"} else None


def gives_order(sentence: Sentence) -> Reading | None:
    """Read ``Write a poem`` → write, ``Given a list, find the median`` → find; ``Imagine …`` only sets a scene."""
    start = skip_fillers(sentence, 0)
    if start >= len(sentence):
        return None
    verb = start if is_order(sentence, start) else _order_after_context(sentence, start)
    if verb is None:
        return None
    if sentence.words[verb] in SCENE_VERBS:
        return Reading("scene", Kind.IMPERATIVE, verb)
    return Reading("order", Kind.IMPERATIVE, descend(sentence, verb))


def _order_after_context(sentence: Sentence, start: int) -> int | None:
    """Find the imperative behind an opening phrase, or at the root of the tree."""
    opened = sentence.words[start] in OPENERS or sentence.tags[start] in {"IN", "VBG", "VBN", "TO", "RB"}
    for index in range(start + 1, len(sentence) - 1):
        if sentence.words[index] in {",", ":", ";", "-", "–", "—"}:
            after = skip_fillers(sentence, index + 1)
            if is_order(sentence, after) and (opened or sentence.tags[after] in {"VB", "VBP"}):
                return after
    root = sentence.first(lambda index: sentence.relations[index] == "ROOT" and sentence.tags[index] in {"VB", "VBP"})
    subject = ("nsubj", "nsubj:pass", "mark", "aux", "csubj", "expl")
    if root is not None and not is_blank(sentence, root) and sentence.child(root, *subject) is None:
        return root
    if not opened:
        return None
    return sentence.first(
        lambda index: (
            sentence.tags[index] in {"VB", "VBP"}
            and sentence.words[index] in REQUEST_VERBS
            and sentence.child(index, "mark", "aux") is None
        ),
        start,
    )


def sets_scene(sentence: Sentence) -> Reading | None:
    """Read ``You are a librarian.`` as a scene."""
    if sentence.words[:1] == ["you"] and sentence.words[1:2] and sentence.words[1] in {"are", "'re", "work", "have"}:
        return Reading("scene", Kind.OTHER)
    return None
