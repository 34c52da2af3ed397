from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.errors import StoreError
from taskscape.records import open_dataset
from taskscape.vectors import Store, embed, is_store
from taskscape.vectors.files import FileRecord
from taskscape.vectors.manifest import Manifest, Settings, Shard, Source
from taskscape.vectors.store import file_of
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    source = tmp_path / "source.txt"
    source.write_text("".join(f"Write poem {i}\n" for i in range(20)))
    return embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store", shard_rows=8)


def test_embeddings_are_the_blocks_joined(store: Store) -> None:
    blocks = list(store.blocks())
    assert [len(block) for block in blocks] == [8, 8, 4]
    assert all(isinstance(block, np.memmap) for block in blocks)
    np.testing.assert_array_equal(store.embeddings(), np.concatenate(blocks))


def test_a_store_says_what_it_is(store: Store) -> None:
    assert is_store(store.path)
    assert not is_store(store.path.parent)
    assert not is_store("x" * 300)
    assert (len(store), store.dimension) == (20, 32)
    assert "20 rows of 32 float16, hashing" in repr(store)


def test_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is no store: it has no manifest\.json"):
        Store.open(tmp_path)


def test_a_shortened_file_is_found_on_opening(store: Store) -> None:
    path = file_of(store.path, "vectors", 1)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"00001\.npy has \d+ bytes, its manifest says"):
        Store.open(store.path)


def test_a_missing_file_is_found_on_opening(store: Store) -> None:
    file_of(store.path, "rows", 2).unlink()
    with pytest.raises(StoreError, match=r"00002\.npy cannot be read"):
        Store.open(store.path)


def test_a_changed_byte_is_found_on_checking(store: Store) -> None:
    path = file_of(store.path, "vectors", 0)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    Store.open(store.path)
    with pytest.raises(StoreError, match=r"00000\.npy is not what was written"):
        Store.open(store.path, check=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 99}, "schema 99, this taskscape reads 1"),
        ({"rows": 21}, "do not add up to its 21 rows"),
        ({"rows": "many"}, "no manifest of a store"),
        ({"shards": None}, "no manifest of a store"),
    ],
)
def test_a_manifest_that_is_none(store: Store, change: dict[str, object], message: str) -> None:
    path = store.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(StoreError, match=message):
        Store.open(store.path)


def test_an_array_of_objects_is_refused(store: Store) -> None:
    """An object array would be unpickled, and a pickle may run anything."""
    path = file_of(store.path, "vectors", 0)
    np.save(path, np.array([{}], object), allow_pickle=True)
    manifest = json.loads((store.path / "manifest.json").read_text())
    manifest["shards"][0]["files"]["vectors"]["bytes"] = path.stat().st_size
    (store.path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="cannot be read as an array"):
        Store.open(store.path).embeddings()


def test_an_array_of_another_shape_is_refused(store: Store) -> None:
    path = file_of(store.path, "vectors", 0)
    size = path.stat().st_size
    np.save(path, np.zeros((16, 16), np.float16))
    assert path.stat().st_size == size
    with pytest.raises(StoreError, match=r"holds \(16, 16\) float16, its manifest says \(8, 32\)"):
        Store.open(store.path).embeddings()


def test_the_name_of_a_source_may_be_no_utf8(tmp_path: Path) -> None:
    source = tmp_path / "don\udce9.txt"
    try:
        source.write_text("Write a poem\nSing a song\n\x00bad\n")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system takes names in UTF-8 only")
    store = embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store")
    assert store.open_dataset().texts() == ["Write a poem", "Sing a song"]


records = st.builds(FileRecord, st.integers(0, 1 << 40), st.text("0123456789abcdef", min_size=32, max_size=32))
settings = st.builds(
    Settings,
    sources=st.lists(st.builds(Source, st.text(), st.integers(0, 1 << 40), st.text())).map(tuple),
    reading=st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.dictionaries(st.text(), st.text())),
    encoder=st.text(),
    fingerprint=st.text(),
    dimension=st.integers(1, 8192),
    dtype=st.sampled_from(["float16", "float32"]),
    tasks=st.booleans(),
    rules=st.integers(0, 99),
    shard_rows=st.integers(1, 1 << 20),
)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    sizes = draw(st.lists(st.integers(1, 1 << 20), max_size=5))
    ends = np.cumsum([0, *sizes]).tolist()
    files = st.dictionaries(st.sampled_from(["vectors", "rows", "tasks"]), records)
    shards = tuple(Shard(a, b, draw(files)) for a, b in pairwise(ends))
    return Manifest(draw(settings), ends[-1], draw(st.integers(0, 99)), shards)


@given(manifest=manifests())
def test_a_manifest_reads_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> None:
    path = tmp_path_factory.mktemp("manifest") / "manifest.json"
    path.write_bytes(manifest.to_bytes())
    assert Manifest.read(path) == manifest


@given(held=settings, asked=settings)
def test_differences_are_named_exactly_when_there_are_some(held: Settings, asked: Settings) -> None:
    assert held.differences(held) == []
    assert bool(held.differences(asked)) == (held.key != asked.key)
