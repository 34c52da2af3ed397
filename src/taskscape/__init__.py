"""taskscape: instruction data, read by the task that each instruction asks for.

Public names are loaded on first use, so that ``import taskscape`` stays quick and loads no heavy package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.analysis.clustering.cluster_names import name_clusters
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
    from taskscape.encoders.base import Encoder, load_encoder
    from taskscape.errors import TaskscapeError
    from taskscape.integrations.scikit_learn import TaskEmbedder
    from taskscape.records.dataset import Dataset
    from taskscape.records.reader import open_dataset
    from taskscape.records.writer import write_dataset
    from taskscape.report.task_map import TaskMap, map_page
    from taskscape.tasks.label import Kind, Task
    from taskscape.tasks.labelling import label
    from taskscape.vectors.embedding import embed
    from taskscape.vectors.store import Store

# Public name → the module that defines it.
_HOMES = {
    "Blend": "taskscape.analysis.retrieval.blending",
    "Clustering": "taskscape.analysis.clustering.result",
    "Comparison": "taskscape.analysis.comparison.result",
    "Dataset": "taskscape.records.dataset",
    "Duplicates": "taskscape.analysis.deduplication.deciding",
    "Encoder": "taskscape.encoders.base",
    "Estimate": "taskscape.analysis.compression.tiny_benchmark",
    "Kind": "taskscape.tasks.label",
    "Matches": "taskscape.analysis.retrieval.result",
    "Projection": "taskscape.analysis.projection",
    "Ranking": "taskscape.analysis.compression.tiny_benchmark",
    "Selection": "taskscape.analysis.selection.result",
    "Store": "taskscape.vectors.store",
    "Task": "taskscape.tasks.label",
    "TaskEmbedder": "taskscape.integrations.scikit_learn",
    "TaskMap": "taskscape.report.task_map",
    "TaskscapeError": "taskscape.errors",
    "TinyBenchmark": "taskscape.analysis.compression.tiny_benchmark",
    "cluster": "taskscape.analysis.clustering.grouping",
    "compress": "taskscape.analysis.compression.compressing",
    "compare": "taskscape.analysis.comparison.comparing",
    "dedup": "taskscape.analysis.deduplication.finding",
    "embed": "taskscape.vectors.embedding",
    "label": "taskscape.tasks.labelling",
    "load_encoder": "taskscape.encoders.base",
    "map_page": "taskscape.report.task_map",
    "name_clusters": "taskscape.analysis.clustering.cluster_names",
    "open_dataset": "taskscape.records.reader",
    "project": "taskscape.analysis.projection",
    "retrieve": "taskscape.analysis.retrieval.retrieving",
    "select": "taskscape.analysis.selection.selecting",
    "write_dataset": "taskscape.records.writer",
}

__all__ = [
    "Blend",
    "Clustering",
    "Comparison",
    "Dataset",
    "Duplicates",
    "Encoder",
    "Estimate",
    "Kind",
    "Matches",
    "Projection",
    "Ranking",
    "Selection",
    "Store",
    "Task",
    "TaskEmbedder",
    "TaskMap",
    "TaskscapeError",
    "TinyBenchmark",
    "cluster",
    "compare",
    "compress",
    "dedup",
    "embed",
    "label",
    "load_encoder",
    "map_page",
    "name_clusters",
    "open_dataset",
    "project",
    "retrieve",
    "select",
    "write_dataset",
]

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
