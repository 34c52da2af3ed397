"""Embeddings on disk and between them: stores, nearest neighbours.

Names are loaded on first use, for numpy and faiss take time to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.vectors.embedding import embed
    from taskscape.vectors.neighbors import Neighbors, nearest, recall
    from taskscape.vectors.store import Store, is_store

_HOMES = {
    "Neighbors": "taskscape.vectors.neighbors",
    "Store": "taskscape.vectors.store",
    "embed": "taskscape.vectors.embedding",
    "is_store": "taskscape.vectors.store",
    "nearest": "taskscape.vectors.neighbors",
    "recall": "taskscape.vectors.neighbors",
}

__all__ = ["Neighbors", "Store", "embed", "is_store", "nearest", "recall"]

__getattr__ = loader(__name__, _HOMES)
