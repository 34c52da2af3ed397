"""The folder of a tiny benchmark: its items in their own format, ``tiny.json`` and ``estimator.npz``.

``tiny.json`` is for people and other programs, and comes last, so that its presence means complete; ``estimator.npz``
holds plain arrays, no pickle.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from taskscape.analysis.compression.tiny_benchmark import TinyBenchmark
    from taskscape.records import Dataset

DESCRIPTION = "tiny.json"
ESTIMATOR = "estimator.npz"
VERSION = 1
_KEYS = ("version", "indices", "weights", "items", "method", "notes", "expected_error", "random_error")


def items_path(folder: Path, dataset: Dataset) -> Path:
    """Give the path of the items: named like the source's kind of file."""
    return folder / f"items{''.join(_suffixes(dataset.files[0].path))}"


def check_folder(folder: Path) -> None:
    """Find out before the work whether a tiny benchmark could be written there.

    Raises
    ------
    DataError
        It is a file, has no place to be, or has files but no tiny benchmark.
    """
    if folder.is_file():
        raise DataError(f"{folder} is a file; name a folder to write.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / DESCRIPTION).is_file():
        raise DataError(f"{folder} holds something else than a tiny benchmark; name a new folder.")
    if not folder.resolve().parent.is_dir():
        raise DataError(f"{folder} cannot be made: there is no folder {folder.parent}.")


def make_folder(folder: Path) -> None:
    """Make the folder.

    Raises
    ------
    DataError
        It cannot be made.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be made: {error.strerror or error}.") from error


def write_tiny(folder: Path, tiny: TinyBenchmark, more: Mapping[str, Any]) -> None:
    """Write the estimator, and the description last.

    Parameters
    ----------
    folder
        That `make_folder` made.
    tiny
        What to keep.
    more
        Further entries of the description, as JSON data.
    """
    import numpy as np

    from taskscape.analysis.compression.estimators import to_arrays
    from taskscape.records.output import replacing

    (folder / DESCRIPTION).unlink(missing_ok=True)
    with replacing(folder / ESTIMATOR) as partial, partial.open("wb") as stream:
        arrays: dict[str, Any] = to_arrays(tiny.estimator)
        arrays["error_ratios"] = tiny.errors.ratios
        arrays["score_range"] = np.array([tiny.errors.low, tiny.errors.high])
        np.savez(stream, **arrays)
    description = {
        "version": VERSION,
        **more,
        "method": tiny.method,
        "items": tiny.items,
        "size": len(tiny),
        "expected_error": tiny.expected_error,
        "random_error": tiny.random_error,
        "notes": list(tiny.notes),
        "indices": tiny.indices.tolist(),
        "weights": [float(f"{weight:.6g}") for weight in tiny.weights],
    }
    with replacing(folder / DESCRIPTION) as partial:
        partial.write_text(json.dumps(description, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


def read_tiny(folder: Path) -> TinyBenchmark:
    """Read a tiny benchmark back.

    Raises
    ------
    DataError
        There is none, or its files are damaged or do not fit together.
    """
    import zipfile

    import numpy as np

    from taskscape.analysis.compression.estimators import from_arrays
    from taskscape.analysis.compression.intervals import Errors
    from taskscape.analysis.compression.tiny_benchmark import TinyBenchmark

    path = folder / DESCRIPTION
    if not path.is_file():
        raise DataError(
            f"{folder}: there is no tiny benchmark here (no {DESCRIPTION}). "
            f"Make one with `taskscape compress BENCH --size 50 -o {folder}`."
        )
    try:
        found = json.loads(path.read_text(encoding="utf8"))
        _check(found, path)
        # numpy leaves a damaged file open, unless we opened it
        with (folder / ESTIMATOR).open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        low, high = arrays["score_range"].tolist()
        errors = Errors(arrays["error_ratios"], low, high, found["expected_error"], found["random_error"])
        tiny = TinyBenchmark(
            indices=np.array(found["indices"], np.int64),
            weights=np.array(found["weights"], np.float64),
            items=found["items"],
            method=found["method"],
            notes=tuple(found["notes"]),
            estimator=from_arrays(arrays),
            errors=errors,
        )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{folder}: the tiny benchmark is damaged ({error}). Make it again.") from error
    if tiny.estimator.size != len(tiny):
        raise DataError(f"{folder}: {DESCRIPTION} has {len(tiny)} items, {ESTIMATOR} {tiny.estimator.size}.")
    return tiny


def _check(found: Any, path: Path) -> None:
    if not isinstance(found, dict) or any(key not in found for key in _KEYS):
        raise DataError(f"{path}: this is no description of a tiny benchmark. Make it again: taskscape compress")
    if found["version"] != VERSION:
        raise DataError(f"{path}: version {found['version']} is not known here, only {VERSION}. Make it again.")


def _suffixes(path: Path) -> tuple[str, str]:
    from taskscape.records.streams import split_suffix

    return split_suffix(path)
