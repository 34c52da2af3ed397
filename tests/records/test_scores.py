from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskscape.errors import DataError
from taskscape.records.scores import read_scores

if TYPE_CHECKING:
    from pathlib import Path


def test_all_kinds_of_file_say_the_same(tmp_path: Path) -> None:
    nan = float("nan")
    wanted = np.array([[1, 0.5], [nan, 0.25], [0, nan]])
    (tmp_path / "a.csv").write_text("ada,bob\n1,0.5\n,0.25\n0,\n", encoding="utf8")
    (tmp_path / "b.tsv").write_text("\ufeffada\tbob\nTrue\t0.5\nNaN\t.25\nfalse\tnull\n", encoding="utf8")
    (tmp_path / "c.json").write_text(json.dumps({"ada": [1, None, 0], "bob": [0.5, 0.25, None]}), encoding="utf8")
    pq.write_table(pa.table({"ada": [1, None, 0], "bob": [0.5, 0.25, None]}), tmp_path / "d.parquet")
    (tmp_path / "e.csv").write_text(",ada,bob\n0,1,0.5\n1,,0.25\n2,0,\n", encoding="utf8")  # as pandas writes it
    for name in ("a.csv", "b.tsv", "c.json", "d.parquet", "e.csv"):
        found = read_scores(tmp_path / name)
        assert found.models == ["ada", "bob"]
        np.testing.assert_array_equal(found.scores, wanted)


def test_a_gap_in_a_single_column_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ada\n1\n\n0\n", encoding="utf8")
    np.testing.assert_array_equal(read_scores(tmp_path / "a.csv").scores, [[1], [np.nan], [0]])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "no column of scores"),
        ("a.csv", "ada,bob\n", "no row of scores"),
        ("a.csv", "ada,ada\n1,2\n", "two columns are called 'ada'"),
        ("a.csv", "id,ada\nx1,2\n", r"item 0 \(from 0\) has 'x1' in the column 'id'"),
        ("a.csv", "ada,bob\n1,2\n3\n", "line 3: 1 cells, and the header has 2"),
        ("a.csv", "ada\ninf\n", "has inf in the column 'ada'|has 'inf' in the column 'ada'"),
        ("a.csv", 'ada\n"1\n', "line 2: the table cannot be read"),
        ("a.json", "{", "this is no JSON"),
        ("a.json", "[1, 2]", "an object of lists"),
        ("a.json", '{"ada": [1], "bob": [1, 2]}', "'ada' has 1 scores and 'bob' has 2"),
        ("a.json", '{"ada": [[1]]}', "in the column 'ada'"),
        ("a.json", "{}", "no column"),
        ("a.parquet", "no", "the table cannot be read"),
        ("a.xlsx", "no", "not from '.xlsx'"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf8")
    with pytest.raises(DataError, match=message):
        read_scores(tmp_path / name)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_scores(tmp_path / "a.csv")
    (tmp_path / "bad.csv").write_bytes(b"ada\n\xff\n")
    with pytest.raises(DataError, match="invalid UTF-8 at byte 4"):
        read_scores(tmp_path / "bad.csv")
