"""Writing a store shard by shard, and continuing one that was cut off.

``journal.jsonl`` holds the run's settings, then a line for each finished shard with its hashes, synced after the
shard's files. So whatever a kill leaves behind, the next run knows which shards are whole: those in the journal whose
files have the lengths and hashes that it names. The manifest, written last, takes the journal's place.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.errors import StoreError
from taskscape.vectors.files import append_line, make_folder, write_bytes
from taskscape.vectors.manifest import Manifest, Settings, Shard, settings_from_json, settings_to_json
from taskscape.vectors.store import JOURNAL, MANIFEST, SUFFIXES, Store, file_of, load_array, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.tasks.label import Task


class StoreWriter:
    """Writes a store shard by shard, and continues one that was cut off.

    A shard is done once the journal names it and its files are what the journal says. The caller holds the folder's
    lock.

    Parameters
    ----------
    folder
        An empty or new folder, or one that a run with equal settings left unfinished.
    settings
        How the store is made.

    Raises
    ------
    StoreError
        The folder holds something else; the difference is named.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._done = self._continue() if (folder / JOURNAL).is_file() else {}
        self._shards: list[Shard] = []
        for part in SUFFIXES if settings.tasks else ("vectors", "rows"):
            make_folder(folder / part)
        lines = [json.dumps(settings_to_json(settings)), *map(_journal_line, self._done.items())]
        write_bytes(folder / JOURNAL, "".join(line + "\n" for line in lines).encode())

    def _continue(self) -> dict[int, Shard]:
        """Read which shards an earlier run finished. A last line that the disk did not get whole is no shard."""
        settings, done = read_journal(self._folder / JOURNAL)
        if settings is not None and (differences := settings.differences(self._settings)):
            raise mismatch(self._folder, differences)
        for left in self._folder.rglob("*.tmp"):  # what was being written when the run was cut off
            left.unlink()
        return done if settings is not None else {}

    def has(self, number: int, rows: NDArray[np.int64]) -> bool:
        """Tell whether a shard is done; if so it counts as written."""
        shard = self._done.get(number)
        if shard is None:
            return False
        try:
            for part, record in shard.files.items():
                verify(file_of(self._folder, part, number), record, check=True)
        except StoreError:
            return False
        if not np.array_equal(load_array(file_of(self._folder, "rows", number)), rows):
            return False
        self._shards.append(shard)
        return True

    def write(
        self, number: int, rows: NDArray[np.int64], vectors: NDArray[np.float32], tasks: Sequence[Task] | None
    ) -> None:
        """Write one shard; when this returns, the disk has it.

        Parameters
        ----------
        number
            Its number: shards are written in order.
        rows
            Source rows, shape ``(n,)``.
        vectors
            Shape ``(n, dimension)``; cast to the store's dtype.
        tasks
            One per vector, or None.

        Raises
        ------
        StoreError
            The disk is full or the folder cannot be written.
        """
        start = self._shards[-1].stop if self._shards else 0
        contents = {"rows": array_bytes(rows), "vectors": array_bytes(vectors.astype(self._settings.dtype))}
        if tasks is not None:
            contents["tasks"] = _tasks_bytes(rows, tasks)
        files = {part: write_bytes(file_of(self._folder, part, number), content) for part, content in contents.items()}
        shard = Shard(start, start + len(rows), files)
        append_line(self._folder / JOURNAL, _journal_line((number, shard)))
        self._shards.append(shard)

    def finish(self, rejected: int) -> Store:
        """Write the manifest: the store is complete.

        Parameters
        ----------
        rejected
            Number of rows that were set aside.
        """
        rows = self._shards[-1].stop if self._shards else 0
        manifest = Manifest(self._settings, rows, rejected, tuple(self._shards))
        write_bytes(self._folder / MANIFEST, manifest.to_bytes())
        (self._folder / JOURNAL).unlink()
        return Store.open(self._folder)


def read_journal(path: Path) -> tuple[Settings | None, dict[int, Shard]]:
    """Read a journal as far as it is whole.

    Parameters
    ----------
    path
        ``journal.jsonl``.

    Returns
    -------
    settings
        Those of the run; None where not even they are whole.
    shards
        The finished shards by number.
    """
    settings: Settings | None = None
    shards: dict[int, Shard] = {}
    for line in path.read_bytes().splitlines():
        try:
            value = json.loads(line)
            if settings is None:
                settings = settings_from_json(value)
            else:
                shards[int(value["number"])] = Shard.from_json(value)
        except (ValueError, KeyError, TypeError):
            break
    return settings, shards


def _journal_line(item: tuple[int, Shard]) -> str:
    return json.dumps({"number": item[0], **item[1].to_json()})


def mismatch(folder: Path, differences: list[str]) -> StoreError:
    """Say that a folder holds a store of something else."""
    return StoreError(
        f"{folder} was made from something else: {'; '.join(differences)}. Choose another folder or remove it."
    )


def array_bytes(array: NDArray[Any]) -> bytes:
    """Give an array as the content of an ``.npy`` file, C order, without pickle."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _tasks_bytes(rows: NDArray[np.int64], tasks: Sequence[Task]) -> bytes:
    """Tasks as the content of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "row": pa.array(rows),
            "verb": pa.array([task.verb for task in tasks], pa.string()),
            "noun": pa.array([task.noun for task in tasks], pa.string()),
            "kind": pa.array([task.kind.value for task in tasks], pa.string()),
            "confidence": pa.array([task.confidence for task in tasks], pa.float32()),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
