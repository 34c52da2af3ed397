from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.tasks.heads import question_word, read_tasks, whole_word
from taskscape.tasks.label import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = {"verb": ["*", "what"], "noun": ["*", "knowledge", "none"], "kind": ["VP", "SBARQ", "SQ", "Others"]}


@dataclass
class Said:
    bounds: NDArray[np.int64]
    offsets: NDArray[np.int32]
    tokens: dict[str, NDArray[np.float32]]
    classes: dict[str, NDArray[np.float32]]


def said(offsets: list[tuple[int, int]], verb: int, noun: int, *, classes: tuple[int, int, int] = (0, 0, 0)) -> Said:
    """Heads that are sure of the given tokens and classes of one text."""

    def sure(place: int, count: int) -> NDArray[np.float32]:
        logits = np.zeros(count, dtype=np.float32)
        logits[place] = 12
        return logits

    return Said(
        np.array([0, len(offsets)]),
        np.array(offsets, dtype=np.int32),
        {"verb": sure(verb, len(offsets))[:, None], "noun": sure(noun, len(offsets))[:, None]},
        {name: sure(place, len(CLASSES[name]))[None] for name, place in zip(CLASSES, classes, strict=True)},
    )


def together(parts: list[Said]) -> Said:
    """Put what was said of several texts into one."""
    return Said(
        np.cumsum([0, *(len(part.offsets) for part in parts)]),
        np.concatenate([part.offsets for part in parts]),
        {name: np.concatenate([part.tokens[name] for part in parts]) for name in ("verb", "noun")},
        {name: np.concatenate([part.classes[name] for part in parts]) for name in CLASSES},
    )


texts_and_heads = st.lists(
    st.lists(st.sampled_from(["write", "a", "Poems", "why", "?", "über"]), max_size=6).flatmap(
        lambda words: st.tuples(
            st.just(words),
            st.lists(st.floats(-3, 3, width=16), min_size=2 * len(words) + 13, max_size=2 * len(words) + 13),
        )
    ),
    max_size=5,
)


@given(rows=texts_and_heads)
def test_a_text_is_read_alike_alone_and_among_others(rows: list[tuple[list[str], list[float]]]) -> None:
    texts, parts = [], []
    for words, numbers in rows:
        texts.append(" ".join(words))
        starts = np.cumsum([0, *(len(word) + 1 for word in words)])[:-1]
        offsets = [(0, 0), *((int(start), int(start) + len(word)) for start, word in zip(starts, words, strict=True))]
        part = said([*offsets, (0, 0)], 0, 0)
        values = iter(np.array(numbers, dtype=np.float32))
        for head in (*part.tokens.values(), *part.classes.values()):
            head[...] = np.array([next(values) for _ in range(head.size)]).reshape(head.shape)
        parts.append(part)
    if not parts:
        return
    alone = [read_tasks([text], part, CLASSES)[0] for text, part in zip(texts, parts, strict=True)]
    assert read_tasks(texts, together(parts), CLASSES) == alone


def test_words_are_widened_and_lemmatised_with_their_spans() -> None:
    text = "Writing two limericks, please"
    (task,) = read_tasks([text], said([(0, 0), (0, 7), (8, 11), (12, 16), (16, 21), (0, 0)], 1, 3), CLASSES)
    assert str(task) == "write|limerick"
    assert (task.verb_span, task.noun_span, task.kind) == ((0, 7), (12, 21), Kind.IMPERATIVE)
    assert 0.99 < task.confidence <= 1


def test_classes_stand_for_words_that_are_not_there() -> None:
    (task,) = read_tasks(["Tell me of rain"], said([(0, 4), (5, 7), (8, 10)], 0, 0, classes=(1, 1, 3)), CLASSES)
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
    (found,) = read_tasks([text], said([(0, 3), (4, 6), (7, 11)], 0, 0, classes=(1, 1, 1)), CLASSES)
    assert (str(found), found.verb_span) == (task, None)


@pytest.mark.parametrize(
    ("text", "offsets", "classes", "task"),
    [
        ("Compute 3/4 + 1/8.", [(0, 7), (8, 9)], (0, 2, 0), "compute|math"),
        ("Find x if 3x = 12.", [(0, 4), (10, 12)], (0, 0, 0), "find|math"),  # the token is part of the formula
        ("Find the root of 3x = 12.", [(0, 4), (9, 13)], (0, 0, 0), "find|root"),
        ("What is 12 + 7?", [(0, 4), (8, 10)], (1, 2, 1), "what|math"),
        ("What is 12 + 7?", [(0, 4), (8, 10)], (1, 1, 1), "what|math"),
        ("Why is 12 + 7 odd?", [(0, 3), (7, 9)], (1, 1, 1), "why|knowledge"),
        ("Add them up.", [(0, 3), (4, 8)], (0, 2, 0), "add|none"),
        ("They won 3 - 2.", [(0, 4), (5, 8)], (1, 2, 3), "none|none"),
    ],
)
def test_a_formula_is_the_noun_of_a_request_that_has_no_other(
    text: str, offsets: list[tuple[int, int]], classes: tuple[int, int, int], task: str
) -> None:
    heads = said(offsets, 0, 1, classes=classes)
    assert str(read_tasks([text], heads, {**CLASSES, "verb": ["*", "none"]})[0]) == task


@pytest.mark.parametrize(
    ("text", "classes", "task"),
    [
        ("What is the meaning of life?\n\nAnswer in 7 - 3 sentences.", (1, 1, 1), "what|knowledge"),
        ("What does this return?\n\ndef f():\n    x = 3", (1, 1, 1), "what|knowledge"),
        ("What does this print:\nx = 3 + 4", (1, 1, 1), "what|knowledge"),
        ("I know x = 3. What happened on 9/11?", (1, 1, 1), "what|knowledge"),
        ("Explain the code.\nx = 3", (0, 2, 0), "explain|none"),
        ("My homework is long. What is 12 + 7? It is due soon.", (1, 1, 1), "what|math"),
        ("12 + 7 = ?", (1, 2, 1), "what|math"),
        ("Explain the code (briefly.)\nx = 3", (0, 2, 0), "explain|none"),
        ("Solve:\n\n3x - 7 = 11", (0, 2, 0), "solve|math"),
        ("Solve the following\n\n3x + 5 = 20", (0, 0, 0), "solve|math"),
        ("Calculate\n15 / 3", (0, 0, 0), "calculate|math"),
        ("Simplify the following\n\n4x + 2x - 3", (0, 2, 0), "simplify|math"),
        ("Solve\n\n5y - 10 = 0", (0, 2, 0), "solve|math"),
        ("Please solve 12 + 7. Thanks!", (0, 2, 0), "please|math"),
    ],
)
def test_a_formula_elsewhere_is_not_what_is_asked_for(text: str, classes: tuple[int, int, int], task: str) -> None:
    heads = said([(0, len(text.split()[0].strip(":"))), (len(text) - 1, len(text))], 0, 1, classes=classes)
    assert str(read_tasks([text], heads, {**CLASSES, "verb": ["*", "none"]})[0]) == task


@pytest.mark.parametrize(
    "text",
    ["so what " * 125_000, "so" + "\n" * 1_000_000 + "and why", "so" + " " * 1_000_000 + "why"],
    ids=["question words", "lines", "spaces"],
)
def test_a_question_word_is_found_in_a_long_row_in_no_time(text: str) -> None:
    begin = time.process_time()
    found = question_word(text)
    assert time.process_time() - begin < 1
    assert found is not None
    assert found[1] in {"what", "why"}


@pytest.mark.parametrize(
    ("text", "word"),
    [("so why, and \n what", "what"), ('Tea: ("How', "How"), ("tea how. \u00a0Who", "Who"), ("tea", None)],
)
def test_the_question_word_that_opens_a_sentence_comes_first(text: str, word: str | None) -> None:
    found = question_word(text)
    assert (found[1] if found else None) == word


@pytest.mark.parametrize(("lead", "task"), [(2.0, "write|poem"), (5.0, "write|none")])
def test_no_noun_must_lead_clearly(lead: float, task: str) -> None:
    heads = said([(0, 5), (6, 10)], 0, 1)
    heads.classes["noun"][0, 2] = heads.classes["noun"][0, 0] + lead
    assert str(read_tasks(["Write poem"], heads, CLASSES)[0]) == task


def test_a_text_that_asks_for_nothing_has_no_noun() -> None:
    """Where the verb is none, the noun needs no lead."""
    classes = {**CLASSES, "verb": ["*", "none"]}
    heads = said([(0, 5), (6, 10)], 0, 1, classes=(1, 0, 3))
    heads.classes["noun"][0, 2] = heads.classes["noun"][0, 0] + 1
    assert str(read_tasks(["Rainy days"], heads, classes)[0]) == "none|none"


def test_one_word_is_not_both_verb_and_noun() -> None:
    (task,) = read_tasks(["Record a record"], said([(0, 6), (7, 8), (9, 15)], 0, 0), CLASSES)
    assert task.verb_span == (0, 6)
    assert task.noun_span != (0, 6)


@pytest.mark.parametrize("text", ["", "  ", "?!", "\n"])
def test_texts_without_words_have_no_task(text: str) -> None:
    offsets = [(0, len(text)), (0, 0)]
    (task,) = read_tasks([text], said(offsets, 0, 0), CLASSES)
    assert (str(task), task.confidence) == ("none|none", 0.0)


def test_whole_words() -> None:
    assert whole_word("it's re-written", (8, 10)) == (8, 15)
    assert whole_word("größte", (2, 3)) == (0, 6)


@pytest.mark.parametrize(("text", "offsets"), [("Sonnetize!", [(0, 9), (9, 10)]), ("Sonnetize", [(0, 6), (6, 9)])])
def test_neither_a_sign_nor_the_verb_is_the_noun(text: str, offsets: list[tuple[int, int]]) -> None:
    task = read_tasks([text], said(offsets, 0, 1), CLASSES)[0]
    assert (task.verb, task.noun, task.noun_span) == ("sonnetize", "none", None)


def test_a_class_stands_whatever_the_pointer_finds() -> None:
    classes = CLASSES | {"verb": ["*", "noun", "none"]}
    heads = said([(0, 7), (8, 10), (11, 15), (15, 16)], 3, 0, classes=(1, 1, 3))
    heads.classes["verb"] = np.array([[0, 12, 0]], dtype=np.float32)
    assert str(read_tasks(["Capital of Peru?"], heads, classes)[0]) == "noun|knowledge"
