"""Does the selection matter to a model that is trained on it: a classifier learns from 5 % chosen by each method.

    python -m benchmarks.downstream --ieb DATA [--labels LABELS] --intents CSV CSV [--size 0.05] [--seeds 5]

For each seed a dataset is split: a pool of 80 % of the rows, and 20 % that no method ever sees. Every method chooses
the same number of rows from the pool; a logistic regression learns from these rows to name the task, over a
representation that is frozen and not ours: MiniLM, and TF-IDF fitted on the pool. It is tested on all held-out rows,
also those of tasks that no chosen row has. Our methods choose by the default encoder's embeddings and by the tasks that
it reads; what is learned is the parser's tasks (IEB's training text) or intents that people wrote (banking77, hwu64).
No method sees these labels.

Printed are, as mean ± standard deviation over the seeds: accuracy (share of held-out rows), balanced accuracy (mean
over the tasks of their accuracy), and in how many seeds the method beat random in each. The method ``all`` learns from
the whole pool. The strength of regularisation is one for all.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.subsets import FOREIGN, OURS, choose, read_corpus

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from benchmarks.subsets import Corpus

HELD_OUT = 0.2
STRENGTH = 30.0  # scikit-learn's C: for random subsets between the best for TF-IDF (10) and for MiniLM (100)
METHODS = ("random", *(name for name in OURS if not name.startswith("deita")), *FOREIGN)


def representations(pool: Corpus, test: Corpus) -> dict[str, tuple[Any, Any]]:
    """Give the frozen representations of pool and test."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True)
    counts = words.fit_transform(pool.texts), words.transform(test.texts)
    return {"MiniLM": (pool.neutral, test.neutral), "TF-IDF": counts}


def learn(train: Any, labels: NDArray[np.str_], test: Any) -> NDArray[np.str_]:
    """Learn from some rows and name the task of others.

    A linear model with an L2 penalty lies in the span of its rows, so their n × n products are all it needs: the same
    solution as in the full space, at a fraction of the cost where there are fewer rows than columns.
    """
    from sklearn.linear_model import LogisticRegression

    if train.shape[0] < train.shape[1]:
        products = _dense(train @ train.T)
        values, vectors = np.linalg.eigh(products.astype(np.float64))
        kept = values > 1e-9 * values[-1]
        basis = vectors[:, kept] / np.sqrt(values[kept])
        train, test = products @ basis, _dense(test @ train.T) @ basis
    model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # many tasks for few rows; 300 steps are enough
        model.fit(train, labels)
    return np.asarray(model.predict(test))


def _dense(matrix: Any) -> NDArray[np.float32]:
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, np.float32)


def judge(found: NDArray[np.str_], truth: NDArray[np.str_]) -> tuple[float, float]:
    """Give accuracy and balanced accuracy."""
    right = found == truth
    _, codes = np.unique(truth, return_inverse=True)
    per_task = np.bincount(codes, weights=right) / np.bincount(codes)
    return float(right.mean()), float(per_task.mean())


def run(corpus: Corpus, share: float, seeds: int, methods: list[str]) -> dict[str, NDArray[np.float64]]:
    """Run all: method → figures, shape (seeds, 5): tasks seen, then two for each representation."""
    figures: dict[str, list[list[float]]] = {name: [] for name in methods}
    for seed in range(seeds):
        order = np.random.default_rng(1000 + seed).permutation(len(corpus))
        cut = round(HELD_OUT * len(corpus))
        pool, test = corpus.take(np.sort(order[cut:])), corpus.take(np.sort(order[:cut]))
        spaces = representations(pool, test)
        for name in methods:
            size = round(share * len(pool))
            rows = np.arange(len(pool)) if name == "all" else choose(name, pool, size, seed)
            line = [float(len(set(pool.truth[rows])))]
            for before, after in spaces.values():
                line += judge(learn(before[rows], pool.truth[rows], after), test.truth)
            figures[name].append(line)
            print(f"  seed {seed} {name}: " + " ".join(f"{value:.3f}" for value in line), file=sys.stderr)
    return {name: np.array(lines) for name, lines in figures.items()}


def report(title: str, figures: dict[str, NDArray[np.float64]]) -> None:
    """Print the table of one dataset."""
    print(f"\n{title}\n")
    print("| method | tasks seen | MiniLM: accuracy | balanced | TF-IDF: accuracy | balanced | beats random |")
    print("|---|---:|---:|---:|---:|---:|---|")
    base = figures["random"][:, 1:]
    for name, values in figures.items():
        means, spreads = values.mean(axis=0), values.std(axis=0, ddof=1)
        cells = [f"{means[0]:.0f}", *(f"{m:.3f} ± {s:.3f}" for m, s in zip(means[1:], spreads[1:], strict=True))]
        wins = (values[:, 1:] > base).sum(axis=0)
        cells.append("" if name == "random" else " ".join(f"{won}/{len(values)}" for won in wins))
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Print one table per dataset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ieb", type=Path, help="eft_train_unsup.json")
    parser.add_argument("--labels", type=Path, help="its rows with `task`, from taskscape label --labeller parser")
    parser.add_argument("--intents", type=Path, nargs="*", default=[], help="tables with `text` and `category`")
    parser.add_argument("--size", type=float, default=0.05, help="share of the pool")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--encoder", default="default")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    options = parser.parse_args()
    methods = list(dict.fromkeys(("random", *options.methods)))  # the others are held against it
    sets: list[tuple[Path, dict[str, Any]]] = [(options.ieb, {"labels": options.labels})] if options.ieb else []
    sets += [(path, {"by": "category"}) for path in options.intents]
    for path, reading in sets:
        corpus = read_corpus(path, encoder=options.encoder, **reading)
        size = round(options.size * (len(corpus) - round(HELD_OUT * len(corpus))))
        title = f"{path.name}: {size:,} rows chosen, {len(set(corpus.truth)):,} tasks, {options.seeds} seeds"
        report(title, run(corpus, options.size, options.seeds, methods))


if __name__ == "__main__":
    main()
