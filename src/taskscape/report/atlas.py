"""A task map as a table that Embedding Atlas opens with nothing to compute: rows, places, neighbours, tasks, clusters.

Embedding Atlas filters and cross-filters columns, which our page does not; our page needs no server, which it does. So
the map goes there whole, in one Parquet file: every field of the rows (as JSON text where its values are of several
kinds, which a table cannot hold), and beside them

- ``projection_x``, ``projection_y``: the place on the map, float32;
- ``neighbors``: ``{"ids": [...], "distances": [...]}``, nearest first, without the row itself; ids count the rows of
  the *table* from 0, distances are 1 - cosine;
- ``cluster``, ``cluster_name``, and where the encoder labels ``task``, ``verb``, ``noun``;
- a field of the rows that has one of these names keeps its values as ``NAME_in_source``;
- ``instruction_text``, where no field of the rows is the text that was embedded (conversations, ``with_input``).

Source: the command-line documentation of embedding-atlas 0.26 (``--text``, ``--x``, ``--y``, ``--neighbors``), which
a test runs where it is installed.

Price: one search for neighbours, n² × d up to 50,000 rows, one pass over the source, and the memory of the rows that
the map shows.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from taskscape.errors import UsageError
from taskscape.records import check_output
from taskscape.records.output import replacing
from taskscape.records.tables import as_mapping
from taskscape.vectors import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.records import Dataset
    from taskscape.report.task_map import TaskMap

NEIGHBORS = 10
TEXT = "instruction_text"


def write_atlas(dataset: Dataset, made: TaskMap, output: str | Path) -> str:
    """Write a map as a Parquet file for Embedding Atlas.

    Parameters
    ----------
    dataset
        What the map was made of.
    made
        From `map_page`. Of a map of more rows than it shows, the rows shown are written.
    output
        File to write; its name ends with ``.parquet``.

    Returns
    -------
    str
        The command that shows the file: ``embedding-atlas FILE --text …``.

    Raises
    ------
    UsageError
        The name ends otherwise.
    DataError
        The file cannot be written, or the source changed since it was opened.
    """
    check_atlas(dataset, output)
    rows = np.asarray(made.summary["points"]["row"], dtype=np.int64)
    places = _places(made, rows)
    columns = {_own(name, places): column for name, column in _fields(dataset, rows).items()}
    text = text_field(dataset)
    if text is None:
        columns, text = {TEXT: pa.array(dataset.texts(rows)), **columns}, TEXT
    with replacing(output) as partial:
        pq.write_table(pa.table(columns | places), partial)
    flags = ["--text", _own(text, places), "--x", "projection_x", "--y", "projection_y"]
    return shlex.join(
        ["embedding-atlas", str(output), *flags, *(["--neighbors", "neighbors"] if len(rows) > 1 else [])]
    )


def check_atlas(dataset: Dataset, output: str | Path) -> None:
    """Find out before the work whether `write_atlas` could write there.

    Raises
    ------
    UsageError, DataError
        As `write_atlas` raises them.
    """
    if Path(output).suffix != ".parquet":
        raise UsageError(f"{output}: the table for Embedding Atlas is a .parquet file; name it so.")
    check_output(dataset, output, columns=["projection_x"])


def text_field(dataset: Dataset) -> str | None:
    """Name the field of the rows that is the text that was embedded; None where no single one is."""
    layout = dataset.format
    if layout.turns is not None or layout.paragraphs or "." in layout.instruction or dataset.options["with_input"]:
        return None
    return layout.instruction or "instruction"  # the writer's name for rows that are bare texts


def _fields(dataset: Dataset, rows: NDArray[np.int64]) -> dict[str, pa.Array]:
    """Read the fields of some source rows, in the order in which they first appear."""
    wanted = set(rows.tolist())
    records = [as_mapping(located.record) for located in dataset.records() if located.row in wanted]
    names = dict.fromkeys(name for record in records for name in record)
    return {name: _column([record.get(name) for record in records]) for name in names}


def _own(name: str, places: dict[str, pa.Array]) -> str:
    """Name a field of the rows apart from the column that is added under its name."""
    return f"{name}_in_source" if name in places else name


def _column(values: list[Any]) -> pa.Array:
    """Make a column; of JSON texts where the values are of several kinds, or objects without any field."""
    try:
        column = pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        column = None
    if column is None or "struct<>" in str(column.type):  # which Parquet cannot hold
        return pa.array([None if value is None else _as_text(value) for value in values])
    return column


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _places(made: TaskMap, rows: NDArray[np.int64]) -> dict[str, pa.Array]:
    """Make the columns that are added, in the order of the points."""
    positions = np.searchsorted(made.store.rows, rows)
    columns = {
        "projection_x": pa.array(made.coordinates[:, 0], pa.float32()),
        "projection_y": pa.array(made.coordinates[:, 1], pa.float32()),
    }
    if len(rows) > 1:
        columns["neighbors"] = _neighbors(made.store.embeddings()[positions])
    clusters = made.summary["groupings"][0]
    names = [group["name"] for group in clusters["groups"]]
    columns["cluster"] = pa.array(clusters["members"], pa.int32())
    columns["cluster_name"] = pa.array([None if group < 0 else names[group] for group in clusters["members"]])
    tasks = made.store.tasks()
    if tasks is not None:
        chosen = [tasks[position] for position in positions]
        columns["task"] = pa.array([str(task) for task in chosen])
        columns["verb"] = pa.array([task.verb for task in chosen])
        columns["noun"] = pa.array([task.noun for task in chosen])
    return columns


def _neighbors(embeddings: NDArray[np.floating[Any]]) -> pa.StructArray:
    """Find each row's nearest others, as Embedding Atlas wants them."""
    found = nearest(embeddings, k=min(NEIGHBORS, len(embeddings) - 1))
    n, k = found.indices.shape
    offsets = pa.array(k * np.arange(n + 1), pa.int32())
    ids = pa.ListArray.from_arrays(offsets, pa.array(found.indices.ravel(), pa.int64()))
    distances = np.clip(1 - found.similarities.ravel(), 0, None).astype(np.float32)
    return pa.StructArray.from_arrays(
        [ids, pa.ListArray.from_arrays(offsets, pa.array(distances))], ["ids", "distances"]
    )
