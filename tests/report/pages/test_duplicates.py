from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

import taskscape
from taskscape.report.pages.duplicates import REASONS, Against, render_duplicates
from taskscape.report.pages.duplicates_facts import COPIES, GROUPS, MEMBERS, Thresholds, largest_groups
from tests.report.pages.conftest import HOSTILE
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = [
    f"Write a short poem about the sea {HOSTILE}",
    "Name three benefits of eating healthy food every day.",
    f"Write a short poem about the sea {HOSTILE}",
    f"write a SHORT poem, about the sea {HOSTILE}",
    "Describe ways to reduce global warming.",
    "Identify ways to reduce global warming.",
    "Translate cat to French",
    "Translate dog to French",
    "Name three advantages of eating healthy food every day.",
]


def found_in(texts: list[str], **settings: object) -> taskscape.Duplicates:
    return taskscape.dedup(texts, HashingEncoder(64).encode(texts), **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> taskscape.Duplicates:
    return found_in(TEXTS)


@pytest.fixture(scope="module")
def page(found: taskscape.Duplicates) -> str:
    return render_duplicates(
        found,
        texts=TEXTS,
        rows=np.arange(500, 500 + len(TEXTS)),
        tasks=[f"{text.split()[0]}|{HOSTILE}" for text in TEXTS],
        settings={"data": HOSTILE},
    )


def test_the_page_is_sound(page: str, check_page: Callable[[str], None]) -> None:
    check_page(page)


def test_counts_reasons_and_rows_are_told(page: str, found: taskscape.Duplicates) -> None:
    assert f"{found.removed.size} of 9 rows repeat another one" in page
    assert found.counts["exact"] == 1
    assert found.counts["normalised"] == 1
    assert all(reason in page for reason in REASONS.values())
    assert "The same text: row 502." in page
    assert '<span class="muted">503</span>' in page
    assert "<mark>SHORT</mark>" in page


def test_other_thresholds_are_those_that_dedup_gives(page: str, found: taskscape.Duplicates) -> None:
    for value, counts in Thresholds.of(found).counts.items():
        assert counts == found_in(TEXTS, threshold=value).counts
        shown = f"<b>{value:g}</b>" if value == found.threshold else f"<td>{value:g}</td>"
        assert shown in page


def test_doubtful_pairs_lie_on_either_side_of_the_threshold() -> None:
    found = found_in(TEXTS, threshold=0.9)
    thresholds = Thresholds.of(found)
    assert len(thresholds.going) + len(thresholds.staying) > 0
    assert all(thresholds.going.similarity >= 0.9)
    assert all(thresholds.staying.similarity < 0.9)
    assert all(found.keep[thresholds.staying.rows])
    assert not any(found.keep[thresholds.going.rows])


def test_contamination_is_told_as_such(check_page: Callable[[str], None]) -> None:
    encoder = HashingEncoder(64)
    train = ["Sort the list.", "Add two numbers.", "Say hello."]
    test = ["add two numbers", "Who was Kant?", "Add two numbers."]
    found = taskscape.dedup(test, encoder.encode(test), against=(train, encoder.encode(train)))
    against = Against(f"train{HOSTILE}", train, np.array([70, 71, 72]))
    html = render_duplicates(found, texts=test, against=against)
    check_page(html)
    assert "2 of 3 rows occur in train&lt;script&gt;" in html
    assert "rows there that are met" in html
    assert '<span class="muted">71</span>' in html
    assert "removed</h3>" not in html


def test_no_duplicate_at_all(check_page: Callable[[str], None]) -> None:
    html = render_duplicates(found_in(["one thing", "quite another"]), texts=["one thing", "quite another"])
    check_page(html)
    assert "another threshold changes nothing" in html


def test_the_page_does_not_grow_with_the_rows(check_page: Callable[[str], None]) -> None:
    texts = [f"{'Tell the long story of a thing ' * 20}{row % 75} {HOSTILE}" for row in range(1500)]
    found = taskscape.dedup(texts)
    groups, every = largest_groups(found)
    assert (len(groups), every) == (GROUPS, 75)
    assert all(group.size == 19 and len(group.exact) <= COPIES and len(group.others) <= MEMBERS for group in groups)
    html = render_duplicates(found, texts=texts, tasks=[f"task|{row}" for row in range(1500)])
    check_page(html)
    assert len(html) < 400_000
    assert len(re.findall("<details", html)) == GROUPS + 1
