"""Scores of models on the items of a benchmark: CSV or Parquet with a column per model, or JSON with a list per model.

``.csv`` and ``.tsv`` have the models' names in the first line; an empty cell is a gap. ``.json`` is
``{"model": [score or null, …]}``. Columns without a name, as some programs write for row numbers, are left alone.
"""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson

from taskscape.errors import DataError
from taskscape.records.delimited import delimiter_of
from taskscape.records.streams import open_bytes, split_suffix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GAPS = {"", "nan", "na", "n/a", "null", "none", "-"}
_WORDS = {"true": 1.0, "false": 0.0}
_ROW_NUMBERS = {"", "__index_level_0__"}  # what pandas calls a column of row numbers


class ModelScores(NamedTuple):
    """Scores of several models on the same items.

    Attributes
    ----------
    models
        Names, each once.
    scores
        Shape ``(items, models)``, NaN for a gap.
    """

    models: list[str]
    scores: NDArray[np.float64]


def read_scores(path: str | Path) -> ModelScores:
    """Read a scores file.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.json`` (each compressed or not) or ``.parquet``.

    Raises
    ------
    DataError
        The file is empty, has another suffix or form, names a model twice, or holds something that is no number; says
        where.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: there is no such file. Name a file of scores: .csv, .tsv, .parquet or .json.")
    suffix, _ = split_suffix(path)
    readers = {".csv": _read_delimited, ".tsv": _read_delimited, ".parquet": _read_parquet, ".json": _read_json}
    if suffix not in readers:
        raise DataError(f"{path}: scores are read from .csv, .tsv, .parquet and .json files, not from {suffix!r}.")
    columns = readers[suffix](path)
    if not columns:
        raise DataError(f"{path}: there is no column of scores.")
    if not next(iter(columns.values())):
        raise DataError(f"{path}: there is no row of scores.")
    return ModelScores(list(columns), np.array(list(columns.values()), np.float64).T)


def _read_delimited(path: Path) -> dict[str, list[float]]:
    with open_bytes(path) as stream:
        try:
            text = stream.read().decode()
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: invalid UTF-8 at byte {error.start}.") from error
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(path, first.encode()), strict=True)
    try:
        header = next(rows, [])
        _refuse_twins(path, header)
        columns: dict[str, list[float]] = {name: [] for name in header}
        for number, row in enumerate(rows):
            cells = row or [""]  # a gap in a file of one column is an empty line
            if len(cells) != len(header):
                raise DataError(
                    f"{path}, line {rows.line_num}: {len(cells)} cells, and the header has {len(header)}. Write one "
                    "cell for each model, empty for a gap."
                )
            for name, cell in zip(header, cells, strict=True):
                if name not in _ROW_NUMBERS:
                    columns[name].append(_number(path, name, number, cell))
    except csv.Error as error:
        raise DataError(f"{path}, line {rows.line_num}: the table cannot be read: {error}") from error
    return _models(columns)


def _read_parquet(path: Path) -> dict[str, list[float]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: the table cannot be read: {error}") from error
    _refuse_twins(path, table.column_names)
    return _models(
        {
            name: [_number(path, name, row, value) for row, value in enumerate(table[name].to_pylist())]
            for name in table.column_names
            if name not in _ROW_NUMBERS
        }
    )


def _read_json(path: Path) -> dict[str, list[float]]:
    with open_bytes(path) as stream:
        try:
            found = orjson.loads(stream.read())
        except ValueError as error:
            raise DataError(f"{path}: this is no JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(values, list) for values in found.values()):
        raise DataError(f'{path}: scores in JSON are an object of lists: {{"model": [score or null, …]}}.')
    columns = {
        name: [_number(path, name, row, value) for row, value in enumerate(values)] for name, values in found.items()
    }
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        short, long = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise DataError(
            f"{path}: {short!r} has {lengths[short]:,} scores and {long!r} has {lengths[long]:,}: write one for each "
            "item, null for a gap."
        )
    return columns


def _models(columns: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: values for name, values in columns.items() if name not in _ROW_NUMBERS}


def _refuse_twins(path: Path, names: list[str]) -> None:
    twin = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twin is not None:
        raise DataError(f"{path}: two columns are called {twin!r}. Give each model a name of its own.")


def _number(path: Path, model: str, row: int, value: Any) -> float:
    """Give a score as a number, NaN for a gap."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _GAPS:
            return math.nan
        value = _WORDS.get(word, word)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.inf
    if math.isinf(number):
        raise DataError(
            f"{path}: item {row} (from 0) has {str(value)[:40]!r} in the column {model!r}: a score is a finite number, "
            "or nothing for a gap. Leave out columns that are no scores."
        )
    return number
