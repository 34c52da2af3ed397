"""Texts → tasks: what an instruction asks for, written ``verb|noun``."""

from __future__ import annotations

from taskscape.tasks.label import NOTHING, Kind, Task
from taskscape.tasks.labelling import Labeller, label, labellers, load_labeller, register_labeller
from taskscape.tasks.synonyms import merge_synonyms

__all__ = [
    "NOTHING",
    "Kind",
    "Labeller",
    "Task",
    "label",
    "labellers",
    "load_labeller",
    "merge_synonyms",
    "register_labeller",
]
