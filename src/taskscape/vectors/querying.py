"""What asking a store needs beside its vectors: the encoder that made them, and the texts to show what was found.

An index on disk is a store in which both have been made ready: its texts lie in it as two plain arrays, so that a
search reads neither the source nor more texts than it shows. A query must be embedded as the store was; an encoder of
the same name whose fingerprint has changed is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from taskscape.encoders.base import Encoder, Fitted, load_encoder
from taskscape.errors import StoreError
from taskscape.vectors.derived import derive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.records import Dataset
    from taskscape.vectors.store import Store


class KeptTexts(Sequence[str]):
    """Texts in two arrays, decoded one at a time when they are asked for.

    Parameters
    ----------
    content
        All texts as UTF-8, one after the other, uint8.
    ends
        Where each text ends, int64, shape ``(n,)``.
    """

    def __init__(self, content: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self._content = content
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """Decode one text, or a range of them."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        start = int(self._ends[number - 1]) if number else 0
        return self._content[start : int(self._ends[number])].tobytes().decode()


def kept_texts(store: Store, dataset: Dataset | None = None) -> KeptTexts:
    """Give the texts of a store in the order of its vectors, from its folder where they are kept.

    Parameters
    ----------
    store
        What `taskscape.embed` gave.
    dataset
        What it was made from, where that is open: its files may have moved since. None opens those it remembers.

    Returns
    -------
    KeptTexts
        A sequence of n strings.

    Raises
    ------
    StoreError
        They are not kept, and the source is gone or has changed.
    """

    def compute() -> dict[str, NDArray[Any]]:
        source = store.open_dataset() if dataset is None else dataset
        texts = [text.encode() for text in source.texts()]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        return {"content": np.frombuffer(b"".join(texts), np.uint8), "ends": ends}

    kept = derive(store, "texts", {}, compute)
    return KeptTexts(kept["content"], kept["ends"])


def encoder_of(store: Store, dataset: Dataset | None = None) -> Encoder:
    """Load the encoder that a store was made with.

    Parameters
    ----------
    store
        What `taskscape.embed` gave.
    dataset
        As `kept_texts` takes it.

    Returns
    -------
    Encoder
        It embeds queries as the rows of the store were embedded; one that must see its corpus has seen the store's.

    Raises
    ------
    StoreError
        The encoder of that name is another one by now.
    EncoderError
        There is no encoder of that name any more.
    """
    settings = store.manifest.settings
    encoder = load_encoder(settings.encoder)
    if isinstance(encoder, Fitted):
        encoder.fit(kept_texts(store, dataset))
    if encoder.fingerprint != settings.fingerprint:
        raise StoreError(
            f"{store.path} was made with the encoder {settings.encoder} ({settings.fingerprint}), which is another one "
            f"now ({encoder.fingerprint}): its vectors cannot be compared with new ones. Make the store anew."
        )
    return encoder
