"""Several data of one command: each with its embeddings, all by one encoder, and texts with their inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from taskscape.cli.inputs import embed_cached, open_source
from taskscape.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.cli.console import Console
    from taskscape.cli.options import Encoding, Reading
    from taskscape.records import Dataset
    from taskscape.vectors import Store


class Source(NamedTuple):
    """Data as a user named it, open, with its embeddings."""

    name: str
    dataset: Dataset
    store: Store


def open_embedded(data: str, reading: Reading, encoding: Encoding, console: Console) -> Source:
    """Open DATA, a file or a store, and embed it where that was not done."""
    dataset, store = open_source(data, reading, encoding, console)
    return Source(data, dataset, store or embed_cached(dataset, encoding, console))


def require_one_encoder(sources: Sequence[Source]) -> None:
    """Refuse data whose embeddings come from different encoders: their cosines would mean nothing.

    Raises
    ------
    StoreError
        Two differ; names both and their encoders.
    """
    first = sources[0]
    for other in sources[1:]:
        one, two = first.store.manifest.settings, other.store.manifest.settings
        if one.fingerprint != two.fingerprint:
            same = " of another state" if one.encoder == two.encoder else ""
            raise StoreError(
                f"{first.name} was embedded by {one.encoder}, {other.name} by {two.encoder}{same}: their embeddings "
                "cannot be compared. Embed both with one encoder (--encoder NAME); one that is fitted on its data, "
                "such as tfidf, cannot serve two."
            )


def whole_texts(dataset: Dataset, rows: NDArray[np.int64] | None = None) -> list[str]:
    """Give the instruction of each good row, with its input after a blank line where it has one.

    Parameters
    ----------
    dataset
        The data.
    rows
        Numbers of the rows that are wanted, ascending, each once; no other text is kept in memory. None gives all.
    """
    if dataset.options["with_input"]:
        return dataset.texts(rows)
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = None if rows is None else pa.array(rows)
    texts: list[str] = []
    for batch in dataset.batches(parts=True):
        taken = batch if wanted is None else batch.filter(pc.is_in(batch.column("row"), wanted))
        pairs = zip(taken.column("instruction").to_pylist(), taken.column("input").to_pylist(), strict=True)
        texts += [_joined(text, more) for text, more in pairs]
    return texts


def _joined(text: str, more: str | None) -> str:
    """Put an input behind its instruction; one that repeats the instruction first, as IEB's does, only once."""
    rest = (more or "").strip()
    rest = rest.removeprefix(text.strip()).strip()
    return f"{text}\n\n{rest}" if rest else text


def places(dataset: Dataset, rows: NDArray[np.int64]) -> list[dict[str, str | int]]:
    """Tell of some rows in which file they are, and which row of it (from 0).

    Parameters
    ----------
    dataset
        The data.
    rows
        Row numbers of the source, in any order.
    """
    import numpy as np

    names = [str(file.path) for file in dataset.files]
    if len(names) == 1:
        return [{"file": names[0], "row": row} for row in rows.tolist()]
    number = {file: index for index, file in enumerate(dataset.files)}
    sizes = np.zeros(len(names), np.int64)
    for located in dataset.records():
        sizes[number[located.file]] += 1
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    files = np.searchsorted(begins, rows, "right") - 1
    return [
        {"file": names[file], "row": row}
        for file, row in zip(files.tolist(), (rows - begins[files]).tolist(), strict=True)
    ]
