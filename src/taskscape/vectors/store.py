"""A store: the embeddings (and tasks) of one source by one encoder, in a folder of memory-mapped shards.

::

    manifest.json          settings, row count, and each shard's range, lengths and hashes; written last
    vectors/00000.npy      float16 or float32 (rows, dimension), C order, memory-mapped
    rows/00000.npy         int64: the source row of each vector (bad rows leave gaps)
    tasks/00000.parquet    row, verb, noun, kind, confidence; where the encoder labels
    rejects.jsonl          rows that were set aside, where there are any
    journal.jsonl          while a run is under way: its settings, then each finished shard
    LOCK                   while a process writes

With ``manifest.json`` the store is complete; with only a journal, `taskscape.embed` continues it. Opening compares
lengths and reads no vector; ``check=True`` hashes everything. Nothing is unpickled. Price: 2 bytes per number as
float16, so 16 MB for 20,814 rows of 384, and 8 bytes a row for its number.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from taskscape.errors import StoreError
from taskscape.tasks.label import Kind, Task
from taskscape.vectors.files import FileRecord, append_line, digest, make_folder, write_bytes
from taskscape.vectors.manifest import Manifest, Settings, Shard, settings_from_json, settings_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from taskscape.records import Dataset

MANIFEST = "manifest.json"
JOURNAL = "journal.jsonl"
REJECTS = "rejects.jsonl"
_SUFFIXES = {"vectors": ".npy", "rows": ".npy", "tasks": ".parquet"}


def is_store(path: str | Path) -> bool:
    """Tell whether a path is a complete store: a folder with a manifest."""
    return (Path(path) / MANIFEST).is_file()


def file_of(folder: Path, part: str, number: int) -> Path:
    """Path of one part of a shard. Names follow from numbers, so that no manifest can point elsewhere."""
    return folder / part / f"{number:05d}{_SUFFIXES[part]}"


@dataclass(frozen=True, repr=False, eq=False)
class Store:
    """A complete store, open for reading. Made by `taskscape.embed` and `Store.open`.

    Parameters
    ----------
    path
        The folder.
    manifest
        What it says of itself.

    Examples
    --------
    >>> store = Store.open("alpaca.store")          # doctest: +SKIP
    >>> store.embeddings().shape, store.rows[-1]    # doctest: +SKIP
    ((52002, 384), 52001)
    """

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: str | Path, *, check: bool = False) -> Self:
        """Open a store.

        Parameters
        ----------
        path
            The folder.
        check
            Also hash every file (about 1 s per GB from memory), beside comparing lengths.

        Raises
        ------
        StoreError
            It is no store, is unfinished or is damaged; the file is named.
        """
        folder = Path(path)
        if not (folder / MANIFEST).is_file():
            if (folder / JOURNAL).is_file():
                raise StoreError(f"{folder} is unfinished. Run the same embed command again: it continues.")
            raise StoreError(
                f"{folder} is no store: it has no {MANIFEST}. Make one with `taskscape embed DATA -o {folder}`."
            )
        store = cls(folder, Manifest.read(folder / MANIFEST))
        for number, shard in enumerate(store.manifest.shards):
            for part, record in shard.files.items():
                verify(file_of(folder, part, number), record, check=check)
        return store

    def __len__(self) -> int:
        return self.manifest.rows

    def __repr__(self) -> str:
        settings = self.manifest.settings
        return (
            f"Store({str(self.path)!r}: {len(self)} rows of {settings.dimension} {settings.dtype}, {settings.encoder})"
        )

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.manifest.settings.dimension

    @property
    def rejected(self) -> int:
        """Number of rows of the source that were set aside."""
        return self.manifest.rejected

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Source row of each vector, ascending, shape ``(n,)``."""
        pieces = [load_array(file_of(self.path, "rows", number)) for number in range(len(self.manifest.shards))]
        return np.concatenate([np.empty(0, np.int64), *pieces])

    def blocks(self) -> Iterator[NDArray[np.floating[Any]]]:
        """Yield the shards' vectors in order, memory-mapped, each ``(rows, dimension)``: for work in flat memory."""
        for number, shard in enumerate(self.manifest.shards):
            path = file_of(self.path, "vectors", number)
            block = load_array(path)
            expected = (shard.stop - shard.start, self.dimension)
            if block.shape != expected or block.dtype != self.manifest.settings.dtype:
                raise StoreError(f"{path} holds {block.shape} {block.dtype}, its manifest says {expected}.")
            yield block

    def embeddings(self) -> NDArray[np.floating[Any]]:
        """Give all embeddings as one array.

        Returns
        -------
        array, shape (n, d), float16 or float32
            Memory-mapped while the store has one shard; joined in memory otherwise (77 MB per 100,000 rows of 384 as
            float16). For more rows than memory holds, use `blocks`.
        """
        blocks = list(self.blocks())
        if len(blocks) == 1:
            return blocks[0]
        empty = np.empty((0, self.dimension), self.manifest.settings.dtype)
        return np.concatenate([empty, *blocks])

    def tasks(self) -> list[Task] | None:
        """Give the task of each vector, in order; None where the encoder did not label. Spans are not kept."""
        if not self.manifest.settings.tasks:
            return None
        import pyarrow.parquet as pq

        found: list[Task] = []
        for number in range(len(self.manifest.shards)):
            columns = pq.read_table(file_of(self.path, "tasks", number)).to_pydict()
            kinds = map(Kind, columns["kind"])
            found += map(Task, columns["verb"], columns["noun"], kinds, columns["confidence"])
        return found

    def open_dataset(self) -> Dataset:
        """Open the source again, as it was read when the store was made.

        Raises
        ------
        StoreError
            It is not there any more, or is not what it was.
        """
        from taskscape.records import open_dataset

        settings = self.manifest.settings
        paths = [source.path for source in settings.sources]
        data = paths[0] if len(paths) == 1 else os.path.commonpath(paths)
        if not Path(data).exists():
            raise StoreError(f"{self.path} was made from {data}, which is not there any more. Put it back there.")
        dataset = open_dataset(data, **settings.reading)
        if [file.digest for file in dataset.files] != [source.xxh3 for source in settings.sources]:
            raise StoreError(
                f"{self.path} was made from {data} as it was then; its content has changed since. Embed it again."
            )
        return dataset


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
        for part in _SUFFIXES if settings.tasks else ("vectors", "rows"):
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


def verify(path: Path, record: FileRecord, *, check: bool) -> None:
    """Compare a file with what was recorded of it.

    Parameters
    ----------
    path
        The file.
    record
        Its recorded length and hash.
    check
        Compare the hash too.

    Raises
    ------
    StoreError
        It is missing or differs.
    """
    remedy = "The store is damaged: remove it and embed again."
    try:
        size = path.stat().st_size
        if size != record.bytes:
            raise StoreError(f"{path} has {size} bytes, its manifest says {record.bytes}. {remedy}")
        if check and digest(path) != record.xxh3:
            raise StoreError(f"{path} is not what was written: its hash differs. {remedy}")
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}. {remedy}") from error


def array_bytes(array: NDArray[Any]) -> bytes:
    """Give an array as the content of an ``.npy`` file, C order, without pickle."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def load_array(path: Path) -> NDArray[Any]:
    """Memory-map an ``.npy`` file.

    Raises
    ------
    StoreError
        It cannot be read or is no array of numbers.
    """
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as an array: {error}. Remove the store and embed again.") from error


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
