"""Whether a comparison sees what is known: halves of one file are nearest, planted rows are found, POT agrees.

    python -m benchmarks.compare DATA/instructions DATA/ieb [--seed 0]

Every file with 150 rows or more is cut into two random halves, which are compared as sets of their own: printed is, for
each half, its nearest set, and how much farther the next one is. Then 20 rows of GSM8K's test set are planted in its
training set and in a set of another kind, half of them as they are and half changed in capitals, spacing, punctuation
or by a polite frame (`benchmarks.planted`); printed is how many are found, and how many rows that were not planted.
``pip install POT``: the same distances by `ot.emd2` come first.
"""

from __future__ import annotations

import argparse
import random
import time
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import taskscape
from benchmarks.planted import POLITE, cosmetic
from taskscape.analysis.comparison.pairwise import common_histograms

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 150  # rows of a file that is halved
PLANTED = 20


def embedded(folders: list[str]) -> tuple[dict[str, NDArray[np.float16]], dict[str, Path]]:
    """Embed every file of some folders that holds instructions."""
    encoder = taskscape.load_encoder("default")
    found, paths = {}, {}
    for path in sorted(path for folder in folders for path in Path(folder).iterdir()):
        try:
            dataset = taskscape.open_dataset(path)
        except taskscape.TaskscapeError:
            continue  # pairs of instructions are no set of them
        found[path.name] = taskscape.embed(dataset, encoder=encoder).embeddings()
        paths[path.name] = path
    return found, paths


def halves(sets: dict[str, NDArray[np.float16]], seed: int) -> dict[str, NDArray[np.float16]]:
    """Cut each set in two."""
    cut = {}
    for name, rows in sets.items():
        if len(rows) >= LEAST:
            order = np.random.default_rng(seed).permutation(len(rows))
            middle = len(rows) // 2
            cut[f"{name} 1"], cut[f"{name} 2"] = rows[np.sort(order[:middle])], rows[np.sort(order[middle:])]
    return cut


def print_halves(sets: dict[str, NDArray[np.float16]], seed: int) -> None:
    """Print for each half what is nearest to it."""
    cut = halves(sets, seed)
    names = list(cut)
    histograms = common_histograms(list(cut.values()), seed)
    distances = np.zeros((len(cut), len(cut)))
    for one, other in combinations(range(len(cut)), 2):
        distances[[one, other], [other, one]] = histograms.distance(one, other)
    print("\n| half | its other half | next nearest | |\n|---|---:|---:|---|")
    right = 0
    for place, name in enumerate(names):
        twin = place ^ 1  # the halves of a file stand side by side
        others = [other for other in range(len(names)) if other not in (place, twin)]
        following = min(others, key=lambda other: distances[place, other])
        near, far = distances[place, twin], distances[place, following]
        right += near < far
        print(f"| {name} | {near:.3f} | {far:.3f} | {names[following]} |")
    print(f"\nnearest to its other half: {right} of {len(cut)}")


def print_planted(paths: dict[str, Path], seed: int) -> None:
    """Print how many planted rows are found, by ``dedup(against=…)``."""
    rng = random.Random(seed)
    encoder = taskscape.load_encoder("default")
    test = taskscape.open_dataset(paths["gsm8k_test.jsonl"]).texts()
    taken = rng.sample(range(len(test)), PLANTED)
    copies = []
    for number, row in enumerate(taken):
        text = test[row]
        changed = rng.choice(POLITE["report"][:4]).format(text) if number % 4 == 3 else cosmetic(text, rng)
        copies.append(text if number % 2 == 0 else changed)
    vectors = encoder.encode(test)
    print("\n| 20 rows of gsm8k_test in | rows | found | not planted, found | seconds |\n|---|---:|---:|---:|---:|")
    for name in ("gsm8k_train.jsonl", "code_alpaca.json", "eft_train_unsup.json"):
        train = taskscape.open_dataset(paths[name]).texts()
        for copy in copies:
            train.insert(rng.randrange(len(train)), copy)
        others = encoder.encode(train)
        start = time.perf_counter()
        found = taskscape.dedup(test, vectors, against=(train, others))
        seconds = time.perf_counter() - start
        right = int((~found.keep[taken]).sum())
        print(f"| {name} | {len(train):,} | {right} of {PLANTED} | {found.removed.size - right} | {seconds:.1f} |")


def print_pot(sets: dict[str, NDArray[np.float16]], seed: int) -> None:
    """Print how far our Wasserstein distances are from POT's on the same histograms."""
    import ot

    histograms = common_histograms(list(sets.values()), seed)
    pairs = list(combinations(range(len(sets)), 2))
    start = time.process_time()
    ours = [histograms.distance(*pair) for pair in pairs]
    middle = time.process_time()
    shares = histograms.counts / histograms.counts.sum(axis=1, keepdims=True)
    theirs = [ot.emd2(shares[one], shares[other], histograms.costs, numItermax=10**7) for one, other in pairs]
    end = time.process_time()
    apart = float(np.abs(np.array(ours) - np.array(theirs)).max())
    each = 1000 / len(pairs)
    print(
        f"POT: largest difference {apart:.1e} over {len(pairs)} pairs; processor time a pair: ours "
        f"{(middle - start) * each:.1f} ms, POT {(end - middle) * each:.1f} ms"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sets, paths = embedded(options.folders)
    print_pot(sets, options.seed)
    print_halves(sets, options.seed)
    print_planted(paths, options.seed)


if __name__ == "__main__":
    main()
