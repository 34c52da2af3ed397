from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from typing import Any

from taskscape.report.built import asset, palette
from taskscape.report.page import render_page
from taskscape.report.placement import HUES
from taskscape.report.summary import summarise


def unpacked(page: str) -> Any:
    data = re.search(r'<script type="application/octet-stream" id="data">([^<]*)</script>', page)
    assert data
    return json.loads(zlib.decompress(base64.b64decode(data[1])))


def test_page_holds_the_summary(summary: dict[str, Any]) -> None:
    assert unpacked(render_page(summary)) == summary


def test_same_summary_same_page(summary: dict[str, Any]) -> None:
    assert render_page(summary) == render_page(json.loads(json.dumps(summary)))


def test_policy_admits_the_script_by_hash_and_no_network(summary: dict[str, Any]) -> None:
    page = render_page(summary)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    script = page[page.rindex("<script>") + 8 : page.rindex("</script>")]
    assert rules["script-src"] == f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
    assert "connect-src" not in rules
    assert "unsafe" not in policy[1]


def test_built_parts_cannot_end_their_own_elements() -> None:
    assert not re.search(r"</script|<!--", asset("page.js"), re.IGNORECASE)
    assert "</style" not in asset("page.css").lower()
    assert "\r" not in asset("page.js") + asset("page.css") + asset("page.html")


def test_hostile_texts_are_no_markup(made: dict[str, Any]) -> None:
    evil = "</script></title><img src=x onerror=alert(1)>{{data}}"
    texts = [evil] * 390
    clusters = [{**cluster, "name": evil, "terms": [evil]} for cluster in made["clusters"]]
    page = render_page(summarise(**{**made, "texts": texts, "clusters": clusters, "title": evil, "source": evil}))
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert unpacked(page)["title"] == evil


def test_palette_fits_the_slots() -> None:
    assert len(set(palette("light"))) == len(set(palette("dark"))) == HUES


def test_size_of_a_large_map() -> None:
    """20,000 rows of text that compresses badly stay below 5 MB."""
    import numpy as np

    rng = np.random.default_rng(0)
    words = ["".join(chr(97 + letter) for letter in rng.integers(0, 26, rng.integers(2, 10))) for _ in range(8000)]
    texts = [" ".join(words[at] for at in rng.integers(0, len(words), 25)) for _ in range(20_000)]
    page = render_page(
        summarise(
            title="large",
            texts=texts,
            rows=np.arange(20_000),
            coordinates=rng.normal(size=(20_000, 2)).astype(np.float32),
            labels=rng.integers(0, 100, 20_000).astype(np.int32),
            clusters=[{"name": "c", "size": 200, "terms": [], "typical": []}] * 100,
            encoder="default",
            source="large",
            recognised="texts",
        )
    )
    assert len(page.encode()) < 5_000_000
