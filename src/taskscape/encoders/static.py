"""The static encoder: a table of token vectors, summed with learned weights. No network, no onnxruntime.

What
    A text is read as tokens. For each of three roles (the whole, the verb, the noun) every token gets a weight from
    itself, the token before, the token after and its place; weights are made to sum to one, and the vectors of the
    tokens are averaged by them. So the sums stand for what the text speaks of, what is to be done, and to what.
    Averages of hashed pairs of neighbouring tokens are added, and three small matrices put the roles together.
Why
    It reads some forty thousand texts a second and core, and needs nothing but NumPy, SciPy and the tokenizer.
Price
    It sees no further than a token's neighbours, so long sentences with several verbs are read worse than by
    ``default``.

Layout of a folder::

    static.npz       int8 tables with a float16 scale for each row, float16 weights (no pickle)
    tokenizer.json   Hugging Face tokenizers
    config.json      `{"layout": "taskscape-static-1", …}`
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

from taskscape.encoders.base import as_texts, cores, digest, unit_rows
from taskscape.encoders.pieces import PieceReader, Pieces
from taskscape.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LAYOUT = "taskscape-static-1"
TABLES, TOKENIZER, CONFIG = "static.npz", "tokenizer.json", "config.json"
ROLES = 3  # the whole, the verb, the noun
PLACES = 32  # places from the start that have a weight of their own
HEAD_TOKENS, TAIL_TOKENS = 96, 32  # of a long text, so much is read from either end
PIECE = 1024  # texts at a time: bounds memory
_CHARACTERS = 12  # characters for a token, generously
_PRIME = 1_000_003  # spreads pairs of tokens over the hash


def hash_pairs(first: NDArray[np.int64], second: NDArray[np.int64], buckets: int) -> NDArray[np.int64]:
    """Bucket of each pair of token ids."""
    return (first * _PRIME + second * 7919) % buckets


class StaticEncoder:
    """A static encoder from a folder.

    Parameters
    ----------
    folder
        As `taskscape.training.static` writes it.
    name
        Its name in tables and manifests; by default the folder's.

    Attributes
    ----------
    dimension
        Length of an embedding.
    fingerprint
        Hash of tables, tokenizer and settings.

    Raises
    ------
    EncoderError
        The folder holds no static encoder.
    """

    def __init__(self, folder: str | Path, *, name: str | None = None) -> None:
        folder = Path(folder)
        for part in (TABLES, TOKENIZER, CONFIG):
            if not (folder / part).is_file():
                raise EncoderError(f"{folder} is no static encoder: it has no {part}.")
        self.config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if self.config.get("layout") != LAYOUT:
            raise EncoderError(f"{folder / CONFIG} is not of layout {LAYOUT!r}.")
        self.name = name or folder.resolve().name
        tables, tokenizer = (folder / TABLES).read_bytes(), (folder / TOKENIZER).read_bytes()
        self.fingerprint = digest(tables, tokenizer)
        with np.load(folder / TABLES, allow_pickle=False) as stored:
            self._weights = unpacked(stored)
        self.dimension = int(self._weights["mixing"].shape[2])
        self._pieces = PieceReader(tokenizer.decode())
        self._threads = cores()

    def encode(
        self, sentences: str | Sequence[str], *, batch_size: int = PIECE, show_progress_bar: bool = False, **_: Any
    ) -> Floats:
        """Embed texts.

        Parameters
        ----------
        sentences
            Texts, or a single one.
        batch_size
            At most so many texts are read at a time.
        show_progress_bar
            Accepted for compatibility; nothing is drawn.

        Returns
        -------
        ndarray
            float32 rows of unit length ``(n, dimension)``; ``(dimension,)`` for a single text.
        """
        del show_progress_bar
        texts, single = as_texts(sentences)
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        step = max(1, min(batch_size, PIECE))

        def embed(start: int) -> None:
            ids, ends = self._read(texts[start : start + step])
            rows[start : start + step] = pooled(ids, ends, self._weights)

        starts = range(0, len(texts), step)
        if len(starts) > 1 and self._threads > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(embed, starts))
        else:
            for start in starts:
                embed(start)
        embeddings = unit_rows(rows, self.name)
        return embeddings[0] if single else embeddings

    def _read(self, texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Token ids of all texts in one row, and where each text starts (with the end of the last)."""
        most = (HEAD_TOKENS + TAIL_TOKENS) * _CHARACTERS
        short = [text if len(text) <= 2 * most else text[:most] + " " + text[-most:] for text in texts]
        return _ends(self._pieces.read(short, offsets=False))


def joined(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put token ids into one row: head and tail of long texts; id 0 (padding) stands for a text of no tokens."""
    return _ends(Pieces.of(rows))


def _ends(pieces: Pieces) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keep head and tail of long texts, and give a text of no tokens one of padding; see `joined`."""
    ids, lengths = pieces.ids.astype(np.int64), np.diff(pieces.bounds)
    most = HEAD_TOKENS + TAIL_TOKENS
    if len(lengths) and (lengths.max() > most or lengths.min() == 0):
        place = np.arange(len(ids)) - np.repeat(pieces.bounds[:-1], lengths)
        from_end = np.repeat(lengths, lengths) - place
        kept = (np.repeat(lengths, lengths) <= most) | (place < HEAD_TOKENS) | (from_end <= TAIL_TOKENS)
        empty = pieces.bounds[:-1][lengths == 0]  # in front of what stands there: the next text, or the end
        ids = np.insert(ids[kept], np.concatenate([[0], np.cumsum(kept)])[empty], 0)
        lengths = np.clip(lengths, 1, most)
    return ids, np.concatenate([[0], np.cumsum(lengths)])


def pooled(ids: NDArray[np.int64], bounds: NDArray[np.int64], weights: Mapping[str, Floats]) -> Floats:
    """Average token vectors by role and mix the roles.

    Parameters
    ----------
    ids
        Token ids of all texts, in a row.
    bounds
        Start of each text in it, and the end of the last, ``(n + 1,)``.
    weights
        Tables as `unpacked` gives them.

    Returns
    -------
    ndarray
        float32 ``(n, dimension)``, not of unit length.
    """
    starts, lengths = bounds[:-1], np.diff(bounds)
    before, after = np.roll(ids, 1), np.roll(ids, -1)
    before[starts], after[bounds[1:] - 1] = 0, 0  # no neighbour beyond the text
    places = np.minimum(np.arange(len(ids)) - np.repeat(starts, lengths), PLACES - 1)
    scores = weights["own"][ids] + weights["before"][before] + weights["after"][after] + weights["place"][places]
    # Softmax over the tokens of each text; the highest score is taken off first, as exp would overflow.
    scores -= np.repeat(np.maximum.reduceat(scores, starts), lengths, axis=0)
    powers = np.exp(scores)
    powers /= np.repeat(np.add.reduceat(powers, starts), lengths, axis=0)
    # The rows of a text's roles stand together, so that its token vectors are still in the cache for the next role.
    spans = np.concatenate([[0], np.cumsum(np.repeat(lengths, ROLES))])
    source = np.arange(spans[-1]) - np.repeat(spans[:-1] - np.repeat(starts, ROLES), np.repeat(lengths, ROLES))
    role = np.repeat(np.tile(np.arange(ROLES), len(starts)), np.repeat(lengths, ROLES))
    size = (len(starts) * ROLES, len(weights["tokens"]))
    summed = csr_matrix((powers[source, role], ids[source], spans), shape=size) @ weights["tokens"]
    total = summed.reshape(len(starts), -1) @ weights["mixing"].reshape(-1, weights["mixing"].shape[2])
    buckets = len(weights["pairs"])
    pairs = hash_pairs(ids, after, buckets)
    # float32 throughout: a product with float64 would turn the whole table into float64 first.
    gates = weights["gate"][pairs] / np.repeat(lengths, lengths).astype(np.float32)
    beside = csr_matrix((gates, pairs, bounds), shape=(len(starts), buckets)) @ weights["pairs"]
    return np.asarray(total + beside, dtype=np.float32)


def packed(weights: Mapping[str, Floats]) -> dict[str, NDArray[Any]]:
    """Tables as they are stored: the two large ones in int8 with a float16 scale for each row, the rest in float16."""
    stored: dict[str, NDArray[Any]] = {}
    for name, values in weights.items():
        if name not in ("tokens", "pairs"):
            stored[name] = values.astype(np.float16)
            continue
        scales = np.maximum(np.abs(values).max(axis=1, keepdims=True) / 127.0, 1e-7).astype(np.float16)
        stored[name] = np.clip(np.round(values / np.maximum(scales.astype(np.float32), 1e-7)), -127, 127).astype(
            np.int8
        )
        stored[f"{name}_scales"] = scales
    return stored


def unpacked(stored: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Tables as they are computed with: float32."""
    weights = {name: stored[name] for name in stored if not name.endswith("_scales")}
    return {
        name: values.astype(np.float32) * stored[f"{name}_scales"].astype(np.float32)
        if f"{name}_scales" in stored
        else values.astype(np.float32)
        for name, values in weights.items()
    }


def load(folder: str, **settings: Any) -> StaticEncoder:
    """Load a static encoder from a folder; see `StaticEncoder`."""
    return StaticEncoder(folder, **settings)
