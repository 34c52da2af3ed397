"""Numbers from a field of the rows: a quality score, a length, a price."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from taskscape.errors import DataError
from taskscape.records.formats import MISSING, find, keys_seen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.records.dataset import Dataset


def read_numbers(dataset: Dataset, field: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Read a field of chosen rows as numbers, in one pass over the source.

    Parameters
    ----------
    dataset
        From `taskscape.open_dataset`.
    field
        Its name, or a dotted path to it. A text that is a number counts as one (CSV has only texts).
    rows
        int64, ascending: numbers of rows, as in the batches' column `row`.

    Returns
    -------
    array, float64
        One number per chosen row, finite.

    Raises
    ------
    DataError
        A row has no such field, or holds something else in it; names file and row, and the keys that are there.
    """
    wanted = set(rows.tolist())
    values = []
    for row, file, record in dataset.records((field, field.partition(".")[0])):
        if row not in wanted:
            continue
        value = find(record.value, field)
        if value is MISSING:
            raise DataError(f"{file.path}: row {row} has no field {field!r}. {keys_seen([record.value])}")
        values.append(_number(value))
        if not np.isfinite(values[-1]):
            raise DataError(
                f"{file.path}: row {row} has {repr(value)[:80]} in the field {field!r}: each row needs a finite number "
                "there."
            )
    return np.array(values, np.float64)


def _number(value: object) -> float:
    """Give a number, or NaN for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float("nan")
    try:
        return float(value)
    except (ValueError, OverflowError):  # text, or an integer beyond any float
        return float("nan")
