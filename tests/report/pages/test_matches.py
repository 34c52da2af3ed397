from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import taskscape
from taskscape.report.pages.matches import render_matches
from taskscape.report.pages.matches_facts import DRAWN, WEAKEST, Agreement, Use, queries_to_read
from tests.report.pages.conftest import HOSTILE
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

QUERIES = [f"{verb} the {noun} {HOSTILE}" for verb in ("write", "sort") for noun in ("list", "poem", "letter")]
POOL = [f"{verb} a {noun} {number}" for verb in ("write", "name") for noun in ("poem", "list") for number in range(5)]
TASKS = [text.split()[0] + "|" + HOSTILE for text in QUERIES], [text.split()[0] + "|" + HOSTILE for text in POOL]


@pytest.fixture(scope="module")
def matches() -> taskscape.Matches:
    encoder = HashingEncoder(32)
    return taskscape.retrieve(encoder.encode(QUERIES), encoder.encode(POOL), k=3)


def test_the_page_is_sound_and_shows_sources(matches: taskscape.Matches, check_page: Callable[[str], None]) -> None:
    html = render_matches(
        matches,
        queries=QUERIES,
        pool=POOL,
        pool_size=len(POOL),
        rows=np.arange(70, 76),
        pool_rows=np.arange(300, 320),
        answers=[f"answer {place} {HOSTILE}" for place in range(len(POOL))],
        tasks=TASKS,
        settings={"pool of": HOSTILE},
    )
    check_page(html)
    assert '<span class="muted">75</span>' in html
    assert f'<span class="muted">{300 + int(matches.indices[0, 0])}</span>' in html
    assert f"answer {int(matches.indices[0, 0])} &lt;script" in html
    assert "exact search" in html
    assert "3 for each of 6 queries" in html


def test_tasks_agree_where_they_are_the_same(matches: taskscape.Matches) -> None:
    agreement = Agreement.of(matches, *TASKS)
    for query, rows in enumerate(matches.indices.tolist()):
        assert agreement.same[query].tolist() == [TASKS[0][query] == TASKS[1][row] for row in rows]
    assert 0 < agreement.served <= 0.5  # nobody in the pool sorts


def test_every_row_of_the_pool_is_counted_once(matches: taskscape.Matches) -> None:
    use = Use.of(matches, len(POOL))
    assert sum(count for *_, count in use.groups) == len(POOL)
    row, uses = use.most[0]
    assert uses == (matches.indices == row).sum() == np.bincount(matches.indices.ravel()).max()


def test_queries_without_a_match_and_no_tasks(check_page: Callable[[str], None]) -> None:
    rows = np.eye(3, dtype=np.float32)
    matches = taskscape.retrieve(rows, rows, k=2, tasks=(["a", "b", "none"], ["a", "b", "c"]))
    html = render_matches(matches, queries=["x", "y", "z"], pool=["x", "y", "z"], pool_size=3)
    check_page(html)
    assert "The pool has none for it." in html
    assert "of the query's task" not in html


def test_the_page_does_not_grow_with_the_queries(check_page: Callable[[str], None]) -> None:
    rng = np.random.default_rng(0)
    queries, pool = (rng.normal(size=(rows, 8)).astype(np.float32) for rows in (3000, 2000))
    matches = taskscape.retrieve(queries, pool, k=8)
    weakest, drawn = queries_to_read(matches)
    assert (len(weakest), len(drawn)) == (WEAKEST, DRAWN)
    assert matches.similarities[weakest, 0].max() <= matches.similarities[drawn, 0].min()
    html = render_matches(
        matches,
        queries=["long " * 5000] * 3000,
        pool=["longer " * 5000] * 2000,
        pool_size=2000,
        answers=["no " * 999] * 2000,
    )
    check_page(html)
    assert len(html) < 400_000
