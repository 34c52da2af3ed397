"""Dataset and encoder in, store out: done once, surviving a kill, and cached, for this is the step that costs the time.

The shard is the unit of work. Its rows depend only on the source, and it is encoded in pieces of fixed size, so the
batches that the encoder sees do not depend on where a run was cut off: an interrupted and continued store is byte for
byte the uninterrupted one. Memory holds one shard of texts and vectors, however long the source is; a kill costs at
most one shard.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.encoders.base import labels_too
from taskscape.errors import DataError, EncoderError, StoreError, UsageError
from taskscape.places import cache_folder
from taskscape.tasks.labelling import RULES
from taskscape.vectors.files import locked, make_folder, unwritable
from taskscape.vectors.manifest import Settings, Source
from taskscape.vectors.store import JOURNAL, REJECTS, Store, is_store
from taskscape.vectors.writing import StoreWriter, mismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from taskscape.encoders.base import Encoder
    from taskscape.records import Dataset
    from taskscape.tasks.label import Task

    Progress = Callable[[int, int | None], None]
    Rows = tuple[NDArray[np.int64], list[str]]

SHARD_ROWS = 8192  # 6 MB of float16 at 384 dimensions; about 10 s of a small model on two cores, lost at most by a kill
PIECE_ROWS = 2048  # how many texts the encoder gets at once: enough to sort by length, few enough for a lively bar


def embed(
    dataset: Dataset,
    *,
    encoder: Encoder,
    store: str | Path | None = None,
    dtype: Literal["float16", "float32"] = "float16",
    shard_rows: int = SHARD_ROWS,
    progress: Progress | None = None,
    cache_dir: str | Path | None = None,
    use_cache: bool = True,
) -> Store:
    """Embed a dataset into a store, or find it embedded already.

    Parameters
    ----------
    dataset
        What `taskscape.open_dataset` gave.
    encoder
        What `taskscape.load_encoder` gave, or any object that keeps its protocol. One with
        ``encode_with_tasks(texts) -> (embeddings, tasks)`` labels in the same pass.
    store
        Folder to write, or to continue where a run was cut off; a complete store of the same is returned as it is. None
        takes a folder of the cache.
    dtype
        How numbers are kept. float16 rounds a unit vector's cosines by less than 0.001.
    shard_rows
        Most rows in a shard; fewer where texts are very long.
    progress
        Called with ``(rows done, rows in all)``. The rows are counted in a pass of its own, which reads quickly what is
        then embedded slowly; without progress nothing is counted.
    cache_dir
        Cache folder in place of the platform's; used when ``store`` is None.
    use_cache
        False neither looks into the cache nor leaves anything there: the store lives in a temporary folder, for as long
        as the returned object. Used when ``store`` is None.

    Returns
    -------
    Store
        The complete store.

    Raises
    ------
    StoreError
        The folder holds something else (the difference is named), is being written by another process, or cannot be
        written.
    DataError
        The dataset has no usable row.
    EncoderError
        The encoder's output has the wrong shape or is not finite.

    Notes
    -----
    Cost: the encoder's time; memory flat in the number of rows. A second call with the same content, options and
    encoder costs the hash of the source.
    """
    if dtype not in ("float16", "float32"):
        raise UsageError(f"dtype is {dtype!r}: take 'float16' or 'float32'.")
    if shard_rows < 1:
        raise UsageError(f"shard_rows is {shard_rows}: take 1 or more.")
    settings = settings_of(dataset, encoder, dtype=dtype, shard_rows=shard_rows)
    if store is not None:
        return _embed_into(Path(store), settings, dataset, encoder, progress)
    if use_cache:
        folder = cache_folder(cache_dir) / "stores" / settings.key
        return _embed_into(folder, settings, dataset, encoder, progress)
    folder = Path(tempfile.mkdtemp(prefix="taskscape-"))
    try:
        made = _embed_into(folder, settings, dataset, encoder, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
    return made


def settings_of(dataset: Dataset, encoder: Encoder, *, dtype: str, shard_rows: int = SHARD_ROWS) -> Settings:
    """Collect what decides the vectors of a dataset under an encoder."""
    labels = labels_too(encoder)
    return Settings(
        sources=tuple(Source(str(file.path.absolute()), file.size, file.digest) for file in dataset.files),
        reading=_reading(dataset),
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        dtype=dtype,
        tasks=labels,
        rules=RULES if labels else 0,
        shard_rows=shard_rows,
    )


def _reading(dataset: Dataset) -> dict[str, Any]:
    """Give the reading options that decide the texts; a format that was recognised counts as if it had been named."""
    options = {name: value for name, value in dataset.options.items() if name != "label"}
    if not (options["field"] or options["columns"]):
        options["format"] = dataset.format.name
    return options


def encode(encoder: Encoder, texts: list[str]) -> tuple[NDArray[np.float32], list[Task] | None]:
    """Encode texts, with tasks where the encoder labels: the pure step that an engine runs per shard.

    Parameters
    ----------
    encoder
        The encoder.
    texts
        At most a shard of them.

    Returns
    -------
    vectors : float32, shape (n, d)
        As the encoder gave them.
    tasks : list of Task or None
        One per text.

    Raises
    ------
    EncoderError
        The output has the wrong shape or is not finite.
    """
    tasks: list[Task] | None = None
    if labels_too(encoder):
        vectors, tasks = encoder.encode_with_tasks(texts)  # type: ignore[attr-defined]
    else:
        vectors = encoder.encode(texts)
    vectors = np.asarray(vectors, np.float32)
    if vectors.shape != (len(texts), encoder.dimension):
        raise EncoderError(
            f"{encoder.name} gave vectors of shape {vectors.shape} for {len(texts)} texts; its dimension is "
            f"{encoder.dimension}."
        )
    if not np.isfinite(vectors).all():
        text = texts[int(np.argmin(np.isfinite(vectors).all(axis=1)))]
        raise EncoderError(f"{encoder.name} gave a vector that is not finite, for the text {text[:80]!r}.")
    if tasks is not None and len(tasks) != len(texts):
        raise EncoderError(f"{encoder.name} gave {len(tasks)} tasks for {len(texts)} texts.")
    return vectors, tasks


def _embed_into(
    folder: Path, settings: Settings, dataset: Dataset, encoder: Encoder, progress: Progress | None
) -> Store:
    if is_store(folder):  # its manifest came in one step, so no lock is needed to read it
        return _reopened(folder, settings)
    _refuse_foreign(folder)
    tick = _ticker(dataset, progress)
    shards = _shards(dataset, settings.shard_rows)
    first = next(shards, None)
    if first is None:
        raise DataError(f"{_name(dataset)}: no usable row ({dataset.rejects.count} rows were set aside).")
    make_folder(folder)
    with locked(folder):
        if is_store(folder):  # another process finished it while this one read
            return _reopened(folder, settings)
        writer = StoreWriter(folder, settings)
        done = 0
        for number, (rows, texts) in enumerate(itertools.chain([first], shards)):
            if not writer.has(number, rows):
                vectors, tasks = _encode_shard(encoder, texts, done, tick)
                writer.write(number, rows, vectors, tasks)
            done += len(rows)
            tick(done)
        rejected = dataset.rejects.count
        if rejected:
            try:
                dataset.rejects.write(folder / REJECTS)
            except OSError as error:
                raise unwritable(folder / REJECTS, error) from error
        return writer.finish(rejected)


def _reopened(folder: Path, settings: Settings) -> Store:
    store = Store.open(folder)
    if differences := store.manifest.settings.differences(settings):
        raise mismatch(folder, differences)
    return store


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds other things: it is not ours to write into."""
    try:
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return
    except OSError as error:
        raise unwritable(folder, error) from error
    # A run that was killed while it began may have left no more than these.
    if JOURNAL not in names and names - {"LOCK", JOURNAL + ".tmp", "vectors", "rows", "tasks"}:
        raise StoreError(f"{folder} exists and is no store. Choose another folder.")


def _encode_shard(
    encoder: Encoder, texts: list[str], done: int, tick: Callable[[int], None]
) -> tuple[NDArray[np.float32], list[Task] | None]:
    """Encode a shard in pieces of fixed size."""
    vectors = np.empty((len(texts), encoder.dimension), np.float32)
    tasks: list[Task] = []
    for start in range(0, len(texts), PIECE_ROWS):
        piece = texts[start : start + PIECE_ROWS]
        vectors[start : start + len(piece)], found = encode(encoder, piece)
        tasks += found or []
        tick(done + start + len(piece))
    return vectors, tasks if labels_too(encoder) else None


def _ticker(dataset: Dataset, progress: Progress | None) -> Callable[[int], None]:
    """Tell how to report rows done; counts the rows first when somebody wants to know."""
    if progress is None:
        return lambda _: None
    total = sum(batch.num_rows for batch in dataset.batches())
    return lambda done: progress(done, total)


def _shards(dataset: Dataset, size: int) -> Iterator[Rows]:
    """Cut a dataset into shards: the reader's batches, which hold ``size`` rows, or fewer where texts are very long."""
    for batch in dataset.batches(rows=size):
        yield batch.column("row").to_numpy(), batch.column("instruction").to_pylist()


def _name(dataset: Dataset) -> str:
    return ", ".join(str(file.path) for file in dataset.files[:3]) or "the dataset"
