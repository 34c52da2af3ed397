"""Datasets of the package `datasets`: folders it saved, and its cache. Nothing here leaves the machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.errors import DataError
from taskscape.records import open_dataset, write_dataset
from taskscape.records.sources import cached_dataset_files

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"instruction": f"Do {n}", "input": "", "output": "x"} for n in range(5)]


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = pytest.importorskip("datasets")
    monkeypatch.setattr(module.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    module.disable_progress_bars()
    return module


def test_saved_folder(tmp_path: Path, datasets: Any) -> None:
    datasets.Dataset.from_list(ROWS).save_to_disk(tmp_path / "saved", num_shards=2)
    dataset = open_dataset(tmp_path / "saved")
    assert dataset.texts() == [row["instruction"] for row in ROWS]
    assert [file.path.suffix for file in dataset.files] == [".arrow", ".arrow"]


def test_saved_splits(tmp_path: Path, datasets: Any) -> None:
    one, two = datasets.Dataset.from_list(ROWS[:2]), datasets.Dataset.from_list(ROWS[2:])
    datasets.DatasetDict({"test": one, "train": two}).save_to_disk(tmp_path / "saved")
    assert len(open_dataset(tmp_path / "saved").texts()) == 3
    assert len(open_dataset(tmp_path / "saved/test").texts()) == 2
    datasets.DatasetDict({"a": one, "b": two}).save_to_disk(tmp_path / "other")
    with pytest.raises(DataError, match=r"several splits; there are: a, b. To choose one, name its folder"):
        open_dataset(tmp_path / "other")


@pytest.mark.parametrize("state", ["{", "[]", '{"_data_files": []}', '{"_data_files": [{"filename": "gone.arrow"}]}'])
def test_damaged_saved_folder(tmp_path: Path, state: str) -> None:
    (tmp_path / "state.json").write_text(state)
    (tmp_path / "dataset_info.json").write_text("{}")
    with pytest.raises(DataError, match=r"state\.json|gone\.arrow: cannot be found"):
        open_dataset(tmp_path)


def test_loading_by_name_gives_cached_files(tmp_path: Path, datasets: Any) -> None:
    (tmp_path / "data").mkdir()
    for split in ("train", "test"):
        rows = ROWS if split == "train" else ROWS[:2]
        (tmp_path / f"data/{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert tmp_path / "cache" == datasets.config.HF_DATASETS_CACHE
    (path,) = cached_dataset_files(str(tmp_path / "data"))
    assert open_dataset(path).texts() == [row["instruction"] for row in ROWS]
    (path,) = cached_dataset_files(str(tmp_path / "data"), split="test")
    assert len(open_dataset(path).texts()) == 2
    with pytest.raises(DataError, match=r"has no split 'dev'; there are: .*train"):
        cached_dataset_files(str(tmp_path / "data"), split="dev")
    with pytest.raises(DataError, match="could not be loaded"):
        cached_dataset_files(str(tmp_path / "nowhere"))


def test_written_parquet_is_read_by_datasets(tmp_path: Path, datasets: Any) -> None:
    datasets.Dataset.from_list(ROWS).to_parquet(tmp_path / "a.parquet")
    columns = {"task": ["x", "y"], "confidence": [0.5, 1.0], "tags": [["p"], []]}
    write_dataset(open_dataset(tmp_path / "a.parquet"), tmp_path / "b.parquet", rows=[1, 3], columns=columns)
    got = datasets.load_dataset("parquet", data_files=str(tmp_path / "b.parquet"), split="train")
    assert got.to_list() == [
        {**ROWS[n], "task": task, "confidence": confidence, "tags": tags}
        for n, task, confidence, tags in ((1, "x", 0.5, ["p"]), (3, "y", 1.0, []))
    ]


def test_a_pattern_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"this is no pattern for files: .*as in data/\*\*/\*\.jsonl"):
        open_dataset(tmp_path / "**.jsonl")
