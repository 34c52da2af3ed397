"""Analyses: pure functions over arrays, with frozen results. No file is read, nothing is printed, seeds are given.

Names are loaded on first use, for faiss and scikit-learn take time to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.analysis.clustering.cluster_names import ClusterName, name_clusters
    from taskscape.analysis.clustering.grouping import cluster
    from taskscape.analysis.clustering.result import Clustering
    from taskscape.analysis.comparison.comparing import compare
    from taskscape.analysis.comparison.result import Comparison
    from taskscape.analysis.compression.compressing import compress
    from taskscape.analysis.compression.tiny_benchmark import Estimate, Ranking, TinyBenchmark
    from taskscape.analysis.deduplication.deciding import Duplicates
    from taskscape.analysis.deduplication.finding import dedup
    from taskscape.analysis.projection import Projection, project
    from taskscape.analysis.retrieval.blending import Blend
    from taskscape.analysis.retrieval.result import Matches
    from taskscape.analysis.retrieval.retrieving import retrieve
    from taskscape.analysis.selection.result import Selection
    from taskscape.analysis.selection.selecting import select

_HOMES = {
    "Blend": "taskscape.analysis.retrieval.blending",
    "ClusterName": "taskscape.analysis.clustering.cluster_names",
    "Clustering": "taskscape.analysis.clustering.result",
    "Comparison": "taskscape.analysis.comparison.result",
    "Duplicates": "taskscape.analysis.deduplication.deciding",
    "Estimate": "taskscape.analysis.compression.tiny_benchmark",
    "Matches": "taskscape.analysis.retrieval.result",
    "Projection": "taskscape.analysis.projection",
    "Ranking": "taskscape.analysis.compression.tiny_benchmark",
    "Selection": "taskscape.analysis.selection.result",
    "TinyBenchmark": "taskscape.analysis.compression.tiny_benchmark",
    "cluster": "taskscape.analysis.clustering.grouping",
    "compress": "taskscape.analysis.compression.compressing",
    "compare": "taskscape.analysis.comparison.comparing",
    "dedup": "taskscape.analysis.deduplication.finding",
    "name_clusters": "taskscape.analysis.clustering.cluster_names",
    "project": "taskscape.analysis.projection",
    "retrieve": "taskscape.analysis.retrieval.retrieving",
    "select": "taskscape.analysis.selection.selecting",
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
