"""Pairs of instructions for the intention similarity test: same task, or different tasks, half of them hard.

A pair is hard when its tasks share the verb or the noun. Price: linear in the pairs, and quadratic in the tasks to find
those that share a word.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.benchmark.samples import SEPARATOR, Sample, by_task, task_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

PATIENCE = 1_000  # draws without a new pair, after which there are taken to be no more


@dataclass(frozen=True, slots=True)
class Pair:
    """Two instructions of the intention similarity test; `same` when their task is one."""

    instruction1: str
    intention1: str
    instruction2: str
    intention2: str
    same: bool


def draw_pairs(samples: Iterable[Sample], count: int, *, positive_share: float = 0.6, seed: int = 0) -> list[Pair]:
    """Draw the pairs of the intention similarity test.

    Parameters
    ----------
    samples
        Those of the test tasks of EFT.
    count
        Pairs wanted; fewer where the samples do not give so many.
    positive_share
        Share of the pairs whose task is the same, between 0 and 1.
    seed
        Same seed, same pairs.

    Returns
    -------
    list of Pair
        Shuffled, none twice. Of the pairs of different tasks half share the verb or the noun, as far as there are such.
    """
    rng = np.random.default_rng(seed)
    groups = by_task(samples)
    positives = round(count * positive_share)
    drawn = _draw(_same_task(groups, rng), positives)
    negatives = count - positives
    hard = _draw(_hard(groups, rng), negatives // 2)
    drawn |= hard
    drawn |= _draw(_any(groups, rng), negatives - len(hard), but=hard)
    pairs = [
        Pair(first.instruction, task_of(first), second.instruction, task_of(second), task_of(first) == task_of(second))
        for first, second in sorted(drawn, key=lambda pair: (pair[0].instruction, pair[1].instruction))
    ]
    return [pairs[int(position)] for position in rng.permutation(len(pairs))]


_Drawn = tuple[Sample, Sample]


def _draw(source: Iterable[_Drawn], count: int, but: Collection[_Drawn] = ()) -> set[_Drawn]:
    """Take `count` different pairs; gives up when none new has come for long, for there may be too few."""
    drawn: set[_Drawn] = set()
    idle = 0
    for pair in source:
        if len(drawn) >= count or idle > PATIENCE:
            break
        ordered = pair if pair[0].instruction <= pair[1].instruction else (pair[1], pair[0])
        idle = idle + 1 if ordered in drawn or ordered in but else 0
        if idle == 0:
            drawn.add(ordered)
    return drawn


def _same_task(groups: Mapping[str, Sequence[Sample]], rng: np.random.Generator) -> Iterator[_Drawn]:
    large = [members for members in groups.values() if len(members) > 1]
    while large:
        members = large[int(rng.integers(len(large)))]
        first, second = rng.choice(len(members), 2, replace=False)
        yield members[int(first)], members[int(second)]


def _hard(groups: Mapping[str, Sequence[Sample]], rng: np.random.Generator) -> Iterator[_Drawn]:
    words = {task: {word for label in task.split(SEPARATOR) for word in enumerate(label.split("|"))} for task in groups}
    alike = [(one, two) for one, two in itertools.combinations(groups, 2) if words[one] & words[two]]
    while alike:
        one, two = alike[int(rng.integers(len(alike)))]
        yield _pick(groups[one], rng), _pick(groups[two], rng)


def _any(groups: Mapping[str, Sequence[Sample]], rng: np.random.Generator) -> Iterator[_Drawn]:
    tasks = list(groups)
    while len(tasks) > 1:
        one, two = rng.choice(len(tasks), 2, replace=False)
        yield _pick(groups[tasks[int(one)]], rng), _pick(groups[tasks[int(two)]], rng)


def _pick(members: Sequence[Sample], rng: np.random.Generator) -> Sample:
    return members[int(rng.integers(len(members)))]
