from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from taskscape.records.text_keys import text_key
from taskscape.training import sources
from taskscape.training.guards import TestSet
from taskscape.training.pairs import Example

if TYPE_CHECKING:
    from pathlib import Path

    from taskscape.training.generator.phrasebook import Phrasebook

TREES = """1	We	we	PRON	PRP	_	4	nsubj	_	_
2	will	will	AUX	MD	_	4	aux	_	_
3	soon	soon	ADV	RB	_	4	advmod	_	_
4	mend	mend	VERB	VB	_	0	root	_	_
5	the	the	DET	DT	_	6	det	_	_
6	kettle	kettle	NOUN	NN	_	4	obj	_	SpaceAfter=No
7	.	.	PUNCT	.	_	4	punct	_	_

"""
VERBS = ("mend", "carry", "praise", "weigh", "borrow")
NOUNS = ("kettle", "verdict", "meadow", "ladder", "ticket")


@pytest.fixture
def treebank(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.conllu"
    blocks = [
        TREES.replace("mend", verb).replace("kettle", noun) for verb in (*VERBS, "blorf") for noun in (*NOUNS, "snarf")
    ]
    path.write_text("".join(blocks), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return sources.training_book({"write|poem"})


def test_vocabulary_is_lemmas_that_the_dictionary_knows(treebank: Path) -> None:
    assert sources.vocabulary(treebank) == (sorted(VERBS), sorted(NOUNS))


def test_crossed_words_are_marked_where_they_stand_and_banned_tasks_are_left_out(
    treebank: Path, book: Phrasebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_BLOCKS", 12)
    drawn = sources.draw_crossed(book, treebank, {"mend|kettle"})
    assert "mend|kettle" not in {e.task for e in drawn}
    for example in drawn:
        verb, noun = example.task.split("|")
        assert example.verb_span is not None
        assert example.noun_span is not None
        assert example.text[slice(*example.verb_span)].lower() == verb
        assert example.text[slice(*example.noun_span)].startswith(noun)
    tasks = {e.task for e in drawn}
    assert sum(t.split("|")[0] == "mend" for t in tasks) > 1  # neighbours that differ in one word


def test_pasted_requests_keep_their_words_and_stand_beside_bare_ones(book: Phrasebook) -> None:
    few = book.only(book.written[:6])
    drawn = sources.draw_pasted(few, {one.id for name in few.written for one in few.families[name].templates})
    counts = Counter(e.task for e in drawn)
    assert all(count > 1 for count in counts.values())
    lengths = [len(e.text.split()) for e in drawn]
    assert min(lengths) < 15 < max(lengths)
    for example in drawn:
        if example.verb_span and example.kind:  # the span moved with the text
            assert example.text[slice(*example.verb_span)].isalpha()


def test_prose_has_no_task_and_teaches_that_nothing_is_asked(
    treebank: Path, book: Phrasebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_PROSE", 20)
    drawn = sources.draw_prose(book, treebank)
    assert {(e.task, e.words) for e in drawn} == {("", "none|none")}
    assert any("We will soon" in e.text for e in drawn)


def test_requests_without_exact_labels_do_not_teach_the_heads(book: Phrasebook) -> None:
    few = book.only(book.written[:40])
    every = {one.id for name in few.written for one in few.families[name].templates}
    drawn = sources.draw_families(few, few.written, random.Random(0), 8, every)
    assert {e.kind is None for e in drawn} == {True, False}


def test_only_templates_that_the_parser_reads_alike_teach_the_heads(book: Phrasebook) -> None:
    few = book.only(book.written[:12])
    agreed = sources.agreed_templates(few)
    every = {one.id for name in few.written for one in few.families[name].templates}
    assert set() < agreed < every
    drawn = sources.draw_families(few, few.written, random.Random(0), 20, agreed)
    taught = [e for e in drawn if e.kind is not None]
    assert taught
    assert len(taught) < len(
        [e for e in sources.draw_families(few, few.written, random.Random(0), 20, every) if e.kind]
    )


def test_requests_without_a_verb_teach_the_heads_and_have_no_task(
    treebank: Path, book: Phrasebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_PHRASES", 60)
    drawn = sources.draw_phrases(book, treebank, set())
    assert {(e.task, e.words, e.kind) for e in drawn} == {("", "noun|knowledge", "Others")}
    assert len(drawn) > 40
    assert not any(slot in e.text for e in drawn for slot in "{}[]")
    assert sources.draw_phrases(book, treebank, {"noun|knowledge"}) == []


def test_messages_of_a_block_are_one_loose_task() -> None:
    nothing = TestSet(frozenset(), frozenset())
    said, asked = (sources.draw_messages(kind, nothing) for kind in ("said", "asked"))
    assert len(said) > 5000
    assert not {e.task for e in said} & {e.task for e in asked}
    assert all(e.loose and e.kind is None for e in said + asked)
    kept = sources.draw_messages("said", TestSet(frozenset({text_key(said[0].text)}), frozenset()))
    assert said[0] not in kept
    assert len(kept) == len(said) - 1


def test_messages_are_no_text_of_the_held_out_intents(shared_data: Path) -> None:
    held = {text_key(e.text) for e in sources.read_intents(shared_data / "intents")[1]}
    nothing = TestSet(frozenset(), frozenset())
    found = [e.text for kind in ("said", "asked") for e in sources.draw_messages(kind, nothing)]
    assert held
    assert not [text for text in found if text_key(text) in held]


def test_labelled_rows_of_a_test_and_unsure_intents_are_left_out(tmp_path: Path) -> None:
    def row(text: str, task: str, source: str, confidence: float) -> str:
        return json.dumps(
            {"text": text, "task": task, "source": source, "confidence": confidence, "kind": "VP"}
            | {"verb_span": [0, 4], "noun_span": None}
        )

    path = tmp_path / "labels.jsonl"
    rows = [
        row("Mend it", "mend|kettle", "ieb", 0.2),
        row("A test", "write|poem", "ieb", 0.9),
        row("My card", "block|card", "banking77", 0.9),
        row("Hm", "be|hm", "banking77", 0.3),
        row("Nothing", "none|none", "ieb", 0.9),
    ]
    path.write_text("\n".join(rows))
    test = TestSet(frozenset(), frozenset({"write|poem"}))
    found = sources.read_labelled(path, test)
    assert {name: [e.task for e in own] for name, own in found.items()} == {
        "ieb": ["mend|kettle"],
        "banking77": ["block|card"],
    }


def test_a_third_of_the_intents_is_held_out_and_labels_go_to_the_heads(tmp_path: Path) -> None:
    for name in sources.INTENT_SETS:
        for split in ("train", "test"):
            rows = "".join(f"text {split} {number},intent{number}\n" for number in range(9))
            (tmp_path / f"{name}_{split}.csv").write_text("text,category\n" + rows)
    label = Example("text train 3", "show|text", (0, 4), None, "VP")
    train, held = sources.read_intents(tmp_path, {"text train 3": label})
    assert len(held) == len(train) / 2 == 12
    assert {e.task for e in train}.isdisjoint(e.task for e in held)
    named = [e for e in train + held if e.label]
    assert {(e.label, e.verb_span) for e in named} == {("show|text", (0, 4))}
    assert all(e.task.endswith(":intent3") for e in named)


def test_tasks_with_one_example_are_told_from_the_others() -> None:
    rows = [Example("a", "x|y"), Example("b", "x|y"), Example("c", "x|z")]
    assert sources.repeated(rows) == rows[:2]
    assert sources.repeated(rows, once=True) == rows[2:]
