"""taskscape: instruction data, read by the task that each instruction asks for.

Public names are loaded on first use, so that ``import taskscape`` stays quick and loads no heavy package.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskscape.errors import TaskscapeError
    from taskscape.tasks.label import Kind, Task

# Public name → the module that defines it.
_HOMES = {
    "Kind": "taskscape.tasks.label",
    "Task": "taskscape.tasks.label",
    "TaskscapeError": "taskscape.errors",
}

__all__ = ["Kind", "Task", "TaskscapeError"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'taskscape' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
