from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import taskscape
from taskscape.report.pages.comparison import render_comparison
from tests.toy import HashingEncoder

HOSTILE = "<script>alert(1)</script>\"'&"
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


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_holds_no_script(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "<script" not in page


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    assert re.findall(r"\ssrc=|href=\"(?!#)|url\([\"']?(?!data:)|@import", page) == []
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert " style=" not in page


def test_every_pair_has_a_cell_and_a_place(page: str) -> None:
    for pair in ("0-1", "0-2", "1-2"):
        assert page.count(f'href="#pair-{pair}"') == 2
        assert page.count(f'id="pair-{pair}"') == 1
    assert page.count("<path") == 2  # the tree of three sets


def test_shared_rows_and_source_numbers_are_shown(page: str) -> None:
    assert '<span class="muted">11</span> <bdi class="text">add two numbers</bdi>' in page
    assert "1 rows shared" in page


def test_two_sets_and_equal_distances_draw_too() -> None:
    rows = np.eye(3, dtype=np.float32)
    found = taskscape.compare({"a": rows, "b": rows})
    html = render_comparison(found, texts={"a": ["x", "y", "z"], "b": ["x", "y", "z"]})
    assert "nan" not in html.partition("<svg")[2]
