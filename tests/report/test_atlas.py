"""The table for Embedding Atlas: its documented columns, and its own loader where it is installed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from taskscape import map_page, open_dataset
from taskscape.errors import DataError, UsageError
from taskscape.report.atlas import write_atlas
from tests.toy import LabellingEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from taskscape.records import Dataset

VERBS, NOUNS = ("write", "fix", "list"), ("poem", "bug", "rivers", "letter")
TEXTS = [f"{verb} number {number} {noun}" for verb in VERBS for noun in NOUNS for number in range(2)]


def open_rows(folder: Path, rows: list[Any], **reading: Any) -> Dataset:
    source = folder / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return open_dataset(source, **reading)


def atlas_of(dataset: Dataset, folder: Path) -> tuple[dict[str, list[Any]], str]:
    made = map_page(dataset, encoder=LabellingEncoder(64), k=3, cache_dir=folder / "cache")
    command = write_atlas(dataset, made, folder / "atlas.parquet")
    return pq.read_table(folder / "atlas.parquet").to_pydict(), command


def test_rows_come_with_places_neighbours_tasks_and_clusters(tmp_path: Path) -> None:
    rows = [{"instruction": text, "stars": number, "neighbors": "mine"} for number, text in enumerate(TEXTS)]
    bad = {"instruction": ""}
    columns, command = atlas_of(open_rows(tmp_path, [bad, *rows]), tmp_path)
    assert command == (
        f"embedding-atlas {tmp_path}/atlas.parquet --text instruction --x projection_x --y projection_y "
        "--neighbors neighbors"
    )
    assert columns["instruction"] == TEXTS
    assert columns["stars"] == list(range(len(TEXTS)))
    assert columns["neighbors_in_source"] == ["mine"] * len(TEXTS)
    assert columns["verb"] == [text.split()[0] for text in TEXTS]
    assert columns["task"][0] == "write|poem"
    assert len(set(columns["cluster"])) == 3
    assert len(dict.fromkeys(zip(columns["cluster"], columns["cluster_name"], strict=True))) == 3
    places = np.column_stack([columns["projection_x"], columns["projection_y"]])
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == len(TEXTS)

    vectors = LabellingEncoder(64).encode(TEXTS)
    distances = 1 - vectors @ vectors.T
    for row, near in enumerate(columns["neighbors"]):
        assert len(near["ids"]) == 10
        assert row not in near["ids"]
        assert near["distances"] == sorted(near["distances"])
        np.testing.assert_allclose(near["distances"], distances[row, near["ids"]], atol=1e-3)


def test_the_text_of_a_conversation_gets_a_column_and_what_is_no_table_is_json(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": TEXTS[0]}]
    rows = [{"messages": [{"role": "user", "content": text}]} for text in [parts, *TEXTS[1:]]]
    columns, command = atlas_of(open_rows(tmp_path, rows), tmp_path)
    assert "--text instruction_text" in command
    assert columns["instruction_text"] == TEXTS
    assert json.loads(columns["messages"][0]) == [{"role": "user", "content": parts}]


def test_what_a_table_cannot_hold_does_not_stop_it(tmp_path: Path) -> None:
    rows = [{"instruction": text, "meta": {}, "deep": [{"x": {}}], "half\ud83d": "cut \ud83d"} for text in TEXTS]
    columns, _ = atlas_of(open_rows(tmp_path, rows), tmp_path)
    assert (columns["meta"][0], columns["deep"][0], columns["half?"][0]) == ("{}", '[{"x":{}}]', "cut ?")


@pytest.mark.parametrize(
    ("rows", "reading", "text"),
    [
        (TEXTS, {}, "instruction"),
        ([{"q": text} for text in TEXTS], {"field": "q"}, "q"),
        ([{"a": {"q": text}} for text in TEXTS], {"field": "a.q"}, "instruction_text"),
        ([{"instruction": text, "input": "."} for text in TEXTS], {"with_input": True}, "instruction_text"),
    ],
)
def test_the_column_of_the_text_is_named(tmp_path: Path, rows: list[Any], reading: Any, text: str) -> None:
    columns, command = atlas_of(open_rows(tmp_path, rows, **reading), tmp_path)
    assert f"--text {text} " in command
    assert [value[: len(wanted)] for value, wanted in zip(columns[text], TEXTS, strict=True)] == TEXTS


def test_a_single_row_has_no_neighbours(tmp_path: Path) -> None:
    dataset = open_rows(tmp_path, [{"instruction": "Write a poem."}])
    made = map_page(dataset, encoder=LabellingEncoder(), k=1, cache_dir=tmp_path / "cache")
    assert "--neighbors" not in write_atlas(dataset, made, tmp_path / "atlas.parquet")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [("atlas.csv", UsageError, "parquet"), ("no/folder/atlas.parquet", DataError, "no folder")],
)
def test_where_it_cannot_be_written(tmp_path: Path, name: str, error: type[Exception], message: str) -> None:
    dataset = open_rows(tmp_path, [{"instruction": text} for text in TEXTS])
    made = map_page(dataset, encoder=LabellingEncoder(), k=2, cache_dir=tmp_path / "cache")
    with pytest.raises(error, match=message):
        write_atlas(dataset, made, tmp_path / name)


def test_embedding_atlas_itself_opens_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli: Any = pytest.importorskip("embedding_atlas.cli", reason="needs pip install embedding-atlas (127 packages)")
    _, command = atlas_of(open_rows(tmp_path, [{"instruction": text} for text in TEXTS]), tmp_path)
    page = tmp_path / "page"
    monkeypatch.setattr(sys, "argv", [*command.split(), "--degree", "--export-application", str(page)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert (page / "index.html").is_file()
