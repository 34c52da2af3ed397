"""Is a folder of IEB files sound? Counts, repeated texts, and leaks between its splits.

An *error* makes a figure measured on the folder wrong: a test task or a test text that training has seen, a count that
does not agree. A *note* is something to know: the published files, too, repeat some texts within a split, and the pairs
of their similarity test have tasks that training saw.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from taskscape.benchmark.publication import KEYED_FILES, PAIRS_FILE, UNSUPERVISED_FILE
from taskscape.benchmark.samples import SEPARATOR
from taskscape.errors import DataError
from taskscape.records.text_keys import text_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SHOWN = 5  # examples named in one finding
TRAINING_FILES = ("eft_train_sup.json", UNSUPERVISED_FILE)  # the same texts with and without labels
PAIR_FIELDS = ("instruction1", "intention1", "instruction2", "intention2")


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    error
        True where figures would be wrong, False for a note.
    file
        Name of the file, or of the two between which it is.
    problem
        What it is, with a count and a few examples.
    """

    error: bool
    file: str
    problem: str


@dataclass(frozen=True)
class Checked:
    """What `check` saw.

    Attributes
    ----------
    counts
        File → (texts, tasks); tasks are 0 where a file has none.
    findings
        Errors first.
    """

    counts: dict[str, tuple[int, int]]
    findings: list[Finding]

    @property
    def sound(self) -> bool:
        """Whether there is no error."""
        return not any(finding.error for finding in self.findings)


def check(folder: Path) -> Checked:
    """Check an IEB-form folder; files that are not there are passed over.

    Parameters
    ----------
    folder
        With any of the published files.

    Returns
    -------
    Checked

    Raises
    ------
    DataError
        None of the files is there, or one is not of its form; says where.
    """
    keyed = {name: _load_tasks(folder / name) for name in KEYED_FILES if (folder / name).is_file()}
    if not keyed:
        raise DataError(f"{folder} holds no IEB file; expected any of: {', '.join(KEYED_FILES)}")
    texts = {name: [text for task in tasks.values() for text in _texts(task)] for name, tasks in keyed.items()}
    counts = {name: (len(texts[name]), len(tasks)) for name, tasks in keyed.items()}
    findings: list[Finding] = []
    for name, tasks in keyed.items():
        findings += _miscounted(name, tasks)
    if (folder / UNSUPERVISED_FILE).is_file():
        texts[UNSUPERVISED_FILE] = _load_texts(folder / UNSUPERVISED_FILE)
        counts[UNSUPERVISED_FILE] = (len(texts[UNSUPERVISED_FILE]), 0)
    # Texts without a letter or digit have no key: they neither repeat nor leak.
    keys = {name: [key for text in members if (key := text_key(text))] for name, members in texts.items()}
    if (folder / PAIRS_FILE).is_file():
        pairs = _load_pairs(folder / PAIRS_FILE)
        counts[PAIRS_FILE] = (len(pairs), 0)
        findings += _mislabelled_pairs(pairs)
        findings += _seen_pairs(pairs, keyed, keys)
    for name, members in keys.items():
        repeated = [key for key, times in Counter(members).items() if times > 1]
        findings += _finding(error=False, file=name, problem="texts occur more than once", examples=repeated)
    findings += _leaks(keyed, keys)
    return Checked(counts, sorted(findings, key=lambda finding: not finding.error))


def _load(path: Path, kind: type) -> Any:
    try:
        value = orjson.loads(path.read_bytes())
    except ValueError as error:
        raise DataError(f"{path}: no JSON: {error}") from error
    if not isinstance(value, kind):
        raise DataError(f"{path}: should hold a JSON {'object' if kind is dict else 'array'}")
    return value


def _load_tasks(path: Path) -> dict[str, Any]:
    tasks: dict[str, Any] = _load(path, dict)
    for label, task in tasks.items():
        samples = task.get("samples") if isinstance(task, dict) else None
        if not isinstance(samples, list):
            raise DataError(f'{path}, task {label!r}: it should be of the form {{"number": …, "samples": […]}}')
        for number, sample in enumerate(samples):
            if not isinstance(sample, dict) or not isinstance(sample.get("instruction", ""), str):
                where = f"{path}, task {label!r}, sample {number}"
                raise DataError(f'{where}: it should be an object with a text in "instruction"')
    return tasks


def _load_texts(path: Path) -> list[str]:
    texts: list[str] = _load(path, list)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"{path}, entry {number}: it should be a text, and is of type {type(text).__name__}")
    return texts


def _load_pairs(path: Path) -> list[dict[str, Any]]:
    pairs: list[dict[str, Any]] = _load(path, list)
    for number, pair in enumerate(pairs):
        lacking = [name for name in PAIR_FIELDS if not isinstance(pair, dict) or not isinstance(pair.get(name), str)]
        if lacking:
            raise DataError(f"{path}, pair {number}: it should have a text in {lacking[0]!r}")
        if pair.get("label") not in (0, 1):
            raise DataError(f"{path}, pair {number}: `label` is {pair.get('label')!r}, not 0 or 1")
    return pairs


def _texts(task: dict[str, Any]) -> list[str]:
    return [sample.get("instruction", "") for sample in task["samples"]]


def _finding(*, error: bool, file: str, problem: str, examples: list[str]) -> list[Finding]:
    if not examples:
        return []
    shown = "; ".join(repr(example[:60]) for example in examples[:SHOWN])
    return [Finding(error, file, f"{len(examples):,} {problem}: {shown}{' …' if len(examples) > SHOWN else ''}")]


def _miscounted(name: str, tasks: dict[str, Any]) -> Iterator[Finding]:
    wrong = [label for label, task in tasks.items() if task.get("number") != len(task["samples"])]
    yield from _finding(error=True, file=name, problem="tasks miscount their samples", examples=wrong)
    formless = [label for label in tasks if any(len(part.split("|")) != 2 for part in label.split(SEPARATOR))]
    yield from _finding(error=True, file=name, problem="tasks are not written verb|noun", examples=formless)
    empty = [label for label, task in tasks.items() if not all(text.strip() for text in _texts(task))]
    yield from _finding(error=True, file=name, problem="tasks hold an empty instruction", examples=empty)


def _mislabelled_pairs(pairs: list[dict[str, Any]]) -> Iterator[Finding]:
    wrong = [p["instruction1"] for p in pairs if (p["intention1"] == p["intention2"]) != bool(p["label"])]
    yield from _finding(error=True, file=PAIRS_FILE, problem="pairs contradict their own intentions", examples=wrong)


def _leaks(keyed: dict[str, Any], keys: dict[str, list[str]]) -> Iterator[Finding]:
    for one, two in itertools.combinations(keyed, 2):
        shared = sorted(_labels(keyed[one]) & _labels(keyed[two]))
        yield from _finding(error=True, file=f"{one} and {two}", problem="tasks are in both", examples=shared)
    distinct = {name: set(members) for name, members in keys.items()}
    for one, two in itertools.combinations(distinct, 2):
        if {one, two} == set(TRAINING_FILES):
            continue
        common = sorted(distinct[one] & distinct[two])
        yield from _finding(error=True, file=f"{one} and {two}", problem="texts are in both", examples=common)


def _seen_pairs(pairs: list[dict[str, Any]], keyed: dict[str, Any], keys: dict[str, list[str]]) -> Iterator[Finding]:
    """Hold the similarity test against the training files. It may share tasks with them, but no text."""
    asked = {text_key(pair[name]) for pair in pairs for name in ("instruction1", "instruction2")}
    tasks = _labels(pair[name] for pair in pairs for name in ("intention1", "intention2"))
    for training in TRAINING_FILES:
        file = f"{training} and {PAIRS_FILE}"
        common = sorted(asked.intersection(keys.get(training, ())))
        yield from _finding(error=True, file=file, problem="texts are in both", examples=common)
        shared = sorted(tasks & _labels(keyed.get(training, ())))
        yield from _finding(error=False, file=file, problem="tasks are in both", examples=shared)


def _labels(tasks: Iterable[str]) -> set[str]:
    return {part for label in tasks for part in label.split(SEPARATOR)}
