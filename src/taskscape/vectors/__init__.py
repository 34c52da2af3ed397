"""Embeddings on disk and between them: stores, indexes, nearest neighbours.

Names are loaded on first use, for numpy and faiss take time to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.vectors.embedding import embed
    from taskscape.vectors.index import Index, build_index, open_index
    from taskscape.vectors.neighbors import Neighbors, nearest, recall
    from taskscape.vectors.store import Store, is_store

_HOMES = {
    "Index": "taskscape.vectors.index",
    "Neighbors": "taskscape.vectors.neighbors",
    "Store": "taskscape.vectors.store",
    "build_index": "taskscape.vectors.index",
    "embed": "taskscape.vectors.embedding",
    "is_store": "taskscape.vectors.store",
    "nearest": "taskscape.vectors.neighbors",
    "open_index": "taskscape.vectors.index",
    "recall": "taskscape.vectors.neighbors",
}

__all__ = ["Index", "Neighbors", "Store", "build_index", "embed", "is_store", "nearest", "open_index", "recall"]

__getattr__ = loader(__name__, _HOMES)
