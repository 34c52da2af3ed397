"""What was computed from a store, kept in its folder: the same question a second time costs only the reading.

Arrays are keyed by the name of the computation and its settings, and lie as plain ``.npy`` files in
``derived/NAME-KEY/``, beside a list of their names. A folder appears whole or not at all; one that is damaged later, or
lacks a file of the list, is computed anew. A store that cannot be written is left alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import xxhash

from taskscape.vectors.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.vectors.store import Store

    Arrays = Mapping[str, NDArray[Any]]

VERSION = 1  # raise it when an analysis gives other results for the same settings
_NAMES = "names.json"  # the arrays of a folder, so that a missing file is noticed


def derive(store: Store, name: str, settings: Mapping[str, Any], compute: Callable[[], Arrays]) -> Arrays:
    """Give arrays computed from a store, from its folder where they are kept.

    Parameters
    ----------
    store
        The store that `compute` reads.
    name
        Of the computation: ``"clusters"``.
    settings
        Everything beside the store that decides the result, as JSON data.
    compute
        Called when nothing is kept.

    Returns
    -------
    mapping of str to array
        What `compute` gave, or the same read back.
    """
    key = xxhash.xxh3_64_hexdigest(orjson.dumps([VERSION, dict(settings)], option=orjson.OPT_SORT_KEYS))
    folder = store.path / "derived" / f"{name}-{key}"
    kept = _read(folder)
    if kept is not None:
        return kept
    arrays = compute()
    with contextlib.suppress(OSError):  # a read-only store, or a full disk: the result matters, keeping it does not
        _keep(folder, arrays)
    return arrays


def _read(folder: Path) -> Arrays | None:
    """Give the arrays of a folder; None where it is missing, incomplete or damaged."""
    with contextlib.suppress(OSError, ValueError, EOFError):
        found = {path.stem: np.load(path, allow_pickle=False) for path in folder.glob("*.npy")}
        if sorted(found) == orjson.loads((folder / _NAMES).read_bytes()):
            return found
    return None


def _keep(folder: Path, arrays: Arrays) -> None:
    folder.parent.mkdir(exist_ok=True)
    fresh = folder.parent / f".writing-{secrets.token_hex(8)}"  # mkdtemp's folder would be for its owner alone
    fresh.mkdir()
    try:
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", array, allow_pickle=False)
        (fresh / _NAMES).write_bytes(orjson.dumps(sorted(arrays)))
        for path in fresh.iterdir():
            with path.open("r+b") as file:
                os.fsync(file.fileno())
        sync_folder(fresh)
        try:
            fresh.replace(folder)
        except OSError:  # there is one: of another process that was quicker, or a damaged one
            if _read(folder) is None:
                shutil.rmtree(folder, ignore_errors=True)
                fresh.replace(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
