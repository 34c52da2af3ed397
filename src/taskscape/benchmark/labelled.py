"""Any labelled file as a clustering test: intents as CSV, a folder of Super-NaturalInstructions, rows of your own.

Whatever `taskscape.open_dataset` reads can be tested on. Two forms go beyond its fields, for data that is one file a
task: ``*`` in the path of the text takes every entry of a list (``Instances.*.input``), and the label ``@file`` is the
name of the file that a row came from. So a folder of Super-NaturalInstructions is tested in three ways: definitions
under their category (``Definition``, ``Categories.0``), inputs under their task (``Instances.*.input``, ``@file``) and
inputs under their category.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from taskscape.benchmark.ieb import LabelledTexts
from taskscape.errors import DataError, UsageError
from taskscape.records import open_dataset
from taskscape.records.formats import MISSING, find, seen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from taskscape.records import Dataset

FILE = "@file"
EVERY = "*"

Found = tuple[str, str | None]  # text, label


class LabelledData(NamedTuple):
    """What was read.

    Attributes
    ----------
    labelled
        Texts and labels.
    notes
        What a person should know: what was recognised, what was left out.
    """

    labelled: LabelledTexts
    notes: list[str]


def read_labelled_file(
    data: str | Path,
    *,
    text_field: str | None = None,
    label_field: str | None = None,
    cap: int | None = None,
    seed: int = 0,
) -> LabelledData:
    """Read labelled texts of any format.

    Parameters
    ----------
    data
        A file, a folder or a glob; see `taskscape.open_dataset`.
    text_field
        Dotted path of the text; with ``*`` for every entry of a list. Recognised when None.
    label_field
        Dotted path of the label, or ``@file``. None where the file itself says it (IEB's form).
    cap
        Keep at most so many texts of a label.
    seed
        Of the drawing by `cap`.

    Returns
    -------
    LabelledData
        Texts in the order of the file, and notes.

    Raises
    ------
    DataError
        No row has text and label; names the fields that were seen.
    UsageError
        The label's field must be named.
    """
    many = text_field is not None and EVERY in text_field
    of_file = label_field == FILE
    dataset = open_dataset(data, field=None if many else text_field, label=None if of_file or many else label_field)
    if label_field is None and (many or not dataset.labelled):
        raise UsageError(f"{data}: name the field of the label by --label-field. {_fields(dataset)}")
    found = list(_spread(dataset, str(text_field), str(label_field)) if many else _rows(dataset, of_file=of_file))
    pairs = [(text, label) for text, label in found if label]
    if not pairs:
        what = f"a text in {text_field!r}" if many and not found else f"a label in {label_field!r}"
        raise DataError(f"{data}: no row has {what}. {_fields(dataset)}")
    notes = [str(dataset.recognised)]
    if dataset.rejects.count:
        notes.append(f"{dataset.rejects.count:,} bad rows left out")
    if len(pairs) < len(found):
        notes.append(f"{len(found) - len(pairs):,} rows without a label left out")
    if cap is not None and len(kept := _capped(pairs, cap, seed)) < len(pairs):
        notes.append(f"{len(pairs) - len(kept):,} texts left out, so that no label has more than {cap:,}")
        pairs = kept
    single = sum(count == 1 for count in Counter(label for _, label in pairs).values())
    if single:
        notes.append(f"{single:,} labels have a single text")
    return LabelledData(LabelledTexts([text for text, _ in pairs], [label for _, label in pairs]), notes)


def _rows(dataset: Dataset, *, of_file: bool) -> Iterator[Found]:
    """One text a row."""
    files = {row: file.path.stem for row, file, _ in dataset.records()} if of_file else {}
    for batch in dataset.batches():
        texts = batch.column("instruction").to_pylist()
        labels = map(files.get, batch.column("row").to_pylist()) if of_file else batch.column("label").to_pylist()
        yield from zip(texts, labels, strict=True)


def _spread(dataset: Dataset, text_field: str, label_field: str) -> Iterator[Found]:
    """Several texts a row."""
    for _, file, record in dataset.records():
        label = file.path.stem if label_field == FILE else find(record.value, label_field)
        known = None if label is MISSING or label is None else str(label)
        for value in _every(record.value, text_field.split(EVERY)):
            if isinstance(value, str) and value.strip():
                yield value, known


def _every(value: Any, parts: list[str]) -> Iterator[Any]:
    """Follow a path whose parts stand between the ``*``."""
    path = parts[0].strip(".")
    reached = find(value, path) if path else value
    if len(parts) == 1:
        yield reached
    elif isinstance(reached, list):
        for entry in reached:
            yield from _every(entry, parts[1:])


def _capped(pairs: list[tuple[str, str]], cap: int, seed: int) -> list[tuple[str, str]]:
    """Draw at most `cap` of each label; those drawn keep their order."""
    rng = np.random.default_rng(seed)
    places = defaultdict(list)
    for place, (_, label) in enumerate(pairs):
        places[label].append(place)
    drawn = [place for one in places.values() for place in (one if len(one) <= cap else rng.permutation(one)[:cap])]
    return [pairs[place] for place in sorted(drawn)]


def _fields(dataset: Dataset) -> str:
    return seen([record.value for _, _, record in islice(dataset.records(), 20)])
