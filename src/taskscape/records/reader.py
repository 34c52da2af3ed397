"""Finding out what data is: its files, how rows lie in them, and which instruction format they are in.

Only the first rows of each file are read. What a user sets (field, format, columns, tags) goes before what is
recognised.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from taskscape.errors import DataError, FormatError, UsageError
from taskscape.records.containers import Container, container_of, read_records
from taskscape.records.dataset import Dataset
from taskscape.records.formats import (
    Layout,
    check_names,
    layout_for_columns,
    layout_for_field,
    layout_named,
    recognise,
    seen,
    with_tags,
)
from taskscape.records.sources import SourceFile, find_files
from taskscape.records.texts import TURNS, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeGuard

    from datasets import Dataset as HubDataset

    from taskscape.records.containers import Record

SAMPLE = 64  # good rows that decide on the format of a file
LOOKED_AT = 1000  # rows among which they are sought


def open_dataset(
    data: str | Path | Sequence[str | Path] | HubDataset,
    *,
    field: str | None = None,
    format: str | None = None,  # noqa: A002 - a flag and a keyword have one spelling
    turn: Turn = "first",
    with_input: bool = False,
    columns: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    label: str | None = None,
    strict: bool = False,
) -> Dataset:
    """Open instruction data of any known format.

    Parameters
    ----------
    data
        A file, a folder or a glob of files of one kind, a folder made by `datasets.save_to_disk`, or the id of a
        dataset on the Hugging Face hub (``owner/name``, ``owner/name:split``; needs ``taskscape[hub]``). Or a list of
        files of one kind. Or a `datasets.Dataset`, whose rows are copied into the cache folder once.
    field
        Field that holds the instruction, as a dotted path (``meta.prompt``, ``messages.0.content``); it may hold a list
        of turns.
    format
        Name of the format, where it is not recognised: ``alpaca``, ``sharegpt``, ``messages`` …
    turn
        Which of the user's turns of a conversation is the instruction; ``all`` joins them by a blank line.
    with_input
        Append the row's input after a blank line.
    columns, tags
        What LLaMA-Factory's ``dataset_info.json`` calls so: ``{"prompt": "question"}``, ``{"role_tag": "who"}``.
    label
        Field that holds the row's known label, for a column `label`. IEB's files have one without.
    strict
        Raise at the first bad row; without, bad rows are set aside in `Dataset.rejects`.

    Returns
    -------
    Dataset
        Open, nothing read yet but the first rows.

    Raises
    ------
    DataError
        There is no such file, it is empty, or no row can be read.
    FormatError
        The format is not recognised; names the keys that were seen.
    UsageError
        A setting is unknown, or two do not fit together.

    Examples
    --------
    >>> dataset = open_dataset("examples/instructions.jsonl")  # doctest: +SKIP
    >>> dataset.recognised  # doctest: +SKIP
    'Alpaca rows (instruction, input, output) in JSON Lines'
    """
    given = [name for name, value in (("field", field), ("format", format), ("columns", columns)) if value]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} both say where the instruction is: give one of them.")
    if turn not in TURNS:
        raise UsageError(f"turn: unknown {turn!r}. Known: {', '.join(TURNS)}.")
    check_names(columns, "columns")
    check_names(tags, "tags")
    if not isinstance(data, (str, Path)) and not _are_paths(data):
        from taskscape.records.exchange import file_of

        data = file_of(data)
    files, container = _containers(data, find_files(data))
    samples = _samples(files, container)
    layout = _choose(field, format, columns, samples[0].rows, keyed=container is Container.KEYED, where=samples[0].file)
    if tags:
        layout = with_tags(layout, tags)
    _check_fits(layout, samples, recognised=not given)
    options = {
        "field": field,
        "format": format,
        "turn": turn,
        "with_input": with_input,
        "columns": dict(columns) if columns else None,
        "tags": dict(tags) if tags else None,
        "label": label,
    }
    return Dataset(
        tuple(files), container, layout, options, _recognised(layout, container, files, samples), strict=strict
    )


def _are_paths(data: object) -> TypeGuard[Sequence[str | Path]]:
    """Tell whether DATA is a list of files; rows in memory are none."""
    return isinstance(data, (list, tuple)) and all(isinstance(one, (str, Path)) for one in data)


class _Sample(NamedTuple):
    file: SourceFile
    rows: list[Any]


def _containers(data: object, files: Sequence[SourceFile]) -> tuple[list[SourceFile], Container]:
    """Give the files that are not empty, and what all of them are."""
    kinds = [(file, container_of(file.path)) for file in files]
    full = [(file, kind) for file, kind in kinds if kind is not None]
    if not full:
        raise DataError(
            f"{data}: the file is empty." if len(files) == 1 else f"{data}: all {len(files)} files are empty."
        )
    file, container = full[0]
    for other, kind in full:
        if kind is not container:
            raise DataError(f"{file.path} is {container}, {other.path} is {kind}. Open files of one kind together.")
    return [file for file, _ in full], container


def _samples(files: Sequence[SourceFile], container: Container) -> list[_Sample]:
    """Read the first good rows of each file; files without any are left out."""
    samples: list[_Sample] = []
    problem = ""
    for file in files:
        looked_at = list(islice(read_records(file.path, container), LOOKED_AT if not samples else SAMPLE))
        _refuse_spread_rows(file, container, looked_at)
        good = [record.value for record in looked_at if record.error is None][:SAMPLE]
        if good:
            samples.append(_Sample(file, good))
        elif looked_at and not problem:
            bad = looked_at[0]
            problem = f"no row can be read; the first: {bad.error}" + (f" (line {bad.line})" if bad.line else "")
            if "invalid UTF-8" in str(bad.error):
                problem += ". Convert the file to UTF-8, such as by: iconv -f LATIN1 -t UTF-8"
    if not samples:
        raise DataError(f"{files[0].path}: {problem or 'there are no rows'}.")
    return samples


def _refuse_spread_rows(file: SourceFile, container: Container, records: Sequence[Record]) -> None:
    """Raise `DataError` where rows are written over several lines each, one after the other.

    As JSON Lines nearly all of them would be set aside, and what is left would be torn out of them.
    """
    if container is Container.LINES and any(record.error and record.raw.strip() == b"{" for record in records[:1]):
        raise DataError(
            f"{file.path}: rows are written over several lines each. Write one row a line, such as by: jq -c ."
        )


def _choose(
    field: str | None,
    name: str | None,
    columns: Mapping[str, str] | None,
    rows: Sequence[Any],
    *,
    keyed: bool,
    where: SourceFile,
) -> Layout:
    try:
        if field:
            return layout_for_field(field, rows)
        if name:
            return layout_named(name)
        if columns:
            return layout_for_columns(columns)
        return recognise(rows, keyed=keyed)
    except FormatError as error:
        raise FormatError(f"{where.path}: {error}") from error


def _check_fits(layout: Layout, samples: Sequence[_Sample], *, recognised: bool) -> None:
    """Raise `FormatError` where no row of a file fits: all of it would be set aside."""
    for file, rows in samples:
        if any(layout.fits(row) for row in rows):
            continue
        if not recognised:
            raise FormatError(f"{file.path}: the first rows are no {layout.title}: {layout.needs()}. {seen(rows)}")
        try:
            other = f"holds {recognise(rows).title}"
        except FormatError:
            other = "is of no known format"
        raise FormatError(f"{samples[0].file.path} holds {layout.title}, {file.path} {other}. Open them one at a time.")


def _recognised(layout: Layout, container: Container, files: Sequence[SourceFile], samples: Sequence[_Sample]) -> str:
    rows = samples[0].rows
    roles = [
        path.partition(".")[0] for path in (layout.instruction, *layout.input, *layout.answer, *layout.also) if path
    ]
    present = [role for role in dict.fromkeys(roles) if any(isinstance(row, dict) and role in row for row in rows)]
    fields = f" ({', '.join(present)})" if present else ""
    many = f", {len(files):,} files" if len(files) > 1 else ""
    return f"{layout.title}{fields} in {container.value}{many}"
