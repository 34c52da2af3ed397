"""Queries with their demonstrations as JSON Lines: rows as they came, or ready prompts.

Rows are read again from their files and written one at a time; of the pool only the rows that are shown are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taskscape.analysis.retrieval.prompts import Example, few_shot
from taskscape.errors import DataError, UsageError
from taskscape.records.jsonrows import JsonRows, compact, encode
from taskscape.records.output import replacing
from taskscape.records.sources import require_suffix
from taskscape.records.streams import open_for_writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from taskscape.analysis.retrieval.prompts import Form
    from taskscape.analysis.retrieval.result import Matches
    from taskscape.records import Dataset

FIELD = "demonstrations"  # of a written row


class Examples(Sequence[Example]):
    """The good rows of a dataset as examples, held as Arrow columns and made when they are looked at.

    Parameters
    ----------
    table
        Columns ``row``, ``instruction``, ``input`` and ``answer``.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    @classmethod
    def read(cls, dataset: Dataset) -> Examples:
        """Read all good rows of a dataset."""
        import pyarrow as pa

        return cls(pa.Table.from_batches(dataset.batches(parts=True)).combine_chunks())

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, place: Any) -> Any:
        """Make one example."""
        return Example(*(self._table.column(name)[place].as_py() for name in ("instruction", "input", "answer")))

    @property
    def rows(self) -> NDArray[Any]:
        """Number in the source of each example, int64."""
        numbers: NDArray[Any] = self._table.column("row").to_numpy()
        return numbers

    @property
    def answered(self) -> NDArray[Any]:
        """Whether each has an answer that is not empty, shape ``(n,)``."""
        import pyarrow.compute as pc

        lengths = pc.fill_null(pc.utf8_length(self._table.column("answer")), 0)
        return pc.greater(lengths, 0).to_numpy()  # type: ignore[no-any-return]

    def take(self, places: NDArray[Any]) -> Examples:
        """Give some of them, in this order."""
        return Examples(self._table.take(places))


class Requests(Sequence[str]):
    """What each example asks, with its input: the texts by which copies are known."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, place: Any) -> Any:
        """Make one text."""
        return self._examples[place].request


def check_lines(output: Path) -> None:
    """Find out whether JSON Lines can be written there, before the work.

    Raises
    ------
    UsageError
        The suffix is another one.
    DataError
        There is no such folder.
    """
    if require_suffix(output)[0] != ".jsonl":
        raise UsageError(f"{output}: demonstrations are written as JSON Lines: name a .jsonl file.")
    if not output.resolve().parent.is_dir():
        raise DataError(f"{output} cannot be written: there is no folder {output.parent}.")


def write_lines(output: Path, lines: Iterable[bytes]) -> None:
    """Write lines into a file that appears whole or not at all; compressed as its suffix says."""
    with replacing(output) as temporary, open_for_writing(temporary, like=output) as stream:
        for line in lines:
            stream.write(line + b"\n")


def row_lines(
    dataset: Dataset, rows: NDArray[Any], pool: Dataset, pool_rows: NDArray[Any], matches: Matches
) -> Iterator[bytes]:
    """Yield each query's row as it came, with a field `demonstrations`: row number, similarity and record of each.

    Parameters
    ----------
    dataset, pool
        Where the rows lie.
    rows, pool_rows
        Their numbers there, in the order of the queries and of the pool.
    matches
        What `taskscape.retrieve` gave.
    """
    wanted = {int(pool_rows[place]) for place in matches.indices.ravel() if place >= 0}
    records = {row: _value(record.value) for row, _, record in pool.records() if row in wanted}
    render = JsonRows(dataset.container).render
    place_of = {int(row): place for place, row in enumerate(rows)}
    for row, _, record in dataset.records():
        if row not in place_of:
            continue
        shown = [{**found, "record": records[found["row"]]} for found in _found(matches, place_of[row], pool_rows)]
        raw = render(record, {FIELD: shown}).strip()
        yield compact(raw) if b"\n" in raw or b"\r" in raw else raw


def prompt_lines(
    dataset: Dataset, examples: Examples, pool: Examples, matches: Matches, *, form: Form
) -> Iterator[bytes]:
    """Yield for each query its prompt, with what is needed to judge the answer and to trace the demonstrations.

    Parameters
    ----------
    dataset
        Where the queries lie; a text in a field `dataset` of theirs is handed on.
    examples, pool
        Queries and pool.
    matches
        What `taskscape.retrieve` gave.
    form
        Of `taskscape.analysis.retrieval.prompts.few_shot`.
    """
    numbers = pool.rows
    records = dataset.records(("dataset",))
    for place, row in enumerate(examples.rows.tolist()):
        record = next(located.record for located in records if located.row == row)
        origin = record.value.get("dataset") if isinstance(record.value, dict) else None
        query, shown = examples[place], [pool[int(other)] for other in matches.indices[place] if other >= 0]
        line = {
            "row": row,
            "instruction": query.instruction,
            "input": query.input or "",
            **({"dataset": origin} if isinstance(origin, str) else {}),
            "prompt": few_shot(query, shown, form=form),
            FIELD: _found(matches, place, numbers),
        }
        yield encode(line)


def _found(matches: Matches, place: int, pool_rows: NDArray[Any]) -> list[dict[str, Any]]:
    pairs = zip(matches.indices[place].tolist(), matches.similarities[place].tolist(), strict=True)
    return [{"row": int(pool_rows[other]), "similarity": round(near, 4)} for other, near in pairs if other >= 0]


def _value(value: Any) -> Any:
    return value if isinstance(value, dict) else {"instruction": value}
