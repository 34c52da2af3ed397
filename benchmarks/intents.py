"""Prints what encoders reach on the intents of BANKING77 and HWU64 that training holds out (a third of each).

    python -m benchmarks.intents ../shared/data/intents default large static minilm

Development figures: choices were made on them. ARI is the mean over five seeds of k-means with k the number of intents;
P@1 the share of texts whose nearest neighbour has their intent.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from taskscape.analysis.measures import agreement, kmeans_groups, numbered, precision_at
from taskscape.encoders.base import load_encoder
from taskscape.training.sources import read_intents

SEEDS = range(5)
CAP = 30  # texts of each intent


def held_out(folder: Path) -> tuple[list[str], list[str]]:
    """Texts and intents, at most `CAP` texts of each intent, in an order by the seed."""
    _, examples = read_intents(folder)
    taken: dict[str, int] = {}
    kept = []
    for number in np.random.default_rng(0).permutation(len(examples)):
        example = examples[number]
        taken[example.task] = taken.get(example.task, 0) + 1
        if taken[example.task] <= CAP:
            kept.append(example)
    return [e.text for e in kept], [e.task for e in kept]


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the intent files")
    parser.add_argument("encoders", nargs="+")
    given = parser.parse_args()
    texts, intents = held_out(given.folder)
    labels = numbered(intents)
    table = Table("encoder", "ARI", "P@1", title=f"{len(texts)} texts of {labels.max() + 1} held-out intents")
    for name in given.encoders:
        embeddings = load_encoder(name).encode(texts)
        found = [agreement(labels, kmeans_groups(embeddings, labels.max() + 1, seed=seed)).ari for seed in SEEDS]
        (nearest,) = precision_at(embeddings, labels, (1,))
        table.add_row(name, f"{np.mean(found):.3f} ± {np.std(found, ddof=1):.3f}", f"{nearest:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
