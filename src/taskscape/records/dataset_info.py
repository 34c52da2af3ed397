"""Entries of LLaMA-Factory's ``dataset_info.json``: so that a file that was written can be trained on by its name.

Source: data/README.md of LLaMA-Factory. An entry says which file, whether its rows are ``alpaca`` (one instruction) or
``sharegpt`` (turns), and under which keys things are.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from taskscape.errors import DataError
from taskscape.records.containers import Container
from taskscape.records.formats import MISSING, find
from taskscape.records.output import replacing

if TYPE_CHECKING:
    from taskscape.records.dataset import Dataset
    from taskscape.records.formats import Turns

SUFFIXES = (".json", ".jsonl", ".csv", ".parquet", ".arrow")  # that LLaMA-Factory opens and that can hold such rows
_ANSWERS = ("output", "response", "completion", "answer")
_ALSO = ("system", "tools", "images", "videos", "audios")  # columns of the same name there
_LOOKED_AT = 100  # rows by which is told which fields there are


def describe(dataset: Dataset, output: str | Path, info: str | Path) -> dict[str, Any]:
    """Describe rows of a dataset, as they are written to a file, for LLaMA-Factory.

    Parameters
    ----------
    dataset
        What the rows are from.
    output
        The file that has them.
    info
        The ``dataset_info.json``; the entry names the file as seen from there.

    Returns
    -------
    dict
        The entry: ``file_name``, ``formatting``, ``columns`` and, for turns, ``tags``.

    Raises
    ------
    DataError
        LLaMA-Factory cannot read such rows, or such a file.
    """
    path = Path(output)
    if path.suffix not in SUFFIXES:
        raise DataError(f"{path}: LLaMA-Factory reads {', '.join(SUFFIXES)}; name the output so.")
    if dataset.container is Container.KEYED and path.suffix == ".json":
        raise DataError(f"{path}: LLaMA-Factory cannot read rows that are listed under tasks; name the output .jsonl.")
    layout = dataset.format
    rows = [record.value for _, _, record in itertools.islice(dataset.records(), _LOOKED_AT) if record.error is None]
    entry: dict[str, Any] = {"file_name": Path(os.path.relpath(path.resolve(), Path(info).resolve().parent)).as_posix()}
    if layout.turns is not None:
        entry |= {"formatting": "sharegpt", "columns": {"messages": layout.instruction}, "tags": _tags(layout.turns)}
    else:
        columns = {"prompt": layout.instruction, "query": _present(layout.input, rows)}
        columns |= {"response": _present((*layout.answer, *_ANSWERS), rows), "history": layout.history}
        entry |= {"formatting": "alpaca", "columns": {name: key for name, key in columns.items() if key}}
    entry["columns"] |= {name: name for name in _ALSO if _present((name,), rows)}
    if not layout.instruction:
        raise DataError("Bare texts cannot be described in dataset_info.json: LLaMA-Factory wants objects with keys.")
    for key in entry["columns"].values():
        if not any(isinstance(row, dict) and key in row for row in rows):
            raise DataError(
                f"{layout.title} have no key {key!r} on top, so dataset_info.json cannot describe them: LLaMA-Factory "
                "looks no deeper."
            )
    return entry


def add_entry(info: str | Path, name: str, entry: dict[str, Any]) -> bool:
    """Add an entry to a ``dataset_info.json``; the others stay, one of the same name is replaced.

    Parameters
    ----------
    info
        The file; it is made where there is none.
    name
        Of the dataset.
    entry
        From `describe`.

    Returns
    -------
    bool
        Whether there was one of that name.

    Raises
    ------
    DataError
        The file holds something else, or cannot be written.
    """
    entries = read_entries(info)
    known = name in entries
    with replacing(info) as partial:
        partial.write_bytes(
            orjson.dumps(entries | {name: entry}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )
    return known


def read_entries(info: str | Path) -> dict[str, Any]:
    """Read a ``dataset_info.json``; none where there is no such file.

    Raises
    ------
    DataError
        It is no JSON object.
    """
    path = Path(info)
    try:
        entries = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as dataset_info.json: {error}") from error
    if not isinstance(entries, dict):
        raise DataError(f"{path} is no dataset_info.json: it holds no JSON object of datasets.")
    return entries


def _tags(turns: Turns) -> dict[str, str]:
    """Say how turns are written."""
    if turns.role is None or turns.content is None:
        raise DataError("Turns that are plain texts cannot be described in dataset_info.json: they need roles.")
    users, assistants, tools = (
        ("human", "gpt", "observation") if turns.role == "from" else ("user", "assistant", "tool")
    )
    return {
        "role_tag": turns.role,
        "content_tag": turns.content,
        "user_tag": next(iter(turns.users)) if len(turns.users) == 1 else users,
        "assistant_tag": next(iter(turns.assistants)) if len(turns.assistants) == 1 else assistants,
        "system_tag": "system",
        "observation_tag": tools,
        "function_tag": "function_call",  # a role that is not named here makes LLaMA-Factory leave the row out
    }


def _present(paths: tuple[str, ...], rows: list[Any]) -> str | None:
    """Give the first of several fields that a row has."""
    return next((path for path in paths if any(find(row, path) is not MISSING for row in rows)), None)
