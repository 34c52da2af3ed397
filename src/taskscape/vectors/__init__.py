"""Embeddings on disk and between them: stores, nearest neighbours.

Names are loaded on first use, for numpy and faiss take time to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskscape.vectors.embedding import embed
    from taskscape.vectors.neighbors import Neighbors, nearest, recall
    from taskscape.vectors.store import Store, is_store

_HOMES = {
    "Neighbors": "neighbors",
    "Store": "store",
    "embed": "embedding",
    "is_store": "store",
    "nearest": "neighbors",
    "recall": "neighbors",
}

__all__ = ["Neighbors", "Store", "embed", "is_store", "nearest", "recall"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'taskscape.vectors' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"taskscape.vectors.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
