"""Weight of the page of a map, and the time to make it: ``python benchmarks/page.py [FILE]``.

The texts are real, since they decide the weight; places, 145 clusters and tasks are drawn at random, which compresses
worse than real ones.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from taskscape import Task
from taskscape.report.page import render_page
from taskscape.report.summary import ClusterSummary, summarise

DEFAULT = Path(__file__).resolve().parents[2] / "shared/data/ieb/eft_train_unsup.json"
CLUSTERS, TASKS = 145, 1000


def main(path: Path) -> None:
    """Print the weight and the times for the texts of a JSON array."""
    texts: list[str] = json.loads(path.read_text(encoding="utf-8"))
    n = len(texts)
    random = np.random.default_rng(0)
    clusters: list[ClusterSummary] = [
        {"name": texts[at][:60], "size": n // CLUSTERS, "terms": texts[at].split()[:8], "typical": list(range(5))}
        for at in range(CLUSTERS)
    ]
    start = time.perf_counter()
    summary = summarise(
        title=path.name,
        texts=texts,
        rows=np.arange(n),
        coordinates=random.normal(size=(n, 2)).astype(np.float32),
        labels=random.integers(0, CLUSTERS, n).astype(np.int32),
        clusters=clusters,
        tasks=[Task(f"verb{task % 40}", f"noun{task}") for task in random.integers(0, TASKS, n)],
        encoder="default",
        source=path.name,
        recognised="texts in a JSON array",
    )
    summarised = time.perf_counter()
    page = render_page(summary)
    rendered = time.perf_counter()
    print(f"{n:,} rows: page {len(page.encode()) / 1e6:.2f} MB,", end=" ")
    print(f"summary {summarised - start:.2f} s, page {rendered - summarised:.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
