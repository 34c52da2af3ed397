"""How far tiny benchmarks are off on models they have not seen, beside random items of the same number.

    python -m benchmarks.compress DATA [--protocol fifths family half simulated unscored]
        [--method auto curves anchors] [--encoder default]

DATA is a folder with ``alpaca_eval/preferences.json`` (805 items, 30 models). Models are left out of everything, the
choice of items included, and estimated from their scores on the chosen items:

- fifths: six models at a time, three times over
- family: all models of one maker at a time, for variants of a model are nearly copies
- half: fifteen models choose and fit, the other fifteen are estimated; and the other way round, three times
- simulated: 1,319 right or wrong answers of 40 and of 100 models by a two-parameter logistic law, a fifth left out
- unscored: items chosen by embeddings alone, all models estimated, mean over seeds; AlpacaEval and simulated answers

Prints, for 25, 50 and 100 items: mean absolute error of the estimated score; the same as a share of the error of the
plain mean of random items (400 draws); Spearman and Kendall correlation of the estimates with the true scores; share of
true scores within their 90 % intervals, and the intervals' mean width.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import kendalltau, spearmanr
from sklearn.linear_model import RidgeCV

from taskscape import compress, load_encoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from taskscape.analysis.compression.tiny_benchmark import TinyBenchmark

SIZES = (25, 50, 100)
DRAWS = 400
# Method of `compress` → what is made of its items: its own estimate, its plain weights, or ridge regression on them.
METHODS = {"auto": ("own", "plain weights"), "curves": ("own",), "anchors": ("own", "ridge")}
FAMILIES = ("FuseChat", "claude", "gpt-3.5", "gpt35", "gpt4", "vicuna", "openbuddy", "alpaca")


class Data(NamedTuple):
    """Scores (items, models) without gaps, embeddings and tasks of the items, and the models' families."""

    name: str
    scores: NDArray[np.float64]
    embeddings: NDArray[np.float32]
    tasks: list[str] | None
    families: list[str]


def alpaca_eval(folder: Path, encoder_name: str) -> Data:
    """Read the preferences, as win rates; two items have a gap, which their mean fills."""
    found = json.loads((folder / "alpaca_eval" / "preferences.json").read_text(encoding="utf8"))
    models = found["models"]
    scores = np.array([[np.nan if one is None else one - 1 for one in column] for column in models.values()]).T
    scores = np.where(np.isnan(scores), np.nanmean(scores, axis=1, keepdims=True), scores)
    encoder = load_encoder(encoder_name)
    tasks = None
    if hasattr(encoder, "encode_with_tasks"):
        embeddings, labels = encoder.encode_with_tasks(found["instructions"])
        tasks = [str(label) for label in labels]
    else:
        embeddings = encoder.encode(found["instructions"])
    families = [next((family for family in FAMILIES if name.startswith(family)), name) for name in models]
    return Data("AlpacaEval", scores, embeddings, tasks, families)


def simulated(models: int, items: int = 1319, seed: int = 0) -> Data:
    """Answers by a two-parameter logistic law: abilities N(.3, 1.2), slopes log-normal, difficulties N(0, 1.3)."""
    random = np.random.default_rng([seed, models])
    ability, slope = random.normal(0.3, 1.2, models), random.lognormal(0.1, 0.4, items)
    chance = 1 / (1 + np.exp(-slope[:, None] * (ability - random.normal(0, 1.3, items)[:, None])))
    scores = (random.random(chance.shape) < chance).astype(float)
    embeddings = random.normal(size=(items, 64)).astype(np.float32)  # they say nothing about difficulty
    return Data(f"simulated, {models} models", scores, embeddings, None, [str(model) for model in range(models)])


def splits(data: Data, protocol: str) -> Iterator[NDArray[np.int64]]:
    """Give the models to leave out together, one group after another."""
    m = data.scores.shape[1]
    random = np.random.default_rng(0)
    if protocol == "family":
        for family in sorted(set(data.families)):
            yield np.flatnonzero(np.array(data.families) == family)
    else:
        for _ in range(1 if protocol == "simulated" else 3):
            yield from np.array_split(random.permutation(m), 2 if protocol == "half" else 5)


class Outcome(NamedTuple):
    """Estimates of left-out models, their truth, and intervals where there are any."""

    estimates: list[float]
    truth: list[float]
    reach: list[float]


def estimate(data: Data, left_out: NDArray[np.int64], method: str, size: int) -> dict[str, list[tuple[float, float]]]:
    """Estimate models that were left out of everything: kind of estimate → pairs of estimate and half the interval."""
    rest = np.setdiff1d(np.arange(data.scores.shape[1]), left_out)
    known = data.scores[:, rest]
    tiny = compress(data.embeddings, size=size, scores=known, tasks=data.tasks, method=method)  # type: ignore[arg-type]
    asked = data.scores[np.ix_(tiny.indices, left_out)]
    found = {"own": [_both(tiny, column) for column in asked.T]}
    if "plain weights" in METHODS[method]:
        found["plain weights"] = [(float(tiny.weights @ column), np.nan) for column in asked.T]
    if "ridge" in METHODS[method]:
        ridge = RidgeCV(np.logspace(-3, 3, 13)).fit(known[tiny.indices].T, known.mean(axis=0))
        found["ridge"] = [(float(one), np.nan) for one in ridge.predict(asked.T)]
    return found


def _both(tiny: TinyBenchmark, scores: NDArray[np.float64]) -> tuple[float, float]:
    own = tiny.estimate(scores)
    return own.mean, max(own.high - own.mean, own.mean - own.low)


def random_items(scores: NDArray[np.float64], size: int) -> tuple[NDArray[np.float64], float, float]:
    """Give each model's mean absolute error by random items, and the mean correlations of ranks."""
    random = np.random.default_rng(0)
    truth = scores.mean(axis=0)
    means = np.array([scores[random.permutation(len(scores))[:size]].mean(axis=0) for _ in range(DRAWS)])
    ranks = [(spearmanr(one, truth)[0], kendalltau(one, truth)[0]) for one in means[:100]]
    return np.abs(means - truth).mean(axis=0), *np.mean(ranks, axis=0).tolist()


def measure(data: Data, protocol: str, methods: Sequence[str]) -> None:
    """Print the table of one protocol."""
    print(
        f"\n{data.name}, {protocol}\n\n"
        "| items | method | error | of random | Spearman | Kendall | in interval | width |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    truth = data.scores.mean(axis=0)
    groups = list(splits(data, protocol))
    asked = np.concatenate(groups)
    for size in SIZES:
        errors, spearman, kendall = random_items(data.scores, size)
        chance = errors[asked].mean()
        print(f"| {size} | random | {chance:.4f} | 1 | {spearman:.3f} | {kendall:.3f} | | |", flush=True)
        for method in methods:
            parts = [estimate(data, group, method, size) for group in groups]
            for kind in METHODS[method]:
                found, reach = np.array([pair for part in parts for pair in part[kind]]).T
                off = np.abs(found - truth[asked])
                ranks = f"{spearmanr(found, truth[asked])[0]:.3f} | {kendalltau(found, truth[asked])[0]:.3f}"
                sure = "| |" if np.isnan(reach).any() else f"{np.mean(off <= reach):.2f} | {2 * reach.mean():.3f} |"
                name = method if kind == "own" else f"{method}, {kind}"
                print(
                    f"| {size} | {name} | {off.mean():.4f} | {off.mean() / chance:.2f} | {ranks} | {sure}", flush=True
                )


def measure_unscored(data: Data) -> None:
    """Print the errors of items chosen by embeddings alone, over seeds."""
    print(f"\n{data.name}, without scores; in brackets: spread of single draws\n")
    print("| method | seeds | 25 | 50 | 100 |\n|---|---:|---:|---:|---:|")
    truth = data.scores.mean(axis=0)
    chance = {size: random_items(data.scores, size)[0].mean() for size in SIZES}
    kinds = (("balanced", data.tasks, 300), ("balanced", None, 300), ("medoids", data.tasks, 30))
    for method, tasks, seeds in kinds if data.tasks else kinds[1:]:
        cells = []
        for size in SIZES:
            off = []
            for seed in range(seeds):
                tiny = compress(data.embeddings, size=size, tasks=tasks, method=method, seed=seed)  # type: ignore[arg-type]
                off.append(np.abs(tiny.weights @ data.scores[tiny.indices] - truth).mean())
            ratios = np.array(off) / chance[size]
            cells.append(f"{ratios.mean():.3f} ± {ratios.std(ddof=1) / seeds**0.5:.3f} ({ratios.std(ddof=1):.2f})")
        name = f"{method}{', with tasks' if tasks else ''}"
        print(f"| {name} | {seeds} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Run the protocols that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    names = ["fifths", "family", "half", "simulated", "unscored"]
    parser.add_argument("--protocol", nargs="+", choices=names, default=names)
    parser.add_argument("--method", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--encoder", default="default")
    options = parser.parse_args()
    for protocol in options.protocol:
        if protocol == "simulated":
            for models in (40, 100):
                measure(simulated(models), protocol, options.method)
            continue
        data = alpaca_eval(options.data, options.encoder)
        if protocol == "unscored":
            measure_unscored(data)
            measure_unscored(simulated(40))
        else:
            measure(data, protocol, options.method)


if __name__ == "__main__":
    main()
