"""Raw instruction data → an instruction embedding benchmark (IEB), by the pipeline of Li et al. (2024), section 3.

The stages are pure functions over lists of `Sample`; `build` runs them in the paper's order and counts what each one
left: read → label → complex sentences → rare tasks dropped → verified → synonyms merged → at most 100 a task → split by
task into EFT (to train and test embeddings) and IFT (for tuning), each into train and test whose tasks are disjoint →
pairs for the intention similarity test.

The language-model steps are optional: without a server, complex sentences keep the parser's label and are marked.

Price: linear in the samples except for labelling and merging, which dominate. Deterministic by seed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from taskscape.benchmark.samples import Sample, by_task, task_of
from taskscape.benchmark.similarity_pairs import Pair, draw_pairs
from taskscape.errors import DataError, UsageError
from taskscape.records.text_keys import text_key
from taskscape.tasks.label import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from taskscape.benchmark.review import Reviewer
    from taskscape.tasks.label import Task

    Labeller = Callable[[Sequence[str]], Sequence[Task]]
    Merger = Callable[[Mapping[str, int]], Mapping[str, str]]

FEWEST_TASKS = 8  # two for each of the four parts
RUN = 20  # tasks of similar size that are dealt out together


@dataclass(frozen=True)
class Settings:
    """How a benchmark is built; the defaults follow the paper's counts.

    Attributes
    ----------
    rare
        Tasks with fewer samples are dropped.
    cap
        Samples kept of one task.
    eft_share
        Share of the tasks that goes to EFT (in the published benchmark 415 of 1,353).
    test_share
        Share of the tasks of each split that is for its test (published: 145 of 415).
    pairs
        Pairs of the intention similarity test.
    positive_share
        Share of pairs with the same task (published: 1,504 of 2,496).
    sure
        A label below this confidence counts as complex.
    seed
        Same seed, same benchmark.
    """

    rare: int = 5
    cap: int = 100
    eft_share: float = 0.3
    test_share: float = 0.35
    pairs: int = 2500
    positive_share: float = 0.6
    sure: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        shares = {"eft_share": self.eft_share, "test_share": self.test_share, "positive_share": self.positive_share}
        for name, share in shares.items():
            if not 0 < share < 1:
                raise UsageError(f"{name} is {share}: it must lie between 0 and 1")
        if self.rare < 1 or self.cap < 1 or self.pairs < 0:
            raise UsageError("rare and cap must be at least 1, pairs at least 0")


@dataclass(frozen=True)
class Benchmark:
    """A built benchmark.

    Attributes
    ----------
    splits
        ``eft_train``, ``eft_test``, ``ift_train``, ``ift_test`` → samples.
    pairs
        The intention similarity test, drawn from the test tasks of EFT.
    stages
        Per stage: its name, samples and tasks after it.
    notes
        What a reader of the counts should know: requests that failed, complex sentences that kept their label.
    """

    splits: dict[str, list[Sample]]
    pairs: list[Pair]
    stages: list[tuple[str, int, int]]
    notes: list[str] = field(default_factory=list)


def drop_repeated(samples: Iterable[Sample]) -> list[Sample]:
    """Keep the first of samples whose instructions have the same key, and drop those without a letter or digit.

    A repeated instruction with another input is the same point for an embedding: it would only inflate the tests.
    """
    seen = {""}
    kept = []
    for sample in samples:
        key = text_key(sample.instruction)
        if key not in seen:
            seen.add(key)
            kept.append(sample)
    return kept


def label_samples(samples: Sequence[Sample], labeller: Labeller, *, sure: float) -> list[Sample]:
    """Label every sample; those whose label is less sure than `sure` are marked as complex."""
    tasks = labeller([sample.instruction for sample in samples])
    return [
        replace(sample, label=str(task), complex=task.confidence < sure)
        for sample, task in zip(samples, tasks, strict=True)
    ]


def drop_unlabelled(samples: Iterable[Sample]) -> list[Sample]:
    """Drop samples in which no verb or no noun was found: they name no task."""
    return [sample for sample in samples if NOTHING not in sample.label.split("|")]


def drop_rare(samples: Sequence[Sample], *, rare: int) -> list[Sample]:
    """Drop samples of tasks that have fewer than `rare` samples."""
    groups = by_task(samples)
    return [sample for sample in samples if len(groups[task_of(sample)]) >= rare]


def merge(samples: Sequence[Sample], merger: Merger) -> list[Sample]:
    """Give each sample the group of its label: the labels that mean the same task, joined by ``##``."""
    counts: dict[str, int] = defaultdict(int)
    for sample in samples:
        counts[sample.label] += 1
    groups = merger(counts)
    return [replace(sample, group=groups.get(sample.label, sample.label)) for sample in samples]


def cap(samples: Sequence[Sample], *, most: int, seed: int) -> list[Sample]:
    """Keep at most `most` samples of one task, drawn by seed, in their order."""
    rng = np.random.default_rng(seed)
    kept: set[int] = set()
    for members in by_task_positions(samples).values():
        chosen = members if len(members) <= most else rng.choice(members, most, replace=False)
        kept.update(int(position) for position in chosen)
    return [sample for position, sample in enumerate(samples) if position in kept]


def by_task_positions(samples: Iterable[Sample]) -> dict[str, list[int]]:
    """Collect the positions of samples under their task."""
    groups: dict[str, list[int]] = defaultdict(list)
    for position, sample in enumerate(samples):
        groups[task_of(sample)].append(position)
    return dict(groups)


def split(samples: Sequence[Sample], settings: Settings) -> dict[str, list[Sample]]:
    """Split by task into EFT and IFT and each into train and test, so that no task is in two places.

    Tasks are taken in order of size and dealt out within runs of neighbours, so that every part holds large and small
    tasks alike.

    Returns
    -------
    dict
        ``eft_train``, ``eft_test``, ``ift_train``, ``ift_test`` → samples in their order.

    Raises
    ------
    DataError
        There are fewer than `FEWEST_TASKS` tasks.
    """
    groups = by_task(samples)
    if len(groups) < FEWEST_TASKS:
        raise DataError(
            f"only {len(groups)} tasks are left, and a split needs {FEWEST_TASKS}. "
            f"Give more data, or drop fewer rare tasks (now those under {settings.rare} rows)."
        )
    shares = {
        "eft_train": settings.eft_share * (1 - settings.test_share),
        "eft_test": settings.eft_share * settings.test_share,
        "ift_train": (1 - settings.eft_share) * (1 - settings.test_share),
        "ift_test": (1 - settings.eft_share) * settings.test_share,
    }
    tasks = sorted(groups, key=lambda task: (-len(groups[task]), task))
    parts = _deal(tasks, shares, np.random.default_rng(settings.seed))
    result: dict[str, list[Sample]] = {name: [] for name in shares}
    for sample in samples:
        result[parts[task_of(sample)]].append(sample)
    return result


def _deal(tasks: Sequence[str], shares: Mapping[str, float], rng: np.random.Generator) -> dict[str, str]:
    """Give every task a part so that each run of neighbours is shared out as the whole is."""
    owed = dict.fromkeys(shares, 0.0)
    parts: dict[str, str] = {}
    for start in range(0, len(tasks), RUN):
        for task in rng.permutation(tasks[start : start + RUN]):
            for name, share in shares.items():
                owed[name] += share
            chosen = max(owed, key=lambda name: owed[name])
            owed[chosen] -= 1
            parts[str(task)] = chosen
    return parts


def build(
    samples: Sequence[Sample],
    settings: Settings,
    *,
    labeller: Labeller,
    merger: Merger,
    reviewer: Reviewer | None = None,
) -> Benchmark:
    """Run the whole pipeline.

    Parameters
    ----------
    samples
        As read, unlabelled.
    settings
        Thresholds, shares and seed.
    labeller
        Texts → tasks, such as `taskscape.label`.
    merger
        Label counts → the group of each label, such as `taskscape.tasks.synonyms.merge_synonyms`.
    reviewer
        A language model for complex sentences and for verification; None leaves both steps out.

    Returns
    -------
    Benchmark
        Splits, pairs, and the counts after every stage.

    Raises
    ------
    DataError
        Too little is left to split.
    EndpointError
        The reviewer's server is gone; its answers so far are on disk.
    """
    stages: list[tuple[str, int, int]] = []
    notes: list[str] = []

    def after(stage: str, left: list[Sample]) -> list[Sample]:
        stages.append((stage, len(left), len(by_task(left)) if left and left[0].label else 0))
        return left

    after("read", list(samples))
    left = after("repeated dropped", drop_repeated(samples))
    left = after("labelled", label_samples(left, labeller, sure=settings.sure))
    if reviewer is None:
        notes.append(
            f"{sum(s.complex for s in left):,} complex sentences kept the labeller's label: no language model."
        )
    else:
        left = after("complex relabelled", _relabel(left, reviewer, notes))
    left = after("unlabelled dropped", drop_unlabelled(left))
    left = after("rare tasks dropped", drop_rare(left, rare=settings.rare))
    if reviewer is not None:
        left = after("verified", _verify(left, reviewer, notes))
    left = after("synonyms merged", merge(left, merger))
    left = after("capped", cap(left, most=settings.cap, seed=settings.seed))
    splits = split(left, settings)
    for name, members in splits.items():
        after(name, members)
    return Benchmark(
        splits,
        draw_pairs(splits["eft_test"], settings.pairs, positive_share=settings.positive_share, seed=settings.seed),
        stages,
        notes,
    )


def _relabel(samples: Sequence[Sample], reviewer: Reviewer, notes: list[str]) -> list[Sample]:
    positions = [position for position, sample in enumerate(samples) if sample.complex]
    items = [(samples[position].instruction, samples[position].label) for position in positions]
    answers, failures = reviewer.ask("label", items)
    relabelled = list(samples)
    for position, answer in zip(positions, answers, strict=True):
        if answer is not None:
            relabelled[position] = replace(samples[position], label="|".join(answer), complex=False)
    notes.append(
        f"{len(items) - answers.count(None):,} of {len(items):,} complex sentences were labelled by {reviewer.model}; "
        f"{len(failures):,} requests failed and kept the labeller's label."
    )
    return relabelled


def _verify(samples: Sequence[Sample], reviewer: Reviewer, notes: list[str]) -> list[Sample]:
    verdicts, failures = reviewer.ask("verify", [(s.instruction, s.label) for s in samples])
    notes.append(f"{len(failures):,} of {len(samples):,} labels could not be verified and were kept.")
    return [sample for sample, right in zip(samples, verdicts, strict=True) if right is not False]
