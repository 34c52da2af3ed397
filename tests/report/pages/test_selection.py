from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import taskscape
from taskscape.report.layout_sample import LayoutSample
from taskscape.report.pages.selection import render_selection
from taskscape.report.pages.selection_facts import SAMPLE, Nearness, buckets, task_examples
from tests.report.pages.conftest import HOSTILE
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

VERBS = ("write", "list", "sort", f"name{HOSTILE}")
TEXTS = [f"{VERBS[row % 4]} the {word} {row} {HOSTILE}" for row in range(60) for word in ("sea", "wind")]
TASKS = [f"{text.split()[0]}|{text.split()[2]}" for text in TEXTS]


@pytest.fixture(scope="module")
def embeddings() -> NDArray[np.float32]:
    return HashingEncoder(32).encode(TEXTS)


@pytest.fixture(scope="module")
def selection(embeddings: NDArray[np.float32]) -> taskscape.Selection:
    return taskscape.select(embeddings, size=12, tasks=TASKS)


def map_of(selection: taskscape.Selection) -> LayoutSample:
    rows = np.arange(len(TEXTS))
    places = np.random.default_rng(0).normal(size=(len(rows), 2)).astype(np.float32)
    return LayoutSample(rows, places, np.isin(rows, selection.indices))


@pytest.fixture(scope="module")
def page(selection: taskscape.Selection) -> str:
    return render_selection(
        selection,
        texts=TEXTS,
        rows=np.arange(1000, 1000 + len(TEXTS)),
        layout=map_of(selection),
        scores=np.arange(len(TEXTS)),
        settings={"data": HOSTILE},
    )


def test_the_page_is_sound(page: str, check_page: Callable[[str], None]) -> None:
    check_page(page)
    assert "12 of 120 rows kept" in page


def test_figures_stand_beside_those_of_a_random_subset(page: str, selection: taskscape.Selection) -> None:
    assert f"<dd>{selection.figures.coverage:.1%}<small>" in page
    assert f"random: {selection.random_figures.coverage:.1%}" in page
    assert f"of {selection.figures.tasks:,}; random: {selection.random_figures.tasks_kept:,}" in page
    assert "of all rows: 59.5" in page


def test_rows_are_shown_by_their_number_in_the_source(page: str, selection: taskscape.Selection) -> None:
    (first, *_), shown = (
        selection.indices.tolist(),
        {int(n.replace(",", "")) for n in re.findall(r"muted\">([\d,]+)<", page)},
    )
    assert shown <= set(range(1000, 1120))
    assert 1000 + first in shown


def test_each_dropped_row_has_the_nearest_kept_one_beside_it(selection: taskscape.Selection) -> None:
    embeddings = selection.problem.embeddings
    for one in task_examples(selection):
        assert not set(one.dropped) & set(selection.indices)
        assert set(one.kept) <= set(selection.indices)
        assert {TASKS[row] for row in [*one.kept, *one.dropped]} == {one.task}
        best = (embeddings[one.dropped] @ embeddings[selection.indices].T).max(axis=1)
        np.testing.assert_allclose(one.cosines, best, atol=1e-5)


def test_tasks_are_grouped_by_size() -> None:
    found = buckets(np.array([1, 1, 3, 700]), np.array([0, 1, 2, 70]))
    assert [(one.least, one.most, one.tasks, one.tasks_kept, one.rows, one.rows_kept) for one in found] == [
        (500, None, 1, 1, 700, 70),
        (2, 4, 1, 1, 3, 2),
        (1, 1, 2, 1, 2, 1),
    ]


@pytest.mark.parametrize("size", [1, 120])
def test_one_row_and_all_rows_without_tasks(
    embeddings: NDArray[np.float32], size: int, check_page: Callable[[str], None]
) -> None:
    check_page(render_selection(taskscape.select(embeddings, size=size, method="random"), texts=TEXTS))


def test_the_page_does_not_grow_with_the_rows(check_page: Callable[[str], None]) -> None:
    rng = np.random.default_rng(0)
    rows = 3 * SAMPLE
    found = taskscape.select(
        rng.normal(size=(rows, 8)).astype(np.float32),
        size=2000,
        method="random",
        tasks=[f"verb|noun{number}" for number in rng.zipf(1.3, rows) % 5000],
    )
    asked: list[int] = []

    def read(rows: NDArray[np.int64]) -> list[str]:
        asked.extend(rows.tolist())
        return [f"{'long ' * 5000}{row}" for row in rows]

    html = render_selection(found, texts=read)
    check_page(html)
    assert len(html) < 400_000
    assert len(asked) < 500
    assert asked == sorted(set(asked))
    assert len(Nearness.of(found).rows) == SAMPLE


def test_same_selection_same_page(page: str, embeddings: Any) -> None:
    again = taskscape.select(embeddings, size=12, tasks=TASKS)
    assert page == render_selection(
        again,
        texts=lambda rows: [TEXTS[row] for row in rows],
        rows=np.arange(1000, 1000 + len(TEXTS)),
        layout=map_of(again),
        scores=np.arange(len(TEXTS)),
        settings={"data": HOSTILE},
    )
