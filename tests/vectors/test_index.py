from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from taskscape.errors import UsageError
from taskscape.records import open_dataset
from taskscape.vectors import build_index, embed, nearest, open_index
from taskscape.vectors.index import passing_index
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path


def rows(n: int, dimension: int = 16, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimension)).astype(np.float32)


def test_an_index_finds_what_one_search_finds() -> None:
    pool, queries = rows(400), rows(9, seed=1)
    index = build_index(pool)
    assert (index.method, index.recall, len(index), index.dimension) == ("exact", 1.0, 400, 16)
    for found in (index.search(queries, 7), index.search(queries, 7)):
        np.testing.assert_array_equal(found.indices, nearest(queries, pool, k=7).indices)


@pytest.mark.parametrize("method", ["exact", "ivf"])
def test_no_query_finds_nothing(method: Literal["exact", "ivf"]) -> None:
    assert build_index(rows(200), method=method).search(rows(0), 3).indices.shape == (0, 3)


def test_cells_measure_their_recall_and_repeat() -> None:
    pool, queries = rows(4000, 32), rows(300, 32, seed=1)
    index = build_index(pool, method="ivf")
    assert 0.5 < index.recall < 1
    found, exact = index.search(queries, 10), nearest(queries, pool, k=10, method="exact")
    share = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.indices, exact.indices, strict=True)])
    assert share == pytest.approx(index.recall, abs=0.08)
    again = build_index(pool, method="ivf")
    assert again.recall == index.recall
    np.testing.assert_array_equal(again.search(queries, 10).indices, found.indices)


def test_cells_are_made_only_where_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.vectors.index.EXACT_LIMIT", 200)
    pool, queries = rows(300), rows(4, seed=1)
    assert passing_index(pool[:200], queries=1_000_000).method == "exact"
    assert passing_index(pool, queries=10_001).method == "ivf"
    few = passing_index(pool, queries=4)
    assert few.method == "exact"
    np.testing.assert_array_equal(
        few.search(queries, 5).indices, build_index(pool, method="exact").search(queries, 5).indices
    )


def test_cells_are_kept_in_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "rows.jsonl"
    words = rows(3000, 3).round(1).tolist()
    source.write_text("".join(f'{{"text": "{a} {b} {c} word{n % 97}"}}\n' for n, (a, b, c) in enumerate(words)))
    store = embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "idx")
    first = open_index(store, method="ivf")
    kept = [path.name for path in (tmp_path / "idx" / "derived").rglob("*.npy")]
    assert sorted(kept) == ["cells.npy", "recall.npy"]
    folder = next((tmp_path / "idx" / "derived").glob("index-*"))
    assert folder.stat().st_mode == (tmp_path / "idx" / "vectors").stat().st_mode  # who may read the one may the other
    monkeypatch.setattr("taskscape.vectors.index.train_ivf", None)  # a second time nothing is trained
    second = open_index(store, method="ivf")
    queries = store.embeddings()[:20]
    assert second.recall == first.recall
    np.testing.assert_array_equal(second.search(queries, 5).indices, first.search(queries, 5).indices)
    assert open_index(store).method == "exact"


def test_damaged_cells_are_made_anew(tmp_path: Path) -> None:
    source = tmp_path / "rows.txt"
    source.write_text("".join(f"word{n} word{n % 7}\n" for n in range(300)))
    store = embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "idx")
    whole = open_index(store, method="ivf")
    cells = next((tmp_path / "idx" / "derived").rglob("cells.npy"))
    np.save(cells, np.arange(100, dtype=np.uint8))
    mended = open_index(store, method="ivf")
    assert len(mended) == 300
    queries = store.embeddings()[:5]
    np.testing.assert_array_equal(mended.search(queries, 3).indices, whole.search(queries, 3).indices)


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        (rows(0), "no row"),
        (np.array([[1.0, 2.0], [np.nan, 0.0]]), "Row 1 of the pool"),
        (np.ones(3), "shape"),
    ],
)
def test_what_is_no_pool(pool: np.ndarray, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build_index(pool)


def test_an_unknown_method() -> None:
    with pytest.raises(UsageError, match="'hnsw' is unknown"):
        build_index(rows(3), method="hnsw")  # type: ignore[arg-type]
