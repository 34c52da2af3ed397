"""What was computed from a store, kept in its folder: the same question a second time costs only the reading.

Arrays are keyed by the name of the computation and its settings, and lie as plain ``.npy`` files in
``derived/NAME-KEY/``; a folder appears whole or not at all. A store that cannot be written is left alone.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import xxhash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.vectors.store import Store

    Arrays = Mapping[str, NDArray[Any]]

VERSION = 1  # raise it when an analysis gives other results for the same settings


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
    if folder.is_dir():
        with contextlib.suppress(OSError, ValueError):  # damaged: computed anew below
            return {path.stem: np.load(path, allow_pickle=False) for path in sorted(folder.glob("*.npy"))}
    arrays = compute()
    with contextlib.suppress(OSError):  # a read-only store, or a full disk: the result matters, keeping it does not
        _keep(folder, arrays)
    return arrays


def _keep(folder: Path, arrays: Arrays) -> None:
    folder.parent.mkdir(exist_ok=True)
    fresh = folder.parent / f".writing-{secrets.token_hex(8)}"  # mkdtemp's folder would be for its owner alone
    fresh.mkdir()
    try:
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", array, allow_pickle=False)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
