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

from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from taskscape.errors import StoreError
from taskscape.tasks.label import Kind, Task
from taskscape.vectors.files import FileRecord, digest
from taskscape.vectors.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from taskscape.records import Dataset

MANIFEST = "manifest.json"
JOURNAL = "journal.jsonl"
REJECTS = "rejects.jsonl"
SUFFIXES = {"vectors": ".npy", "rows": ".npy", "tasks": ".parquet"}


def is_store(path: str | Path) -> bool:
    """Tell whether a path is a complete store: a folder with a manifest."""
    try:
        return (Path(path) / MANIFEST).is_file()
    except OSError:  # no permission, or a name that is too long: whoever reads it as data says so
        return False


def file_of(folder: Path, part: str, number: int) -> Path:
    """Path of one part of a shard. Names follow from numbers, so that no manifest can point elsewhere."""
    return folder / part / f"{number:05d}{SUFFIXES[part]}"


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

    def _repr_html_(self) -> str:
        """Show what it was made from, in a notebook."""
        settings = self.manifest.settings
        facts = {
            "folder": str(self.path),
            "rows": f"{len(self):,}",
            "set aside": f"{self.rejected:,}",
            "encoder": settings.encoder,
            "vectors": f"{settings.dimension} {settings.dtype}",
            "shards": str(len(self.manifest.shards)),
        }
        lines = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
        return f"<table><caption>Store</caption>{lines}</table>"

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
        for path in paths:
            if not Path(path).exists():
                raise StoreError(f"{self.path} was made from {path}, which is not there any more. Put it back there.")
        dataset = open_dataset(paths, **settings.reading)
        digests = {str(file.path): file.digest for file in dataset.files}
        for source in settings.sources:
            if digests.get(source.path) != source.xxh3:
                raise StoreError(
                    f"{self.path} was made from {source.path} as it was then; its content has changed since. Embed it "
                    "again."
                )
        return dataset


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
