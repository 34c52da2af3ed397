from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taskscape.tasks.heads import read_tasks, whole_word
from taskscape.tasks.label import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = {"verb": ["*", "what"], "noun": ["*", "knowledge", "none"], "kind": ["VP", "SBARQ", "SQ", "Others"]}


@dataclass
class Said:
    offsets: NDArray[np.int32]
    tokens: dict[str, NDArray[np.float32]]
    classes: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def said(offsets: list[tuple[int, int]], verb: int, noun: int, *, classes: tuple[int, int, int] = (0, 0, 0)) -> Said:
    """Heads that are sure of the given tokens and classes."""

    def sure(place: int, count: int) -> NDArray[np.float32]:
        logits = np.zeros(count, dtype=np.float32)
        logits[place] = 12
        return logits

    return Said(
        np.array(offsets, dtype=np.int32),
        {"verb": sure(verb, len(offsets))[:, None], "noun": sure(noun, len(offsets))[:, None]},
        {name: sure(place, len(CLASSES[name])) for name, place in zip(CLASSES, classes, strict=True)},
    )


def test_words_are_widened_and_lemmatised_with_their_spans() -> None:
    text = "Writing two limericks, please"
    (task,) = read_tasks([text], [said([(0, 0), (0, 7), (8, 11), (12, 16), (16, 21), (0, 0)], 1, 3)], CLASSES)
    assert str(task) == "write|limerick"
    assert (task.verb_span, task.noun_span, task.kind) == ((0, 7), (12, 21), Kind.IMPERATIVE)
    assert 0.99 < task.confidence <= 1


def test_classes_stand_for_words_that_are_not_there() -> None:
    (task,) = read_tasks(["Tell me of rain"], [said([(0, 4), (5, 7), (8, 10)], 0, 0, classes=(1, 1, 3))], CLASSES)
    assert (str(task), task.verb_span, task.kind) == ("what|knowledge", None, Kind.OTHER)


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("Why is rain wet?", "why|knowledge"),
        ("I like tea when it rains.\nWho's to blame for it?", "who|knowledge"),
        ("so how does it work", "how|knowledge"),
        ("Rain?", "what|knowledge"),
    ],
)
def test_a_question_for_knowledge_is_named_by_its_question_word(text: str, task: str) -> None:
    (found,) = read_tasks([text], [said([(0, 3), (4, 6), (7, 11)], 0, 0, classes=(1, 1, 1))], CLASSES)
    assert (str(found), found.verb_span) == (task, None)


def test_one_word_is_not_both_verb_and_noun() -> None:
    (task,) = read_tasks(["Record a record"], [said([(0, 6), (7, 8), (9, 15)], 0, 0)], CLASSES)
    assert task.verb_span == (0, 6)
    assert task.noun_span != (0, 6)


@pytest.mark.parametrize("text", ["", "  ", "?!", "\n"])
def test_texts_without_words_have_no_task(text: str) -> None:
    offsets = [(0, len(text)), (0, 0)]
    (task,) = read_tasks([text], [said(offsets, 0, 0)], CLASSES)
    assert (str(task), task.confidence) == ("none|none", 0.0)


def test_whole_words() -> None:
    assert whole_word("it's re-written", (8, 10)) == (8, 15)
    assert whole_word("größte", (2, 3)) == (0, 6)
