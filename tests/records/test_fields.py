from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taskscape.errors import DataError
from taskscape.records import open_dataset
from taskscape.records.fields import read_numbers

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, values: list[object]) -> Path:
    rows = [{"instruction": f"Do {n}.", "meta": {"score": value}} for n, value in enumerate(values)]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf8")
    return path


def test_numbers_of_chosen_rows(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path / "rows.jsonl", [1, "x", "2.5", -3]))
    assert read_numbers(dataset, "meta.score", np.array([0, 2, 3])).tolist() == [1, 2.5, -3]


@pytest.mark.parametrize("value", [None, True, "x", [1], float("inf"), pytest.param(10**400, id="huge")])
def test_what_is_no_number(tmp_path: Path, value: object) -> None:
    dataset = open_dataset(write(tmp_path / "rows.jsonl", [1, value]))
    with pytest.raises(DataError, match=r"rows.jsonl: row 1 has .* in the field 'meta.score'"):
        read_numbers(dataset, "meta.score", np.arange(2))


def test_a_field_that_is_not_there(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path / "rows.jsonl", [1]))
    with pytest.raises(DataError, match=r"row 0 has no field 'score'. Keys seen: instruction, meta"):
        read_numbers(dataset, "score", np.arange(1))


def test_a_row_with_a_list_is_not_taken_for_a_file_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"instruction": "Do it.", "instances": [{"input": "", "output": "x"}]}\n' * 3, encoding="utf8")
    with pytest.raises(DataError, match=r"row 0 has no field 'score'\. Keys seen: instruction, instances\."):
        read_numbers(open_dataset(path), "score", np.arange(1))


def test_a_table_of_columns(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"instruction": ["a", "b"], "score": [1.0, 2.0]}), tmp_path / "rows.parquet")
    assert read_numbers(open_dataset(tmp_path / "rows.parquet"), "score", np.arange(2)).tolist() == [1, 2]
