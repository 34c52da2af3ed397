"""What every page must be, whatever it shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u202e"
VOID = {"meta", "br", "img", "wbr"}


class _Tags(HTMLParser):
    """Follows a page's elements; those with no end in HTML are left out, in SVG all end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in ("style", "src") for name, _ in attrs), (tag, attrs)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="session")
def check_page() -> Callable[[str], None]:
    """Find what no page may have: markup that is not well formed, a script, anything from elsewhere, a hidden text."""

    def check(page: str) -> None:
        tags = _Tags()
        tags.feed(page)
        assert tags.open == []
        assert tags.seen.isdisjoint({"script", "img", "iframe", "link", "object", "form"})
        assert len(tags.ids) == len(set(tags.ids))
        assert re.findall(r"href=\"(?!#)|url\([\"']?(?!data:)|@import", page) == []
        assert "\u202e" not in page
        body = page.partition("<body>")[2]
        assert "nan" not in re.findall(r'(?:d|x|y|cx|width|height|x1|x2)="[^"]*?(nan|inf)', body)
        assert "unsafe" not in page.partition("<title>")[0]

    return check
