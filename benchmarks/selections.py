"""What each method of selection keeps: ``python -m benchmarks.selections DATA [--size 0.05] [--labels LABELS]``.

Our methods see the `default` encoder's embeddings and tasks. Tasks are counted as the parser reads them (``tasks``, the
kept share of the worst task with 20 rows or more, ``worst``) and, beside, as the default encoder does (``own tasks``).
Coverage (cosine .8), radius and Vendi score are measured with the default encoder, radius and Vendi with MiniLM too.
Methods that draw are run with several seeds: mean, and ± half the range.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.subsets import FOREIGN, OURS, choose, read_corpus
from taskscape.analysis.selection.subset_figures import describe_subset

if TYPE_CHECKING:
    from benchmarks.subsets import Corpus

DRAWN = ("random", "kmeans", "k-center", "dpp", "k-means on MiniLM")  # a seed makes a difference
HEAD = ("method", "s", "tasks", "× random", "worst", "own tasks", "coverage", "radius", "Vendi", "radius, MiniLM",
        "Vendi, MiniLM")  # fmt: skip


def measure(name: str, corpus: Corpus, size: int, seed: int) -> list[float]:
    """Choose once and measure: the figures of `HEAD` without the name and the ratio."""
    start = time.perf_counter()
    kept = choose(name, corpus, size, seed)
    seconds = time.perf_counter() - start
    if len(kept) != size:
        print(f"({name} gave {len(kept):,} rows, not {size:,})")
    own = describe_subset(corpus.embeddings, kept, tasks=corpus.tasks.tolist())
    other = describe_subset(corpus.neutral, kept, tasks=corpus.truth.tolist())
    tasks, own_tasks, worst = other.tasks_kept or 0, own.tasks_kept or 0, other.worst_share or 0.0
    return [seconds, tasks, worst, own_tasks, own.coverage, own.radius, own.vendi, other.radius, other.vendi]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--size", type=float, default=0.05, help="share of the rows")
    parser.add_argument(
        "--labels", type=Path, help="rows with `task`, as taskscape label --labeller parser writes them"
    )
    parser.add_argument("--encoder", default="default")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", nargs="+", default=["random", *OURS, *FOREIGN])
    options = parser.parse_args()
    corpus = read_corpus(options.data, encoder=options.encoder, labels=options.labels)
    size = round(options.size * len(corpus))
    print(f"{size:,} of {len(corpus):,} rows, {len(set(corpus.truth)):,} tasks by the parser, "
          f"{len(set(corpus.tasks)):,} by {options.encoder}\n")  # fmt: skip
    print("| " + " | ".join(HEAD) + " |\n|---|" + "---:|" * (len(HEAD) - 1))
    by_chance = None
    for name in options.methods:
        runs = np.array([measure(name, corpus, size, seed) for seed in range(options.seeds if name in DRAWN else 1)])
        seconds, tasks, worst, own_tasks, coverage, radius, vendi, far, volume = runs.mean(axis=0)
        by_chance = tasks if by_chance is None else by_chance
        spread = f" ± {np.ptp(runs[:, 1]) / 2:.0f}" if len(runs) > 1 else ""
        cells = [
            f"{seconds:.1f}",
            f"{tasks:.0f}{spread}",
            f"{tasks / by_chance:.2f}",
            f"{worst:.1%}",
            f"{own_tasks:.0f}",
        ]
        cells += [f"{coverage:.1%}", f"{radius:.3f}", f"{vendi:.1f}", f"{far:.3f}", f"{volume:.1f}"]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
