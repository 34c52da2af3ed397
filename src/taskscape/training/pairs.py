"""What is trained on: labelled examples, checked, split by task, and turned into positives and hard negatives.

Why apart from the trainer: everything that can be wrong with training data is found here, before any step runs and
before torch is loaded. The price: one pass over the texts.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taskscape.errors import DataError
from taskscape.training.sampling import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Span = tuple[int, int]


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


def read_examples(path: Path, *, field: str | None = None, label: str = "task") -> list[Example] | None:
    """Read labelled examples.

    Parameters
    ----------
    path
        A file in IEB's form (``{"verb|noun": {"samples": […]}}``), an IEB folder (its ``eft_train_sup.json``), or rows
        in any format that taskscape reads with a column of labels.
    field
        Where the instruction stands in a row, when it is not recognised.
    label
        Name of the column of labels.

    Returns
    -------
    list of Example or None
        None where the rows have no such column: they are unlabelled.

    Raises
    ------
    DataError
        A label has not the form ``verb|noun``; names the file and the row.
    """
    if path.is_dir() and (path / "eft_train_sup.json").is_file():
        path = path / "eft_train_sup.json"
    document = _ieb_document(path)
    if document is not None:
        return [
            Example(str(sample.get("instruction", "")), checked_label(task, path, task))
            for task, entry in document.items()
            for sample in entry["samples"]
        ]
    return _labelled_rows(path, field, label)


def _ieb_document(path: Path) -> dict[str, Any] | None:
    if path.suffix != ".json" or not path.is_file():
        return None
    with path.open("rb") as file:
        if file.read(64).lstrip()[:1] != b"{":
            return None
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return None
    entries = list(document.values())
    return (
        document
        if entries and all(isinstance(e, dict) and isinstance(e.get("samples"), list) for e in entries)
        else None
    )


def _labelled_rows(path: Path, field: str | None, label: str) -> list[Example] | None:
    """Rows of JSON lines or CSV with a column of labels."""
    rows = _plain_rows(path)
    if rows is None or not any(label in row for row in rows):
        return None
    examples = []
    for number, row in enumerate(rows, 1):
        text = next(
            (row[key] for key in (field, "instruction", "text", "prompt", "question") if key and key in row), None
        )
        if text is None:
            raise DataError(f"{path}, row {number}: no instruction; keys are {', '.join(map(str, row))}. Give --field.")
        spans = [tuple(row[key]) if row.get(key) else None for key in ("verb_span", "noun_span")]
        task = checked_label(str(row.get(label) or ""), path, f"row {number}")
        examples.append(Example(str(text), task, spans[0], spans[1], row.get("kind") or row.get("task_kind")))
    return examples


def _plain_rows(path: Path) -> list[dict[str, Any]] | None:
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as file:
            try:
                return [json.loads(line) for line in file if line.strip()]
            except ValueError as error:
                raise DataError(f"{path}: a line is no JSON ({error})") from error
    if path.suffix == ".json":
        document = json.loads(path.read_bytes())
        return [row for row in document if isinstance(row, dict)] if isinstance(document, list) else None
    if path.suffix == ".csv":
        import csv

        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    return None


def checked_label(task: str, path: Path, where: str) -> str:
    """Return a label as it is, if every alternative reads ``verb|noun``; DataError if not."""
    for alternative in task.split("##"):
        words = alternative.split("|")
        if len(words) != 2 or not all(word.strip() for word in words):
            raise DataError(f"{path}, {where}: the label {task!r} is not of the form verb|noun (write|poem).")
    return task


def supervise(examples: Iterable[Example], *, held_out: float = 0.1, seed: int = 0) -> Supervision:
    """Check examples and hold out whole tasks for validation.

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
        key = plain(example.text)
        if not key or key in seen:
            dropped += 1
            continue
        seen.add(key)
        kept.append(example)
    return kept, dropped


def _held_out(tasks: Sequence[str], share: float, seed: int) -> set[str]:
    """Tasks for validation: none if it is 0, at least two if that leaves two to train on; alternatives go together."""
    count = max(2, round(len(tasks) * share)) if share > 0 else 0
    if count == 0 or len(tasks) - count < 2:
        return set()
    chosen = set(random.Random(seed).sample(list(tasks), count))
    words = {alternative for task in chosen for alternative in task.split("##")}
    return {task for task in tasks if words.intersection(task.split("##"))}


def plain(text: str) -> str:
    """Text as it is compared: lower case, single blanks, no marks at either end."""
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
