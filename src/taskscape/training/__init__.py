"""Training: instructions and labels → a task encoder (extra ``train``).

Public names are loaded on first use, because most of them need torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskscape.training.pairs import Example
    from taskscape.training.settings import Settings
    from taskscape.training.trainer import Trained, train

_HOMES = {
    "Example": "taskscape.training.pairs",
    "Settings": "taskscape.training.settings",
    "Trained": "taskscape.training.trainer",
    "train": "taskscape.training.trainer",
}

__all__ = ["Example", "Settings", "Trained", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'taskscape.training' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
