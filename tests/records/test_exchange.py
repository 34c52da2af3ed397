"""Datasets of the package `datasets`, in and out. Nothing here leaves the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from taskscape.errors import DataError, UsageError
from taskscape.records import open_dataset, write_dataset

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"instruction": f"Name {number} birds.", "input": "", "output": f"bird {number}"} for number in range(6)]


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TASKSCAPE_CACHE_DIR", str(tmp_path / "cache"))
    return pytest.importorskip("datasets")


def test_a_dataset_in_memory_comes_in(datasets: Any) -> None:
    dataset = open_dataset(datasets.Dataset.from_list(ROWS))
    assert dataset.format.name == "alpaca"
    assert dataset.texts() == [row["instruction"] for row in ROWS]


def test_what_was_chosen_shuffled_and_renamed_comes_in_as_it_is(datasets: Any) -> None:
    chosen = datasets.Dataset.from_list(ROWS).rename_column("instruction", "question").shuffle(seed=1).select(range(4))
    assert open_dataset(chosen, field="question").texts() == chosen["question"][:]


def test_a_dataset_is_copied_once(datasets: Any, tmp_path: Path) -> None:
    source = datasets.Dataset.from_list(ROWS)
    first, second = open_dataset(source), open_dataset(source)
    assert first.files == second.files
    open_dataset(source.select([0]))
    assert len(list((tmp_path / "cache" / "datasets").iterdir())) == 2


def test_splits_are_chosen_as_in_a_folder(datasets: Any) -> None:
    one, two = datasets.Dataset.from_list(ROWS[:2]), datasets.Dataset.from_list(ROWS[2:])
    assert len(open_dataset(datasets.DatasetDict({"test": one, "train": two})).texts()) == 4
    with pytest.raises(DataError, match="several splits; there are: a, b"):
        open_dataset(datasets.DatasetDict({"a": one, "b": two}))


def test_rows_go_out_with_all_their_fields(datasets: Any) -> None:
    source = datasets.Dataset.from_list(ROWS)
    got = open_dataset(source).to_dataset()
    assert isinstance(got, datasets.Dataset)
    assert got.to_list() == ROWS
    assert got.features == source.features


def test_chosen_rows_go_out_with_columns_added(datasets: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"instruction": "a b", "id": 1}\nbroken\n{"instruction": "c d", "id": 3}\n', encoding="utf8")
    dataset = open_dataset(path)
    assert dataset.to_dataset()["id"][:] == [1, 3]
    got = dataset.to_dataset(rows=[2], columns={"task": ["write|poem"]})
    assert got.to_list() == [{"instruction": "c d", "id": 3, "task": "write|poem"}]


def test_features_survive_a_round_trip(datasets: Any) -> None:
    features = datasets.Features(
        {"instruction": datasets.Value("string"), "kind": datasets.ClassLabel(names=["x", "y"])}
    )
    source = datasets.Dataset.from_dict({"instruction": ["a b", "c d"], "kind": [0, 1]}, features=features)
    assert open_dataset(source).to_dataset().features == features


def test_anything_else_is_refused_with_a_way_out(datasets: Any) -> None:
    with pytest.raises(UsageError, match=r"not a list\. .*Dataset\.from_list\(rows\)"):
        open_dataset(ROWS)


def test_a_parquet_file_of_datasets_with_a_struct_added_is_read_by_it(datasets: Any, tmp_path: Path) -> None:
    datasets.Dataset.from_list(ROWS[:2]).to_parquet(tmp_path / "rows.parquet")
    origins = [{"file": "a", "row": 1}, {"file": "b", "row": 2}]
    dataset, output = open_dataset(tmp_path / "rows.parquet"), tmp_path / "out.parquet"
    write_dataset(dataset, output, rows=[0, 1], columns={"dup_of": origins})
    got = datasets.Dataset.from_parquet(str(output), cache_dir=str(tmp_path / "hf"))
    assert got["dup_of"][:] == origins
