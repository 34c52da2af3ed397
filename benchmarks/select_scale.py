"""Time and memory of a selection among many rows: ``python -m benchmarks.select_scale ROWS [METHOD] [--size 0.05]``.

The rows are made up: 2,000 groups in 384 dimensions, float16 as in a store, each group a task.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import TYPE_CHECKING

import numpy as np

from taskscape import select
from taskscape.analysis.selection.selecting import METHODS

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS, DIMENSIONS, BLOCK = 2000, 384, 50_000


def made_up(n: int) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
    """Make rows about random centres, and the group of each."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(GROUPS, DIMENSIONS)).astype(np.float32)
    groups = random.integers(0, GROUPS, n)
    rows = np.empty((n, DIMENSIONS), np.float16)
    for start in range(0, n, BLOCK):
        here = groups[start : start + BLOCK]
        rows[start : start + BLOCK] = centres[here] + 0.7 * random.normal(size=(len(here), DIMENSIONS))
    return rows, groups


def main() -> None:
    """Select once and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("method", nargs="?", default="task-balanced", choices=METHODS)
    parser.add_argument("--size", type=float, default=0.05, help="share of the rows")
    options = parser.parse_args()
    rows, groups = made_up(options.rows)
    start, processor = time.perf_counter(), time.process_time()
    tasks = groups.astype(str).tolist() if options.method == "task-balanced" else None
    scores = np.arange(len(rows)) if options.method == "deita" else None
    found = select(rows, size=options.size, method=options.method, tasks=tasks, scores=scores)
    seconds, used = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{found}: {seconds:.0f} s, {used:.0f} s of processor time, {peak:.1f} GB at the peak")


if __name__ == "__main__":
    main()
