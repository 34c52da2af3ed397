"""Analyses: pure functions over arrays, with frozen results. No file is read, nothing is printed, seeds are given.

Names are loaded on first use, for faiss and scikit-learn take time to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.analysis.blending import Blend
    from taskscape.analysis.clustering import Clustering, cluster
    from taskscape.analysis.comparison import Comparison, compare
    from taskscape.analysis.compression import compress
    from taskscape.analysis.deduplication import Duplicates, dedup
    from taskscape.analysis.naming import ClusterName, name_clusters
    from taskscape.analysis.projection import Projection, project
    from taskscape.analysis.retrieval import Matches, retrieve
    from taskscape.analysis.selection import Selection, select
    from taskscape.analysis.tiny_benchmark import Estimate, Ranking, TinyBenchmark

_HOMES = {
    "Blend": "taskscape.analysis.blending",
    "ClusterName": "taskscape.analysis.naming",
    "Clustering": "taskscape.analysis.clustering",
    "Comparison": "taskscape.analysis.comparison",
    "Duplicates": "taskscape.analysis.deduplication",
    "Estimate": "taskscape.analysis.tiny_benchmark",
    "Matches": "taskscape.analysis.retrieval",
    "Projection": "taskscape.analysis.projection",
    "Ranking": "taskscape.analysis.tiny_benchmark",
    "Selection": "taskscape.analysis.selection",
    "TinyBenchmark": "taskscape.analysis.tiny_benchmark",
    "cluster": "taskscape.analysis.clustering",
    "compress": "taskscape.analysis.compression",
    "compare": "taskscape.analysis.comparison",
    "dedup": "taskscape.analysis.deduplication",
    "name_clusters": "taskscape.analysis.naming",
    "project": "taskscape.analysis.projection",
    "retrieve": "taskscape.analysis.retrieval",
    "select": "taskscape.analysis.selection",
}

__all__ = [
    "Blend",
    "ClusterName",
    "Clustering",
    "Comparison",
    "Duplicates",
    "Estimate",
    "Matches",
    "Projection",
    "Ranking",
    "Selection",
    "TinyBenchmark",
    "cluster",
    "compare",
    "compress",
    "dedup",
    "name_clusters",
    "project",
    "retrieve",
    "select",
]

__getattr__ = loader(__name__, _HOMES)
