"""Whether a comparison sees what is known: halves of one file are nearest, planted rows are found, POT agrees.

    python -m benchmarks.compare DATA/instructions DATA/ieb [--seed 0]

Every file with 150 rows or more is cut into two random halves, which are compared as sets of their own: printed is, for
each half, how far its other half is, and the next set; over ten such cuts, how often another set is nearer by the
energy distance, by the same with its usual bias, and by the Wasserstein distance (two cuts). Then 20 rows of GSM8K's
test set are planted in its training set and in a set of another kind, half of them as they are and half changed in
capitals, spacing, punctuation or by a polite frame (`benchmarks.planted`); printed is how many are found, and how many
rows that were not planted.
``pip install POT``: the same distances by `ot.emd2` come first.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import taskscape
from benchmarks.planted import POLITE, cosmetic
from taskscape.analysis.comparison.distances import energy_squared, mean_between, mean_within
from taskscape.analysis.comparison.pairwise import Sampled, common_histograms

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 150  # rows of a file that is halved
PLANTED = 20
SAMPLE = 2000  # rows of each half, at most, as in `taskscape.compare`
CUTS = 10  # times that the files are halved


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


def half_distances(cut: dict[str, NDArray[np.float16]], seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the squared energy distances of all halves, without bias as `taskscape.compare` does and with it."""
    rows = [Sampled.of(half, SAMPLE, seed).rows for half in cut.values()]
    within = [mean_within(half) for half in rows]
    unbiased = np.full((len(cut), len(cut)), np.inf)
    biased = unbiased.copy()
    for pair in combinations(range(len(cut)), 2):
        between = mean_between(*(rows[place] for place in pair))
        unbiased[pair] = unbiased[pair[::-1]] = energy_squared(between, *(within[place] for place in pair))
        extra = sum(within[place] / len(rows[place]) for place in pair)
        biased[pair] = biased[pair[::-1]] = unbiased[pair] + extra
    return unbiased, biased


def transport_distances(cut: dict[str, NDArray[np.float16]], seed: int) -> NDArray[np.float64]:
    """Give the Wasserstein distances of all halves."""
    histograms = common_histograms(list(cut.values()), seed)
    found = np.full((len(cut), len(cut)), np.inf)
    for pair in combinations(range(len(cut)), 2):
        found[pair] = found[pair[::-1]] = histograms.distance(*pair)
    return found


def strangers(distances: NDArray[np.float64], names: list[str]) -> Counter[tuple[str, str]]:
    """Count the halves whose nearest set is no half of the same file, by the two files."""
    nearest = distances.argmin(axis=1).tolist()
    wrong = [place for place, found in enumerate(nearest) if found != place ^ 1]  # halves of a file stand side by side
    return Counter((names[place][:-2], names[nearest[place]][:-2]) for place in wrong)


def print_halves(sets: dict[str, NDArray[np.float16]], seed: int) -> None:
    """Print for each half how far its other half is, and how often another set is nearer."""
    names: list[str] = []
    wrong: dict[str, Counter[tuple[str, str]]] = {}
    looked: Counter[str] = Counter()
    for number in range(seed, seed + CUTS):
        cut = halves(sets, number)
        names = list(cut)
        unbiased, biased = half_distances(cut, number)
        found = {"energy": unbiased, "energy, with its usual bias": biased}
        if number < seed + 2:
            found["Wasserstein"] = transport_distances(cut, number)
        for name, distances in found.items():
            wrong.setdefault(name, Counter()).update(strangers(distances, names))
            looked[name] += len(cut)
        if number == seed:
            _print_cut(unbiased, names)
    print("\n| distance | halves | another set is nearer | which |\n|---|---:|---:|---|")
    for name, pairs in wrong.items():
        which = "; ".join(f"{one} → {other} {count}" for (one, other), count in pairs.most_common())
        print(f"| {name} | {looked[name]} | {pairs.total()} | {which} |")


def _print_cut(squared: NDArray[np.float64], names: list[str]) -> None:
    print("\nSquared energy distance:\n\n| half | its other half | next nearest | |\n|---|---:|---:|---|")
    for place, name in enumerate(names):
        twin = place ^ 1
        others = [other for other in range(len(names)) if other not in (place, twin)]
        following = min(others, key=lambda other: squared[place, other])
        print(f"| {name} | {squared[place, twin]:.4f} | {squared[place, following]:.4f} | {names[following]} |")


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
