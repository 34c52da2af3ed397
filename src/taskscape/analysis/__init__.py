"""Analyses: pure functions over arrays, with frozen results. No file is read, nothing is printed, seeds are given.

Names are loaded on first use, for faiss and scikit-learn take time to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskscape.analysis.clustering import Clustering, cluster
    from taskscape.analysis.naming import ClusterName, name_clusters
    from taskscape.analysis.projection import Projection, project

_HOMES = {
    "ClusterName": "naming",
    "Clustering": "clustering",
    "Projection": "projection",
    "cluster": "clustering",
    "name_clusters": "naming",
    "project": "projection",
}

__all__ = ["ClusterName", "Clustering", "Projection", "cluster", "name_clusters", "project"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'taskscape.analysis' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"taskscape.analysis.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
