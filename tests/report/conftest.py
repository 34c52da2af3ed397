from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape.report.summary import summarise
from taskscape.tasks.label import Kind, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PATIENCE = 100_000  # milliseconds that a busy machine may take for one step
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
VERBS = {
    "Write": ("poem", "letter", "story"),
    "Translate": ("sentence", "word"),
    "List": ("reason", "city", "ingredient"),
    "Explain": ("idea", "rule"),
    "Fix": ("bug", "query"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for the tests of a module; not longer, for playwright holds an event loop as long as it runs."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright, in the development packages")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, headless=True, timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made() -> dict[str, Any]:
    """Arguments of `summarise`: 390 instructions in five well-parted clusters, with tasks, a few in no cluster."""
    rng = np.random.default_rng(7)
    texts, tasks, labels, places = [], [], [], []
    for cluster, (verb, nouns) in enumerate(VERBS.items()):
        angle = 2 * np.pi * cluster / len(VERBS)
        for number in range(78):
            noun = nouns[number % len(nouns)]
            texts.append(f"{verb} the {noun} number {cluster * 100 + number}, please.")
            tasks.append(Task(verb.lower(), noun, Kind.IMPERATIVE, 0.9))
            labels.append(-1 if number == 77 else cluster)
            places.append((10 * np.cos(angle) + rng.normal(0, 1.1), 10 * np.sin(angle) + rng.normal(0, 1.1)))
    members = np.array(labels, np.int32)
    return {
        "title": "A map",
        "texts": texts,
        "rows": np.arange(1000, 1000 + len(texts), dtype=np.int64),
        "coordinates": np.array(places, np.float32),
        "labels": members,
        "clusters": [
            {
                "name": f"{verb} something",
                "size": int((members == cluster).sum()),
                "terms": [verb.lower(), *nouns],
                "typical": [78 * cluster, 78 * cluster + 1],
            }
            for cluster, (verb, nouns) in enumerate(VERBS.items())
        ],
        "tasks": tasks,
        "encoder": "default",
        "source": "made.json",
        "recognised": "made for the tests",
        "rejected": 2,
        "stages": {"read": 0.5, "embed": 3.0},
    }


@pytest.fixture(scope="session")
def summary(made: dict[str, Any]) -> dict[str, Any]:
    return summarise(**made)
