"""Records in and out: any instruction file → Arrow batches with row numbers, and rows back in their own format.

`open_dataset` and `write_dataset` are the two verbs. Names are loaded on first use, for pyarrow takes time to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.records.dataset import Dataset
    from taskscape.records.reader import open_dataset
    from taskscape.records.rejects import Reject, Rejects
    from taskscape.records.sources import SourceFile
    from taskscape.records.writer import check_output, write_dataset

_HOMES = {
    "Dataset": "taskscape.records.dataset",
    "Reject": "taskscape.records.rejects",
    "Rejects": "taskscape.records.rejects",
    "SourceFile": "taskscape.records.sources",
    "open_dataset": "taskscape.records.reader",
    "check_output": "taskscape.records.writer",
    "write_dataset": "taskscape.records.writer",
}

__all__ = ["Dataset", "Reject", "Rejects", "SourceFile", "check_output", "open_dataset", "write_dataset"]

__getattr__ = loader(__name__, _HOMES)
