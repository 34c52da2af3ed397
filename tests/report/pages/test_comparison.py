from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import taskscape
from taskscape.report.pages.comparison import render_comparison
from tests.report.pages.conftest import HOSTILE
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

SETS = {
    f"one{HOSTILE}": [f"write a poem about {word} {HOSTILE}" for word in ("sea", "wind", "sand")],
    "two": ["write a poem about sea", "add two numbers", "name a fruit"],
    "three": ["sort the list", "add two numbers", "say hello"],
}


@pytest.fixture(scope="module")
def page() -> str:
    encoder = HashingEncoder(16)
    found = taskscape.compare(
        {name: encoder.encode(rows) for name, rows in SETS.items()},
        tasks={name: [f"{row.split()[0]}|{HOSTILE}" for row in rows] for name, rows in SETS.items()},
        texts=SETS,
    )
    rows = {name: np.arange(10, 10 + len(texts)) for name, texts in SETS.items()}
    return render_comparison(found, texts=SETS, rows=rows, encoder=f"toy{HOSTILE}")


def test_the_page_is_sound(page: str, check_page: Callable[[str], None]) -> None:
    check_page(page)


def test_every_pair_has_a_cell_and_a_place(page: str) -> None:
    for pair in ("0-1", "0-2", "1-2"):
        assert page.count(f'href="#pair-{pair}"') == 2
        assert page.count(f'id="pair-{pair}"') == 1
    assert page.count("<path") == 2  # the tree of three sets


def test_shared_rows_and_source_numbers_are_shown(page: str) -> None:
    assert '<span class="muted">11</span> <bdi class="text">add two numbers</bdi>' in page
    assert "1 row shared" in page


def test_two_sets_and_equal_distances_draw_too() -> None:
    rows = np.eye(3, dtype=np.float32)
    found = taskscape.compare({"a": rows, "b": rows})
    html = render_comparison(found, texts={"a": ["x", "y", "z"], "b": ["x", "y", "z"]})
    assert "nan" not in html.partition("<svg")[2]
