"""Datasets of the package `datasets` in and out: `open_dataset` takes one, `Dataset.to_dataset` gives one.

One that comes in is written once, as Arrow, into the cache folder under its fingerprint: its rows may be a choice from
its files, or lie in memory alone, and an analysis reads them more than once. Price: the time and disk of a copy. One
that goes out is held in memory as Arrow, its features kept.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from taskscape.errors import UsageError
from taskscape.extras import require
from taskscape.places import cache_folder
from taskscape.records.output import replacing
from taskscape.records.sources import choose_split
from taskscape.records.writer import write_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.records.dataset import Dataset

ROWS = 10_000  # copied at a time


def file_of(data: Any) -> Path:
    """Give the file that holds the rows of a `datasets.Dataset`, writing it where it is not yet there.

    Parameters
    ----------
    data
        A `datasets.Dataset`, or a `datasets.DatasetDict` with a split ``train`` or a single one.

    Returns
    -------
    Path
        An Arrow file below the cache folder, named by the dataset's fingerprint.

    Raises
    ------
    UsageError
        It is something else.
    DataError
        It has several splits, or the cache folder cannot be written.
    """
    datasets: Any = sys.modules.get("datasets")  # an object of it cannot be there without it
    if datasets is not None and isinstance(data, datasets.DatasetDict):
        splits = list(data)
        data = data[choose_split(splits, None, "the DatasetDict", hint=f"give data[{splits[0]!r}]" if splits else "")]
    if datasets is None or not isinstance(data, datasets.Dataset):
        raise UsageError(
            f"open_dataset takes a path, a list of paths or a datasets.Dataset, not a {type(data).__name__}. Rows in "
            "memory: datasets.Dataset.from_list(rows)."
        )
    path = cache_folder() / "datasets" / f"{data._fingerprint}.arrow"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = data.features.arrow_schema
        with replacing(path) as temporary, pa.ipc.new_file(str(temporary), schema) as sink:
            for table in data.with_format("arrow").iter(batch_size=ROWS):
                sink.write_table(table.cast(schema))
    return path


def to_dataset(
    dataset: Dataset,
    *,
    rows: NDArray[np.int64] | Sequence[int] | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Any:
    """Give chosen rows as a `datasets.Dataset`; see `Dataset.to_dataset`."""
    datasets = require("datasets", purpose="to_dataset")
    if rows is None:
        rows = np.concatenate([np.empty(0, np.int64), *(batch.column("row").to_numpy() for batch in dataset.batches())])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.arrow"
        write_dataset(dataset, path, rows=rows, columns=columns)
        source = path.read_bytes()
    opened = pa.ipc.open_file(source) if source.startswith(b"ARROW1") else pa.ipc.open_stream(source)
    return datasets.Dataset(opened.read_all())
