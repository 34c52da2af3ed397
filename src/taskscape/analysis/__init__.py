"""Analyses: pure functions over arrays, with frozen results. No file is read, nothing is printed, seeds are given.

Names are loaded on first use, for faiss and scikit-learn take time to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.analysis.clustering import Clustering, cluster
    from taskscape.analysis.naming import ClusterName, name_clusters
    from taskscape.analysis.projection import Projection, project

_HOMES = {
    "ClusterName": "taskscape.analysis.naming",
    "Clustering": "taskscape.analysis.clustering",
    "Projection": "taskscape.analysis.projection",
    "cluster": "taskscape.analysis.clustering",
    "name_clusters": "taskscape.analysis.naming",
    "project": "taskscape.analysis.projection",
}

__all__ = ["ClusterName", "Clustering", "Projection", "cluster", "name_clusters", "project"]

__getattr__ = loader(__name__, _HOMES)
