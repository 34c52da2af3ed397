"""Every page in a real browser, opened from a file: nothing complains, nothing is asked for, nothing is too wide."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

import taskscape
from taskscape.report.layout_sample import LayoutSample
from taskscape.report.pages.comparison import render_comparison
from taskscape.report.pages.duplicates import render_duplicates
from taskscape.report.pages.matches import render_matches
from taskscape.report.pages.ranking import render_ranking
from taskscape.report.pages.selection import render_selection
from taskscape.report.pages.tiny_benchmark import render_tiny_benchmark
from tests.report.conftest import PATIENCE
from tests.report.pages.conftest import HOSTILE
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

VERBS = ("Write", "Sort", "Name", "Explain")
TEXTS = [
    f"{VERBS[row % 4]} the {'very ' * (row % 9)}long{'er' * row} thing {row // 2 % 7} {HOSTILE}" for row in range(60)
]
TASKS = [f"{text.split()[0].lower()}|{HOSTILE}" for text in TEXTS]


def selection_page() -> str:
    found = taskscape.select(HashingEncoder().encode(TEXTS), size=9, tasks=TASKS)
    rows = np.arange(len(TEXTS))
    places = np.random.default_rng(0).normal(size=(len(TEXTS), 2)).astype(np.float32)
    return render_selection(found, texts=TEXTS, layout=LayoutSample(rows, places, np.isin(rows, found.indices)))


def duplicates_page() -> str:
    texts = [*TEXTS, *TEXTS[:5], *(text.lower() for text in TEXTS[:5])]
    return render_duplicates(taskscape.dedup(texts, HashingEncoder().encode(texts)), texts=texts)


def matches_page() -> str:
    rows = HashingEncoder().encode(TEXTS)
    found = taskscape.retrieve(rows[:20], rows[20:], k=3)
    tasks = TASKS[:20], TASKS[20:]
    return render_matches(found, queries=TEXTS[:20], pool=TEXTS[20:], pool_size=40, answers=TEXTS[20:], tasks=tasks)


@cache
def tiny_benchmark() -> tuple[taskscape.TinyBenchmark, np.ndarray]:
    scores = (np.random.default_rng(0).random((len(TEXTS), 7)) < np.linspace(0.2, 0.9, 7)).astype(float)
    return taskscape.compress(HashingEncoder().encode(TEXTS), size=8, scores=scores), scores


def tiny_page() -> str:
    tiny, scores = tiny_benchmark()
    return render_tiny_benchmark(tiny, texts=TEXTS, tasks=TASKS, scores=scores)


def ranking_page() -> str:
    tiny, scores = tiny_benchmark()
    return render_ranking(tiny.rank({f"{column}{HOSTILE}": scores[tiny.indices, column] for column in range(7)}), tiny)


def comparison_page() -> str:
    sets = {f"one {HOSTILE}": TEXTS[:20], "two": TEXTS[20:40], "three": TEXTS[40:]}
    encoder = HashingEncoder()
    found = taskscape.compare({name: encoder.encode(texts) for name, texts in sets.items()}, texts=sets)
    return render_comparison(found, texts=sets)


PAGES = (selection_page, duplicates_page, matches_page, tiny_page, ranking_page, comparison_page)


@pytest.mark.parametrize("made", PAGES, ids=lambda made: made.__name__)
def test_a_page_opens_from_a_file_on_a_telephone(browser: Browser, tmp_path: Path, made: Callable[[], str]) -> None:
    file = tmp_path / "page.html"
    file.write_text(made(), encoding="utf8")
    wrongs: list[str] = []
    context = browser.new_context(viewport={"width": 375, "height": 800}, color_scheme="dark")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("request", lambda request: None if request.url == file.as_uri() else wrongs.append(request.url))
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", lambda message: wrongs.append(message.text))
    page.on("dialog", lambda dialog: wrongs.append(f"a dialog opened: {dialog.message}"))
    page.goto(file.as_uri(), timeout=PATIENCE)
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert wrongs == []
    assert page.evaluate("() => document.scripts.length") == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 375
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 22)"
    assert page.evaluate("() => document.fonts.check('14px InterVariable')")
    context.close()
