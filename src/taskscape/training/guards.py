"""Guards against leaks: nothing that a test asks may have been trained on.

Two rules. No training text occurs in a test file (compared in lower case, with single blanks and without marks at the
ends), and no task of a test, by any of its ``##`` alternatives, is among the training labels. A guard refuses and names
the first offenders; it never drops rows silently, because a leak means that something else went wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskscape.errors import DataError
from taskscape.training.pairs import plain, read_examples

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from taskscape.training.pairs import Example

_NAMED = 3  # offenders named in the message


@dataclass(frozen=True, slots=True)
class TestSet:
    """What a test holds: its texts as they are compared, and every alternative of its tasks."""

    __test__ = False  # the name is no pytest class

    texts: frozenset[str]
    tasks: frozenset[str]

    def touches(self, example: Example) -> bool:
        """Tell whether an example has a text or a task of the test."""
        return plain(example.text) in self.texts or not self.tasks.isdisjoint(example.task.split("##"))


def read_test_sets(paths: Iterable[Path]) -> TestSet:
    """Read test files in IEB's form or of labelled rows.

    Raises
    ------
    DataError
        A file has no labels.
    """
    texts: set[str] = set()
    tasks: set[str] = set()
    for path in paths:
        examples = read_examples(path)
        if examples is None:
            raise DataError(f"{path}: no labels there, so it cannot guard against leaks. Give a file in IEB's form.")
        texts.update(plain(example.text) for example in examples)
        tasks.update(alternative for example in examples for alternative in example.task.split("##"))
    return TestSet(frozenset(texts), frozenset(tasks))


def refuse_leaks(examples: Iterable[Example], test: TestSet) -> None:
    """Raise if a test text or a test task is among the training examples.

    Raises
    ------
    DataError
        Names how many rows leak and the first of them.
    """
    texts: list[str] = []
    tasks: dict[str, int] = {}
    for row, example in enumerate(examples):
        if plain(example.text) in test.texts:
            texts.append(f"row {row}: {example.text[:60]!r}")
        if not test.tasks.isdisjoint(example.task.split("##")):
            tasks[example.task] = tasks.get(example.task, 0) + 1
    if texts:
        raise DataError(f"{len(texts)} training texts occur in a test file ({'; '.join(texts[:_NAMED])}). Remove them.")
    if tasks:
        named = ", ".join(list(tasks)[:_NAMED])
        raise DataError(
            f"{len(tasks)} tasks of a test are among the training labels ({named}; {sum(tasks.values())} rows). "
            "Remove them."
        )
