"""Batches for contrastive training: a few examples each of many tasks, tasks that share a verb or a noun together.

Why: a batch whose tasks are unrelated is told apart by topic alone. When ``write|poem``, ``write|letter`` and
``analyse|poem`` stand in one batch, the verb and the noun both have to be read. Sources of different nature (task
labels, user intents, generated families) each get their share of every batch.

The price: some 100 µs a batch; the same seed gives the same batches, so a run that is resumed sees what it would have
seen.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_RELATIVES = 2  # tasks that share the verb, that share the noun, and that are near, drawn with each task
_FULL = 30  # examples beyond which a task is not drawn more often


def words_of(task: str) -> tuple[str, str]:
    """Verb and noun of a label's first alternative; a label of another form is its own verb, with no noun."""
    verb, _, noun = task.partition("##")[0].partition("|")
    return verb, noun


@dataclass
class Share:
    """The rows of one source and its part of every batch.

    Parameters
    ----------
    rows
        Row numbers of the training set.
    tasks
        Task of each of them.
    draw
        Examples of it in a batch.
    each
        Examples of one task in a batch.
    related
        Draw tasks together that share a verb or a noun.
    near
        Task → other tasks that are hard to tell from it, to be drawn together with it.
    """

    rows: Sequence[int]
    tasks: Sequence[str]
    draw: int
    each: int = 2
    related: bool = True
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _members: dict[str, list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        members: dict[str, list[int]] = defaultdict(list)
        for row, task in zip(self.rows, self.tasks, strict=True):
            members[task].append(row)
        self._members = {task: found for task, found in sorted(members.items()) if len(found) >= self.each}
        self._names = list(self._members)
        self._weights = [min(len(found), _FULL) ** 0.5 for found in self._members.values()]
        self._by_word: dict[tuple[int, str], list[str]] = defaultdict(list)
        for task in self._names if self.related else ():
            for place, word in enumerate(words_of(task)):
                self._by_word[place, word].append(task)

    def sample(self, rng: random.Random) -> list[int]:
        """Draw row numbers: `draw` of them, or fewer where there are not enough tasks."""
        wanted = min(self.draw // self.each, len(self._names))
        chosen: dict[str, None] = {}
        while len(chosen) < wanted:
            task = rng.choices(self._names, self._weights)[0]
            for name in (task, *self._relatives(task, rng)):
                if len(chosen) < wanted:
                    chosen[name] = None
        return [row for task in chosen for row in rng.sample(self._members[task], self.each)]

    def _relatives(self, task: str, rng: random.Random) -> list[str]:
        pool = [name for name in self.near.get(task, ()) if name in self._members]
        found = rng.sample(pool, min(_RELATIVES, len(pool)))
        if self.related:
            for place, word in enumerate(words_of(task)):
                pool = self._by_word[place, word]
                found += rng.sample(pool, min(_RELATIVES, len(pool)))
        return found


@dataclass
class Groups:
    """Rows that only make sense together, drawn group by group, and their part of every batch.

    Parameters
    ----------
    groups
        Row numbers of each group.
    draw
        Texts of it in a batch, at most.
    """

    groups: Sequence[Sequence[int]]
    draw: int

    def sample(self, rng: random.Random) -> list[int]:
        """Draw whole groups until the part is full."""
        chosen: list[int] = []
        for group in rng.sample(range(len(self.groups)), min(self.draw // 2, len(self.groups))):
            if len(chosen) + len(self.groups[group]) > self.draw:
                break
            chosen += self.groups[group]
        return chosen


class TaskBatches:
    """All batches of one run; iterating twice gives the same ones.

    Parameters
    ----------
    shares
        Sources with their parts.
    steps
        Number of batches.
    seed
        Which batches.
    """

    def __init__(self, shares: Sequence[Share | Groups], *, steps: int, seed: int) -> None:
        self.shares = list(shares)
        self.steps = steps
        self.seed = seed

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[int]]:
        rng = random.Random(self.seed)
        for _ in range(self.steps):
            yield [row for share in self.shares for row in share.sample(rng)]
