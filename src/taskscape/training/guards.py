"""Guards against leaks: nothing that a test asks may have been trained on.

Two rules. No training text occurs in a test file, and no task of a test, by any of its ``##`` alternatives, is among
the training labels. Texts are compared by `taskscape.records.text_keys`, labels by
`taskscape.training.pairs.alternatives`: another case, other quotes or end marks make no other text. A guard refuses and
names the first offenders; it never drops rows silently, because a leak means that something else went wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskscape.encoders.base import digest
from taskscape.errors import DataError, FormatError
from taskscape.records.text_keys import text_key
from taskscape.training.pairs import alternatives, read_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from taskscape.training.pairs import Example

_NAMED = 3  # offenders named in the message


@dataclass(frozen=True, slots=True)
class TestSet:
    """What a test holds, as it is compared: the keys of its texts, and every alternative of its tasks."""

    __test__ = False  # the name is no pytest class

    texts: frozenset[str]
    tasks: frozenset[str]

    def digest(self) -> str:
        """Hash what it holds."""
        return digest(*(text.encode() for part in (self.texts, self.tasks) for text in (*sorted(part), "")))

    def touches(self, example: Example) -> bool:
        """Tell whether an example has a text or a task of the test."""
        return self.has_text(example) or self.has_task(example)

    def has_text(self, example: Example) -> bool:
        """Tell whether an example's text is one of the test."""
        return _compared(example.text) in self.texts

    def has_task(self, example: Example) -> bool:
        """Tell whether an example's task is one of the test."""
        return not self.tasks.isdisjoint(alternatives(example.task))


def read_test_sets(
    paths: Iterable[Path],
    *,
    field: str | None = None,
    label: str = "task",
    notes: Callable[[str], None] | None = None,
) -> TestSet:
    """Read test files in IEB's form or of labelled rows.

    Parameters
    ----------
    paths
        The files.
    field, label
        Where the instruction and the label stand in a row. The test may be of another form than the training data: a
        file without such a field is read by what is recognised, and its labels from ``task``.
    notes
        Told how many rows are bad.

    Raises
    ------
    DataError
        A file is not there or has no labels.
    """
    texts: set[str] = set()
    tasks: set[str] = set()
    for path in paths:
        examples = _read(path, field, label, notes)
        if examples is None:
            raise DataError(
                f"{path}: no row has a label in {label!r}, so it cannot guard against leaks. "
                "Give rows with that field, or a file in IEB's form."
            )
        texts.update(_compared(example.text) for example in examples)
        tasks.update(name for example in examples for name in alternatives(example.task))
    return TestSet(frozenset(texts), frozenset(tasks))


def _compared(text: str) -> str:
    """Give a text as it is compared; one without words as it stands."""
    return text_key(text) or text.strip()


def _read(path: Path, field: str | None, label: str, notes: Callable[[str], None] | None) -> list[Example] | None:
    try:
        found = read_examples(path, field=field, label=label, notes=notes)
    except FormatError:
        if field is None:
            raise
        return _read(path, None, label, notes)
    if found is None and label != "task":
        return read_examples(path, field=field)  # its bad rows are told already
    return found


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
        if test.has_text(example):
            texts.append(f"row {row}: {example.text[:60]!r}")
        if test.has_task(example):
            tasks[example.task] = tasks.get(example.task, 0) + 1
    if texts:
        raise DataError(f"{len(texts)} training texts occur in a test file ({'; '.join(texts[:_NAMED])}). Remove them.")
    if tasks:
        named = ", ".join(list(tasks)[:_NAMED])
        raise DataError(
            f"{len(tasks)} tasks of a test are among the training labels ({named}; {sum(tasks.values())} rows). "
            "Remove them."
        )
