"""From the DATA argument of a command to records and embeddings: DATA is a file, or a store that was made from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskscape.cli.console import counted
from taskscape.errors import FormatError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.cli.console import Console
    from taskscape.cli.options import Encoding, Reading
    from taskscape.encoders import Encoder
    from taskscape.records import Dataset
    from taskscape.vectors import Store


def open_data(data: str, reading: Reading, console: Console) -> Dataset:
    """Open DATA and say what was recognised.

    Raises
    ------
    UsageError
        DATA is a store.
    """
    from taskscape.vectors import is_store

    if is_store(data):
        raise UsageError(f"{data} is a store, and the data itself is read here: name the file that it was made from.")
    dataset = reading.open(data)
    console.note(f"{data}: {dataset.recognised}")
    return dataset


def open_source(data: str, reading: Reading, encoding: Encoding, console: Console) -> tuple[Dataset, Store | None]:
    """Open DATA, and its embeddings where DATA is a store."""
    from taskscape.vectors import is_store

    if not is_store(data):
        return open_data(data, reading, console), None
    store = open_store(data, encoding)
    return store.open_dataset(), store


def open_store(data: str, encoding: Encoding) -> Store:
    """Open a store, whether its source is still there or not.

    Raises
    ------
    UsageError
        An encoder was named, and the store was made with another one: it would be passed over in silence.
    """
    from taskscape.vectors import Store

    store = Store.open(data)
    made_with = store.manifest.settings.encoder
    if encoding.encoder not in (type(encoding)().encoder, made_with):
        raise UsageError(
            f"--encoder is {encoding.encoder} and {data} was made with {made_with}: leave --encoder away, or give the "
            "data file in place of the store"
        )
    return store


def open_like(dataset: Dataset, path: Path) -> Dataset:
    """Open a file beside DATA as DATA was read, or where its rows are in another form, by what is recognised in it.

    Raises
    ------
    FormatError
        Its rows are not as DATA's, and nothing was recognised.
    """
    from taskscape.records import open_dataset

    try:
        return open_dataset(path, **dataset.options)
    except (FormatError, UsageError) as error:  # a UsageError: tags, and rows that are no conversations
        same_text = {name: dataset.options[name] for name in ("turn", "with_input")}
        try:
            return open_dataset(path, **same_text)
        except FormatError:
            raise error from None


def encoder_for(dataset: Dataset, encoding: Encoding) -> Encoder:
    """Load the encoder that was named, and show it the data where it is one that must see its corpus first (TF-IDF)."""
    from taskscape.encoders import load_encoder
    from taskscape.encoders.base import Fitted

    encoder = load_encoder(encoding.encoder)
    if isinstance(encoder, Fitted):
        encoder.fit(dataset.texts())
    return encoder


def embed_cached(dataset: Dataset, encoding: Encoding, console: Console) -> Store:
    """Give the embeddings of a dataset: from the cache, or by encoding now."""
    from taskscape.vectors import embed

    with console.progress("embedding") as progress:
        return embed(
            dataset,
            encoder=encoder_for(dataset, encoding),
            cache_dir=encoding.cache_dir,
            use_cache=not encoding.no_cache,
            progress=progress,
        )


def tasks_kept(store: Store, kept: NDArray[np.int64]) -> dict[str, Any]:
    """Count the rows of each task and those that stay, for JSON; nothing where the encoder does not label."""
    from taskscape.analysis.task_counts import kept_by_task

    tasks = store.tasks()
    return {} if tasks is None else {"tasks": kept_by_task(tasks, kept).to_pylist()}


def rejects_file(output: Path) -> Path:
    """Give the file for bad rows: ``unique.jsonl`` → ``unique.jsonl.rejects.jsonl``."""
    return output.with_name(f"{output.name}.rejects.jsonl")


def is_read(path: Path, dataset: Dataset) -> bool:
    """Tell whether a path is one of the files of a dataset."""
    return path.resolve() in {file.path.resolve() for file in dataset.files}


def check_beside(output: Path, *datasets: Dataset, also: Sequence[Path] = ()) -> None:
    """Find out before the work whether what is written beside the output would replace what is being read.

    Parameters
    ----------
    output
        What the user named; it may be the source itself.
    datasets
        What is being read.
    also
        Files that are written besides that for bad rows.

    Raises
    ------
    UsageError
        One of them is a file of the datasets.
    """
    for path in (rejects_file(output), *also):
        if any(is_read(path, dataset) for dataset in datasets):
            raise UsageError(f"{path} is being read, and -o {output} would replace it: name another output.")


def write_rejects(dataset: Dataset, store: Store | None, output: Path, console: Console) -> None:
    """Set bad rows aside beside the output, and say so; before the output is written, which may replace the source.

    Parameters
    ----------
    dataset
        What was read.
    store
        Its embeddings: with those that were there already, no pass has found the bad rows yet. None where a pass has.
    output
        The file beside which they go; `check_beside` has looked at its place.
    console
        Where it is said.
    """
    if store is not None and store.rejected and not dataset.rejects.count:
        for _ in dataset.batches():
            pass
    if dataset.rejects.count:
        path = rejects_file(output)
        dataset.rejects.write(path)
        console.note(f"set aside: {counted(dataset.rejects.count, 'bad row')}, in {path}")
