"""Any labelled file as a clustering test: intents as CSV, a folder of Super-NaturalInstructions, rows of your own.

Whatever `taskscape.open_dataset` reads can be tested on. Two forms go beyond its fields, for data that is one file a
task: ``*`` in the path of the text takes every entry of a list (``Instances.*.input``), in rows of any format, and the
label ``@file`` is the name of the file that a row came from. So a folder of Super-NaturalInstructions is tested in
three ways: definitions under their category (``Definition``, ``Categories.0``), inputs under their task
(``Instances.*.input``, ``@file``) and inputs under their category.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from taskscape.benchmark.ieb import LabelledTexts
from taskscape.errors import DataError, UsageError
from taskscape.records import open_dataset
from taskscape.records.containers import container_of, read_records
from taskscape.records.formats import MISSING, find, keys_seen, seen
from taskscape.records.sources import find_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from taskscape.records.containers import Container, Record
    from taskscape.records.sources import SourceFile

FILE = "@file"
EVERY = "*"
LOOKED_AT = 20  # rows whose fields are named in messages

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
    if text_field is not None and EVERY in text_field:
        read = _read_lists(data, text_field, label_field)
    else:
        read = _read_rows(data, text_field, label_field)
    pairs = [(text, label) for text, label in read.found if label]
    if not pairs:
        what = f"a label in {label_field!r}" if read.found else f"a text in {text_field!r}"
        raise DataError(f"{data}: no row has {what}. {read.fields}")
    notes = [read.recognised]
    if read.bad:
        notes.append(f"{read.bad:,} bad rows left out")
    if len(pairs) < len(read.found):
        notes.append(f"{len(read.found) - len(pairs):,} rows without a label left out")
    if cap is not None and len(kept := _capped(pairs, cap, seed)) < len(pairs):
        notes.append(f"{len(pairs) - len(kept):,} texts left out, so that no label has more than {cap:,}")
        pairs = kept
    single = sum(count == 1 for count in Counter(label for _, label in pairs).values())
    if single:
        notes.append(f"{single:,} labels have a single text")
    return LabelledData(LabelledTexts([text for text, _ in pairs], [label for _, label in pairs]), notes)


class _Read(NamedTuple):
    """What was read, what it was recognised as, how many rows are bad, and which fields were seen."""

    found: list[Found]
    recognised: str
    bad: int
    fields: str


def _read_rows(data: str | Path, text_field: str | None, label_field: str | None) -> _Read:
    """One text a row."""
    of_file = label_field == FILE
    dataset = open_dataset(data, field=text_field, label=None if of_file else label_field)
    fields = seen([record.value for _, _, record in islice(dataset.records(), LOOKED_AT)])
    if label_field is None and not dataset.labelled:
        raise _unnamed(data, fields)
    found = [(row.instruction, row.found.file.path.stem if of_file else row.label) for row in dataset.good_rows()]
    return _Read(found, str(dataset.recognised), dataset.rejects.count, fields)


def _read_lists(data: str | Path, text_field: str, label_field: str | None) -> _Read:
    """Several texts a row, in rows of any format: the path says all that a format would."""
    kinds = [(file, kind) for file in find_files(data) if (kind := container_of(file.path)) is not None]
    if not kinds:
        raise DataError(f"{data}: there is nothing in it, only empty files.")
    fields = keys_seen([record.value for _, record in islice(_records(kinds), LOOKED_AT) if record.error is None])
    if label_field is None:
        raise _unnamed(data, fields)
    found: list[Found] = []
    bad = 0
    for file, record in _records(kinds):
        bad += record.error is not None
        label = file.path.stem if label_field == FILE else find(record.value, label_field)
        known = None if label is MISSING or label is None else str(label)
        texts = _every(record.value, text_field.split(EVERY))
        found += [(text, known) for text in texts if isinstance(text, str) and text.strip()]
    written = " and ".join(dict.fromkeys(kind.value for _, kind in kinds))
    many = f", {len(kinds):,} files" if len(kinds) > 1 else ""
    return _Read(found, f"every {text_field!r} in {written}{many}", bad, fields)


def _records(kinds: list[tuple[SourceFile, Container]]) -> Iterator[tuple[SourceFile, Record]]:
    for file, kind in kinds:
        for record in read_records(file.path, kind):
            yield file, record


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


def _unnamed(data: str | Path, fields: str) -> UsageError:
    return UsageError(f"{data}: name the field of the label by --label-field. {fields}")
