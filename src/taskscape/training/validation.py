"""Validation on held-out tasks: cluster them, see whether the clusters are the tasks.

The figure is IEB's ICT ARI on tasks that training never saw, which is what the model is for; the nearest neighbour's
task is given beside it because it moves before the clusters do. The price: encoding the held-out texts and one k-means,
a few seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sentence_transformers.base.evaluation import BaseEvaluator

from taskscape.analysis.measures import agreement, kmeans_groups, precision_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def clustering_agreement(embeddings: NDArray[np.float32], tasks: Sequence[str], *, seed: int = 0) -> float:
    """Give the adjusted Rand index between k-means (k = number of tasks) and the tasks; 1 is perfect, 0 is chance."""
    return agreement(tasks, kmeans_groups(embeddings, len(set(tasks)), seed=seed, starts=2)).ari


def neighbour_precision(embeddings: NDArray[np.float32], tasks: Sequence[str]) -> float:
    """Share of texts whose nearest neighbour has their task, among those whose task has another text; 0 to 1."""
    return precision_at(embeddings, tasks, (1,), paired_only=True)[0]


class TaskValidation(BaseEvaluator):  # type: ignore[misc]  # the base is untyped here
    """Evaluator of sentence-transformers' trainer.

    Parameters
    ----------
    texts, tasks
        Held-out examples.
    batch
        Texts encoded at a time.
    """

    def __init__(self, texts: Sequence[str], tasks: Sequence[str], *, batch: int = 128) -> None:
        super().__init__()
        self.texts = list(texts)
        self.tasks = list(tasks)
        self.batch = batch
        self.primary_metric = "ict_ari"

    def __call__(self, model: Any, *_: Any, **__: Any) -> dict[str, float]:
        """Embed and measure."""
        vectors = model.encode(
            self.texts, batch_size=self.batch, show_progress_bar=False, normalize_embeddings=True, convert_to_numpy=True
        )
        embeddings = np.asarray(vectors, dtype=np.float32)
        return {
            "ict_ari": clustering_agreement(embeddings, self.tasks),
            "precision_at_1": neighbour_precision(embeddings, self.tasks),
        }
