"""Records in and out: any instruction file → Arrow batches with row numbers, and rows back in their own format.

`open_dataset` and `write_dataset` are the two verbs. Names are loaded on first use, for pyarrow takes time to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskscape.records.dataset import Dataset
    from taskscape.records.reader import open_dataset
    from taskscape.records.rejects import Reject, Rejects
    from taskscape.records.sources import SourceFile
    from taskscape.records.writer import check_output, write_dataset

_HOMES = {
    "Dataset": "dataset",
    "Reject": "rejects",
    "Rejects": "rejects",
    "SourceFile": "sources",
    "open_dataset": "reader",
    "check_output": "writer",
    "write_dataset": "writer",
}

__all__ = ["Dataset", "Reject", "Rejects", "SourceFile", "check_output", "open_dataset", "write_dataset"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'taskscape.records' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"taskscape.records.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
