"""The published files of the Instruction Embedding Benchmark (IEB), read and checked.

Only the two tests are read here: ``eft_test.json``, instructions under their tasks, and
``intention_similarity_test.json``, pairs of instructions with whether they ask for the same task.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

TASKS_FILE = "eft_test.json"
PAIRS_FILE = "intention_similarity_test.json"
SEPARATOR = "##"  # joins labels that the authors merged as synonyms


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts with the task of each.

    Attributes
    ----------
    texts
        Instructions.
    labels
        The task of each, as written in the file.
    """

    texts: list[str]
    labels: list[str]

    @property
    def tasks(self) -> int:
        """Number of different tasks."""
        return len(set(self.labels))


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """Pairs of texts with whether both ask for the same task.

    Attributes
    ----------
    first, second
        The instructions.
    same
        bool ``(n,)``.
    tasks
        The tasks of both.
    """

    first: list[str]
    second: list[str]
    same: NDArray[np.bool_]
    tasks: list[tuple[str, str]]

    def unseen(self, seen: Collection[str]) -> NDArray[np.bool_]:
        """Tell which pairs have two tasks of which training saw no name.

        Parameters
        ----------
        seen
            Tasks of the training set; ``##`` joins names of one task.

        Returns
        -------
        ndarray
            bool ``(n,)``.
        """
        names = {name for task in seen for name in task.split(SEPARATOR)}
        return np.array([names.isdisjoint(SEPARATOR.join(pair).split(SEPARATOR)) for pair in self.tasks], dtype=bool)


@dataclass(frozen=True, slots=True)
class Ieb:
    """Both tests.

    Attributes
    ----------
    labelled
        For the instruction clustering test (ICT).
    pairs
        For the instruction intention similarity test (IIS); None where there are only labelled texts.
    """

    labelled: LabelledTexts
    pairs: LabelledPairs | None = None


def read_ieb(folder: str | Path) -> Ieb:
    """Read both tests.

    Parameters
    ----------
    folder
        Folder with the published files.

    Returns
    -------
    Ieb
        The tests.

    Raises
    ------
    DataError
        A file is missing or not in the published form.
    """
    folder = Path(folder)
    return Ieb(read_labelled(folder / TASKS_FILE), read_pairs(folder / PAIRS_FILE))


def read_labelled(path: Path) -> LabelledTexts:
    """Read a file of the form ``{"verb|noun": {"samples": [{"instruction": …}]}}``.

    Raises
    ------
    DataError
        The file is missing or not in this form; says where.
    """
    tasks = _load(path)
    if not isinstance(tasks, dict) or not tasks:
        raise DataError(f"{path} holds no tasks: expected an object {{task: {{'samples': [...]}}}}.")
    texts, labels = [], []
    for task, entry in tasks.items():
        samples = entry.get("samples") if isinstance(entry, dict) else None
        if not isinstance(samples, list):
            raise DataError(f"{path}, task {task!r}: no list `samples`.")
        for number, sample in enumerate(samples):
            texts.append(_text(sample, "instruction", f"{path}, task {task!r}, sample {number}"))
            labels.append(task)
    return LabelledTexts(texts, labels)


def read_pairs(path: Path) -> LabelledPairs:
    """Read a file of the form ``[{"instruction1", "intention1", "instruction2", "intention2", "label"}]``.

    Raises
    ------
    DataError
        The file is missing or not in this form; says where.
    """
    rows = _load(path)
    if not isinstance(rows, list) or not rows:
        raise DataError(f"{path} holds no pairs: expected a list of objects.")
    first, second, tasks, same = [], [], [], []
    for number, row in enumerate(rows):
        where = f"{path}, pair {number}"
        first.append(_text(row, "instruction1", where))
        second.append(_text(row, "instruction2", where))
        tasks.append((_text(row, "intention1", where), _text(row, "intention2", where)))
        if row.get("label") not in (0, 1):
            raise DataError(f"{where}: `label` is {row.get('label')!r}, not 0 or 1.")
        same.append(bool(row["label"]))
    return LabelledPairs(first, second, np.array(same), tasks)


def _load(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path} cannot be read. Put the published IEB files ({TASKS_FILE}, {PAIRS_FILE}) into {path.parent}, "
            "or get them with `taskscape ieb fetch`."
        ) from error
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path} is not JSON: {error}.") from error


def _text(row: Any, field: str, where: str) -> str:
    value = row.get(field) if isinstance(row, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: `{field}` is missing or empty.")
    return value
