from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import taskscape
from taskscape.report.layout_sample import LayoutSample
from taskscape.report.pages.ranking import MODELS, render_ranking
from taskscape.report.pages.tiny_benchmark import ITEMS, render_tiny_benchmark
from tests.report.pages.conftest import HOSTILE
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = [f"{verb} the {noun} {HOSTILE}" for verb in ("write", "sort", "name") for noun in map(str, range(20))]
TASKS = [f"{text.split()[0]}|{HOSTILE}" for text in TEXTS]


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    rng = np.random.default_rng(0)
    right = rng.random((len(TEXTS), 8)) < np.linspace(0.3, 0.8, 8)
    made = right.astype(float)
    made[0, 0] = np.nan
    return made


@pytest.fixture(scope="module")
def tiny(scores: np.ndarray) -> taskscape.TinyBenchmark:
    return taskscape.compress(HashingEncoder(16).encode(TEXTS), size=10, scores=scores, tasks=TASKS)


def test_the_page_is_sound_and_tells_error_tasks_and_items(
    tiny: taskscape.TinyBenchmark, scores: np.ndarray, check_page: Callable[[str], None]
) -> None:
    places = np.random.default_rng(0).normal(size=(len(TEXTS), 2)).astype(np.float32)
    numbers = np.arange(len(TEXTS))
    html = render_tiny_benchmark(
        tiny,
        texts=TEXTS,
        rows=numbers + 900,
        tasks=TASKS,
        scores=scores,
        layout=LayoutSample(numbers, places, np.isin(numbers, tiny.indices)),
        settings={"benchmark": HOSTILE},
    )
    check_page(html)
    assert "10 of 60 items stand for all" in html
    assert f"<dd>{tiny.expected_error:.4f}<small>" in html
    assert f"their error: {tiny.random_error:.4f}" in html
    assert all(f'<span class="muted">{900 + item}</span>' in html for item in tiny.indices.tolist())
    assert "How hard the items are" in html


def test_without_scores_the_error_is_said_to_be_unknown(check_page: Callable[[str], None]) -> None:
    tiny = taskscape.compress(HashingEncoder(16).encode(TEXTS), size=5)
    html = render_tiny_benchmark(tiny, texts=TEXTS)
    check_page(html)
    assert "is not known" in html
    assert "mean score" not in html


def test_many_items_are_counted_and_not_all_shown(check_page: Callable[[str], None]) -> None:
    tiny = taskscape.compress(np.random.default_rng(0).normal(size=(2000, 4)), size=1000, method="random")
    html = render_tiny_benchmark(tiny, texts=["long " * 5000] * 2000, tasks=[f"task|{item}" for item in range(2000)])
    check_page(html)
    assert f"{1000 - ITEMS:,} more are not shown" in html
    assert len(html) < 400_000


def test_models_are_ranked_with_their_intervals(
    tiny: taskscape.TinyBenchmark, scores: np.ndarray, check_page: Callable[[str], None]
) -> None:
    chosen = scores[tiny.indices]
    ranking = tiny.rank({f"model {number} {HOSTILE}": chosen[:, number] for number in range(8)})
    html = render_ranking(ranking, tiny, settings={"scores": HOSTILE})
    check_page(html)
    assert "8 models on 10 items that stand for 60" in html
    places = [html.index(f"model {name.split()[1]} ") for name in ranking.names]
    assert places == sorted(places)
    for one in ranking.estimates:
        assert f"{one.low:.3f} to {one.high:.3f}" in html
    assert html.count(" =</span>") == sum(ranking.ties)


def test_one_model_and_more_models_than_are_shown(
    tiny: taskscape.TinyBenchmark, check_page: Callable[[str], None]
) -> None:
    check_page(render_ranking(tiny.rank({"one": np.ones(10)}), tiny))
    many = tiny.rank({f"m{number}": np.full(10, number % 2) for number in range(MODELS + 7)})
    html = render_ranking(many, tiny)
    check_page(html)
    assert "7 more are not shown" in html
