from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.tasks import Kind, label, syntax
from taskscape.tasks.syntax import ParserLabeller

if TYPE_CHECKING:
    from taskscape.tasks import Task

pytest.importorskip("spacy", reason="needs the extra [parser]")

GOLD = [json.loads(line) for line in (Path(__file__).parent / "gold.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def teacher() -> ParserLabeller:
    return ParserLabeller()


def one(teacher: ParserLabeller, text: str) -> Task:
    return teacher.label([text])[0]


def test_the_gold_set_is_complete() -> None:
    kinds: defaultdict[str, int] = defaultdict(int)
    for row in GOLD:
        kinds[row["kind"]] += 1
    assert len(kinds) == 15
    assert set(kinds.values()) == {20}
    assert len({row["text"] for row in GOLD}) == 300


def test_gold_labels(teacher: ParserLabeller) -> None:
    tasks = teacher.label([row["text"] for row in GOLD])
    right: defaultdict[str, int] = defaultdict(int)
    for row, task in zip(GOLD, tasks, strict=True):
        right[row["kind"]] += str(task) in row["task"].split("##")
    assert sum(right.values()) >= 0.95 * len(GOLD)
    assert {kind: count for kind, count in right.items() if count < 15} == {}


def test_spans_hold_the_words(teacher: ParserLabeller) -> None:
    for row, task in zip(GOLD, teacher.label([row["text"] for row in GOLD]), strict=True):
        for span, word in ((task.verb_span, task.verb), (task.noun_span, task.noun)):
            if span is not None:
                assert row["text"][slice(*span)][:2].lower() == word[:2]


def test_the_request_after_a_long_text(teacher: ParserLabeller) -> None:
    text = "The mill stood by the river. It ground corn. " * 20_000 + "\n\nWrite a headline for this passage."
    task = one(teacher, text)
    assert str(task) == "write|headline"
    assert task.noun_span is not None
    assert text[slice(*task.noun_span)] == "headline"


def test_the_request_after_long_code(teacher: ParserLabeller) -> None:
    text = "Here is my code:\n```\n" + "x = 1\n" * 700 + "```\nExplain what this code does."
    assert str(one(teacher, text)) == "explain|code"


def test_a_text_that_ends_at_any_word_has_a_task(teacher: ParserLabeller) -> None:
    whole = ["How do I say thank you?", "Write a thank you.", "You must always.", *(row["text"] for row in GOLD[::10])]
    words = [text.split() for text in whole]
    cut = [" ".join(some[:end]) + mark for some in words for end in range(1, len(some) + 1) for mark in ("", ".")]
    assert len(teacher.label([*whole, *cut])) == len(whole) + len(cut)


def test_orders_in_a_pasted_text_are_not_the_request(teacher: ParserLabeller) -> None:
    text = "Summarize the recipe.\nRecipe: Mix flour and salt. Add an egg. Fry the batter. Call your guests."
    assert str(one(teacher, text)) == "summarize|recipe"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "?!", "…", "🎉🎉", "\x00\x01\x02", "-- ** --", "\ud800"])
def test_nothing_to_read_is_none(teacher: ParserLabeller, text: str) -> None:
    task = one(teacher, text)
    assert str(task) == "none|none"
    assert task.confidence == 0
    assert task.kind is Kind.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "Schreibe ein Gedicht über den Regen.",
        "雨についての詩を書いてください",
        "Напиши стихотворение",
        "asdf qwer zxcv",
        "x" * 1_000_000,
        "lorem ipsum dolor " * 60_000,
        "\u202e\u0007zzz",
    ],
    ids=["german", "japanese", "russian", "keys", "megabyte word", "megabyte line", "control"],
)
def test_what_is_no_english_has_a_low_confidence(teacher: ParserLabeller, text: str) -> None:
    assert one(teacher, text).confidence <= 0.2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_text_has_a_task(texts: list[str]) -> None:
    tasks = label(texts, labeller="parser")
    assert len(tasks) == len(texts)
    for text, task in zip(texts, tasks, strict=True):
        assert task.verb
        assert task.noun
        assert 0 <= task.confidence <= 1
        for span in (task.verb_span, task.noun_span):
            assert span is None or 0 <= span[0] < span[1] <= len(text)


def test_order_and_company_do_not_matter(teacher: ParserLabeller) -> None:
    texts = [row["text"] for row in GOLD[:60]]
    together = teacher.label(texts)
    assert [one(teacher, text) for text in texts[:10]] == together[:10]
    assert teacher.label(texts[::-1]) == together[::-1]


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0, 0.5], ids=["between two calls", "while it works"])
def test_processes_give_the_same_labels_even_where_one_is_killed(
    teacher: ParserLabeller, monkeypatch: pytest.MonkeyPatch, delay: float
) -> None:
    texts = [row["text"] for row in GOLD] * 7
    alone = teacher.label(texts)
    shared = ParserLabeller(processes=2)
    monkeypatch.setattr(syntax, "_FEWEST", 0)
    assert shared.label(texts) == alone
    (pid,) = shared._pool._processes
    threading.Timer(delay, os.kill, (pid, signal.SIGKILL)).start()
    time.sleep(max(0.0, 0.5 - delay))
    assert shared.label(texts) == alone
    assert shared.label(texts) == alone
    assert shared.processes == 1  # it went on alone


KILLED = """
import multiprocessing, os, signal
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from taskscape.tasks import syntax

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=syntax._start, initargs=(Path("."),))
    print(pool.submit(os.getpid).result(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_processes_of_a_killed_one_end(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    # Returns when nobody holds the other end of the pipe any more: not before the process of the pool is gone.
    ended = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, timeout=100, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert int(ended.stdout) > 0
