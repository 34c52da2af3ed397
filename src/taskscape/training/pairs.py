"""What is trained on: labelled examples, checked, split by task, and turned into positives and hard negatives.

Why apart from the trainer: everything that can be wrong with training data is found here, before any step runs. The
price: two passes over the file.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from taskscape.errors import DataError
from taskscape.records.formats import find
from taskscape.records.text_keys import text_key
from taskscape.tasks.label import Kind
from taskscape.training.sampling import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from taskscape.records import Dataset

Span = tuple[int, int]
_IEB_FILE = "eft_train_sup.json"
_SPANS, _KIND = ("verb_span", "noun_span"), ("kind", "task_kind")  # fields
_KINDS = tuple(map(str, Kind))  # a tuple, for what stands in a row may have no hash


@dataclass(frozen=True, slots=True)
class Example:
    """One training text.

    Parameters
    ----------
    text
        The instruction.
    task
        Its label: ``verb|noun``, alternatives joined by ``##``; another string where the source has its own names
        (intents).
    verb_span, noun_span
        Character offsets of the label's words in the text, where they are known and there.
    kind
        Syntactic kind, one of ``VP``, ``SBARQ``, ``SQ``, ``Others``; None where unknown.
    label
        ``verb|noun`` of this very sentence, where the task is a family of many wordings; None where the task is the
        label.
    loose
        Texts of other sources may be of the same task under another name: no pair of the two is told apart.
    """

    text: str
    task: str
    verb_span: Span | None = None
    noun_span: Span | None = None
    kind: str | None = None
    label: str | None = None
    loose: bool = False

    @property
    def words(self) -> str:
        """The label that the task heads learn."""
        return self.label or self.task


@dataclass(frozen=True, slots=True)
class Supervision:
    """Training examples and those of the tasks held out for validation, with what was left out.

    Parameters
    ----------
    train, held_out
        Examples; no task is in both.
    dropped_tasks
        Tasks of one example, which have no positive.
    dropped_texts
        Empty texts and second copies of a text.
    """

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    dropped_tasks: int
    dropped_texts: int


def read_examples(
    path: Path, *, field: str | None = None, label: str = "task", notes: Callable[[str], None] | None = None
) -> list[Example] | None:
    """Read labelled examples.

    Parameters
    ----------
    path
        A file in IEB's form (``{"verb|noun": {"samples": […]}}``), an IEB folder (its ``eft_train_sup.json``), or rows
        in any form that `taskscape.open_dataset` reads with a field of labels. Their fields ``verb_span``,
        ``noun_span`` and ``kind`` are read too, where they are there.
    field
        Where the instruction stands in a row, when it is not recognised.
    label
        Name of the field of labels; IEB's form has its own.
    notes
        Told how many rows are bad; they are left out.

    Returns
    -------
    list of Example or None
        None where no row has such a field: they are unlabelled.

    Raises
    ------
    DataError
        There is no such file, none of its rows can be read, or a label has not the form ``verb|noun``; names the file
        and the row.
    """
    from taskscape.records import open_dataset

    if (path / _IEB_FILE).is_file():
        path = path / _IEB_FILE
    dataset = open_dataset(path, field=field)
    if not dataset.labelled:
        dataset = open_dataset(path, field=field, label=label)
    unlabelled = all(known is None for known in dataset.labels())
    if notes is not None and dataset.rejects.count:
        notes(f"{dataset.rejects.count:,} bad rows left out; the first: {next(iter(dataset.rejects))}")
    return None if unlabelled else list(_labelled_rows(dataset))


def _labelled_rows(dataset: Dataset) -> Iterator[Example]:
    for (row, file, record), text, label, *_ in dataset.good_rows(fields=(*_SPANS, *_KIND)):
        where = f"row {row:,}" if record.line is None else f"line {record.line:,} (row {row:,})"
        task = checked_label(label or "", file.path, where)
        verb, noun = (_span(find(record.value, name), text) for name in _SPANS)
        kinds = [find(record.value, name) for name in _KIND]
        yield Example(text, task, verb, noun, next((kind for kind in kinds if kind in _KINDS), None))


def _span(value: Any, text: str) -> Span | None:
    """Read a span; None where there is none within the text."""
    if not (isinstance(value, list) and len(value) == 2 and all(type(end) is int for end in value)):
        return None
    return (value[0], value[1]) if 0 <= value[0] < value[1] <= len(text) else None


def checked_label(task: str, path: Path, where: str) -> str:
    """Return a label as it is, if every alternative reads ``verb|noun``; DataError if not."""
    for alternative in task.split("##"):
        words = alternative.split("|")
        if len(words) != 2 or not all(word.strip() for word in words):
            raise DataError(f"{path}, {where}: the label {task!r} is not of the form verb|noun (write|poem).")
    return task


def supervise(examples: Iterable[Example], *, held_out: float = 0.1, seed: int = 0) -> Supervision:
    """Check examples and hold out whole tasks for validation.

    Tasks that share an alternative become one: ``##`` joins the names that one task has, so whoever shares a name is
    the same task, and neither its negative nor held out without it.

    Parameters
    ----------
    examples
        Labelled texts.
    held_out
        Share of the tasks that validate; at least two tasks, unless it is 0.
    seed
        Which tasks.

    Raises
    ------
    DataError
        Fewer than two tasks with two examples each are left, or none of the texts has words.
    """
    kept, dropped_texts = _distinct(examples)
    kept = _merged(kept)
    counts = Counter(example.task for example in kept)
    single = {task for task, count in counts.items() if count < 2}
    tasks = sorted(task for task in counts if task not in single)
    if len(tasks) < 2:
        raise DataError(
            f"training needs at least two tasks of two examples each; here are {len(tasks)} "
            f"({len(single)} tasks have one example, {dropped_texts} texts are empty or repeated)."
        )
    chosen = _held_out(tasks, held_out, seed)
    train = tuple(e for e in kept if e.task not in chosen and e.task not in single)
    validation = tuple(e for e in kept if e.task in chosen)
    return Supervision(train, validation, len(single), dropped_texts)


def _distinct(examples: Iterable[Example]) -> tuple[list[Example], int]:
    seen: set[str] = set()
    kept, dropped = [], 0
    for example in examples:
        key = text_key(example.text)
        if not key or key in seen:
            dropped += 1
            continue
        seen.add(key)
        kept.append(example)
    return kept, dropped


def _held_out(tasks: Sequence[str], share: float, seed: int) -> set[str]:
    """Tasks for validation: none if it is 0, at least two if that leaves two to train on."""
    count = max(2, round(len(tasks) * share)) if share > 0 else 0
    if count == 0 or len(tasks) - count < 2:
        return set()
    return set(random.Random(seed).sample(list(tasks), count))


def alternatives(task: str) -> list[str]:
    """Give the names that a task has, in the form in which names are compared: ``Write| poem`` is ``write|poem``."""
    names = ("|".join(" ".join(word.split()) for word in name.split("|")) for name in task.split("##"))
    return [name.casefold() for name in names]


def _merged(examples: Sequence[Example]) -> list[Example]:
    """Give tasks that share an alternative, also by way of others, one name; their own words stay for the heads."""
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := parents.setdefault(name, name)) != name:
            parents[name] = name = parents[parent]
        return name

    tasks = sorted({example.task for example in examples})
    for task in tasks:
        first, *others = alternatives(task)
        for other in others:
            parents[root(other)] = root(first)
    named: dict[str, str] = {}
    names = {task: named.setdefault(root(alternatives(task)[0]), task) for task in tasks}
    return [e if names[e.task] == e.task else replace(e, task=names[e.task], label=e.words) for e in examples]


def plain(text: str) -> str:
    """Text as the recipe compares it: lower case, single blanks, no marks at either end."""
    return " ".join(text.lower().split()).strip(" .?!:;\"'")


def triplets(examples: Sequence[Example], *, seed: int = 0) -> list[tuple[int, int, int]]:
    """Draw one positive and one hard negative for each example, as published.

    Parameters
    ----------
    examples
        Labelled texts.
    seed
        Which pairs.

    Returns
    -------
    list of tuple
        Row numbers ``(anchor, positive, negative)``: the positive has the same task, the negative shares the verb or
        the noun (any other task where no task does). Examples without a partner are left out.

    Notes
    -----
    Source: Li et al. (2024), section 4: supervised contrastive fine-tuning.
    """
    rng = random.Random(seed)
    members: dict[str, list[int]] = defaultdict(list)
    by_word: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row, example in enumerate(examples):
        members[example.task].append(row)
    for task in members:
        for place, word in enumerate(words_of(task)):
            by_word[place, word].append(task)
    found = []
    for row, example in enumerate(examples):
        partners = members[example.task]
        if len(partners) < 2:
            continue
        positive = rng.choice([other for other in partners if other != row])
        near = [
            task
            for place, word in enumerate(words_of(example.task))
            for task in by_word[place, word]
            if task != example.task
        ]
        others = near or [task for task in members if task != example.task]
        found.append((row, positive, rng.choice(members[rng.choice(others)])))
    return found
