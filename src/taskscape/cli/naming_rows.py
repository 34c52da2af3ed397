"""Rows of the data that another file names: by their numbers, or by holding the same instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskscape.cli.inputs import open_like
from taskscape.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.cli.console import Console
    from taskscape.records import Dataset
    from taskscape.vectors import Store


def find_rows(
    path: Path, dataset: Dataset, store: Store, console: Console, *, all_of_them: bool = False
) -> NDArray[np.int64]:
    """Find the rows that a file names.

    Parameters
    ----------
    path
        A ``.txt`` file of row numbers of the source (from 0, one a line), or data, read as the dataset is or else as
        it is recognised: every row of the dataset with the instruction of one of its rows is meant, and with its input,
        where it has one. White space makes no difference.
    dataset, store
        The data, and the rows of it that were embedded.
    console
        Where it is said what was found.
    all_of_them
        Whether all that the file names must be there.

    Returns
    -------
    array, int64
        Positions in the store, ascending.

    Raises
    ------
    DataError
        The file cannot be read, or names what is not there while `all_of_them`.
    """
    import numpy as np

    numbers = _numbers(path)
    if numbers is not None:
        found = np.flatnonzero(np.isin(store.rows, numbers))
        missing = np.setdiff1d(numbers, store.rows)
        example = f"row {missing[0]}" if len(missing) else ""
        named = len(np.unique(numbers))
    else:
        found, absent, named = _same_texts(path, dataset)
        missing, example = np.array(absent), f"{absent[0][:60]!r}" if absent else ""
    if len(missing) and all_of_them:
        raise DataError(f"{path} names {len(missing):,} of {named:,} rows that are not in the data, such as {example}.")
    console.note(f"{path}: {len(found):,} rows of the data" + (f", {len(missing):,} not found" if len(missing) else ""))
    return found


def _numbers(path: Path) -> NDArray[np.int64] | None:
    """Read row numbers; None where the file holds something else."""
    import numpy as np

    if path.suffix != ".txt" or not path.is_file():
        return None
    words = path.read_text(encoding="utf-8-sig", errors="replace").split()
    if not words or not all(word.isdecimal() for word in words):
        return None
    try:
        return np.array(words, np.int64)
    except (OverflowError, ValueError) as error:
        raise UsageError(f"{path} holds a row number that is too large: {error}") from error


def _same_texts(path: Path, dataset: Dataset) -> tuple[NDArray[np.int64], list[str], int]:
    """Give the positions of rows with the file's texts, the texts that no row has, and how many there are."""
    import numpy as np

    named = open_like(dataset, path)
    wanted = {_key(row) for batch in named.batches(parts=True) for row in batch.to_pylist()}
    positions: list[int] = []
    seen: set[tuple[str, str]] = set()
    position = 0
    for batch in dataset.batches(parts=True):
        for row in batch.to_pylist():
            whole = _key(row)
            match = {whole, (whole[0], "")} & wanted  # without an input, any row with the instruction is meant
            if match:
                positions.append(position)
                seen |= match
            position += 1
    return np.array(positions, np.int64), sorted(text for text, _ in wanted - seen), len(wanted)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return " ".join(row["instruction"].split()), " ".join((row["input"] or "").split())
