from __future__ import annotations

import random
from collections import Counter

from taskscape.training.sampling import Groups, Share, TaskBatches, words_of
from tests.training.tiny import examples


def test_each_task_of_a_batch_has_its_number_of_examples() -> None:
    made = examples()
    tasks = [e.task for e in made]
    for batch in TaskBatches([Share(range(len(made)), tasks, 12, each=3)], steps=20, seed=0):
        counts = Counter(tasks[row] for row in batch)
        assert set(counts.values()) == {3}
        assert len(batch) == len(set(batch)) == 12


def test_related_tasks_are_drawn_together() -> None:
    made = examples(tasks=36)
    tasks = [e.task for e in made]

    def shared(*, related: bool) -> int:
        found = 0
        for batch in TaskBatches([Share(range(len(made)), tasks, 8, related=related)], steps=50, seed=0):
            names = [words_of(name) for name in {tasks[row] for row in batch}]
            found += sum(a != b and (a[0] == b[0] or a[1] == b[1]) for a in names for b in names)
        return found

    assert shared(related=True) > 1.5 * shared(related=False)


def test_the_same_seed_gives_the_same_batches() -> None:
    made = examples()
    batches = TaskBatches([Share(range(len(made)), [e.task for e in made], 8)], steps=10, seed=4)
    assert list(batches) == list(batches)
    assert list(batches) != list(TaskBatches(batches.shares, steps=10, seed=5))


def test_more_texts_asked_for_than_there_are_tasks_ends() -> None:
    made = examples(tasks=3)
    assert len(Share(range(len(made)), [e.task for e in made], 100).sample(random.Random(0))) == 6


def test_groups_are_drawn_whole() -> None:
    groups = [[0, 1, 2, 3], [4, 5], [6, 7, 8, 9]]
    for batch in TaskBatches([Groups(groups, 8)], steps=20, seed=0):
        assert len(batch) <= 8
        assert all(set(group) <= set(batch) or set(group).isdisjoint(batch) for group in groups)


def test_single_texts_are_drawn_where_no_pairs_are_wanted() -> None:
    rows = range(10, 30)
    share = Share(rows, [str(row) for row in rows], 6, each=1, related=False)
    for batch in TaskBatches([share], steps=10, seed=0):
        assert len(set(batch)) == 6


def test_near_tasks_are_drawn_together() -> None:
    tasks = [name for name in ("card_lost", "card_late", "rate", "fee") for _ in range(4)]

    def together(near: dict[str, list[str]]) -> int:
        share = Share(range(len(tasks)), tasks, 4, related=False, near=near)
        drawn = [{tasks[row] for row in share.sample(random.Random(seed))} for seed in range(100)]
        assert all(len(found) == 2 for found in drawn)
        return sum(found == {"card_lost", "card_late"} for found in drawn)

    assert together({"card_lost": ["card_late", "unknown"], "card_late": ["card_lost"]}) > 2 * together({})
