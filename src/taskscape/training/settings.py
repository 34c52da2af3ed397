"""Settings of a training run: one frozen object, written beside the model it made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from taskscape.errors import UsageError

Objective = Literal["supcon", "infonce", "simcse"]
_LEAST = {
    "steps": 1,
    "validate_every": 1,
    "batch": 4,  # two texts of each of two tasks
    "tokens": 8,  # as in an exported encoder
    "lora": 0,
    "patience": 0,
    "seed": 0,
    "heads_weight": 0,
    "geometry_weight": 0,
    "teacher_weight": 0,
}
_SEEDS = 2**32  # as many as NumPy takes


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is trained.

    Parameters
    ----------
    objective
        ``supcon``: supervised contrastive over batches of related tasks; ``infonce``: one positive and one hard
        negative, as published; ``simcse``: two dropout passes of one text, no labels.
    prompt
        Template with ``{instruction}``, or None.
    lora
        Train low-rank adapters of this rank (merged in the end); 0 trains all weights.
    heads
        Train the task heads too, where the examples have spans.
    steps
        Optimiser steps at most.
    batch
        Texts in a batch (of ``infonce``: triplets).
    learning_rate
        Peak, reached after a twentieth of the steps, falling linearly to 0.
    head_learning_rate
        The same for the task heads, which start from nothing.
    temperature
        Of the contrastive loss.
    tokens
        Longest text in training; more is cut off.
    heads_weight, geometry_weight, teacher_weight
        Weights of the heads' losses, of keeping a general model's geometry, and of imitating a teacher, beside the
        contrastive loss.
    held_out
        Share of the tasks that validate.
    validate_every
        Steps between validations and checkpoints.
    patience
        Validations without a better one after which training stops, the best weights being kept; 0 runs all steps and
        keeps the last ones.
    precision
        ``bf16``, ``fp32``, or ``auto``: bf16 where the processor has it.
    seed
        Of batches, held-out tasks and new weights; below 2³².

    Raises
    ------
    UsageError
        One of them is no number in its range.
    """

    objective: Objective = "supcon"
    prompt: str | None = None
    lora: int = 0
    heads: bool = True
    steps: int = 600
    batch: int = 96
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    temperature: float = 0.05
    tokens: int = 64
    heads_weight: float = 0.3
    geometry_weight: float = 0.0
    teacher_weight: float = 0.0
    held_out: float = 0.1
    validate_every: int = 100
    patience: int = 4
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.objective not in ("supcon", "infonce", "simcse"):
            raise UsageError(f"objective {self.objective!r} is unknown: choose supcon, infonce or simcse.")
        if self.prompt is not None and "{instruction}" not in self.prompt:
            raise UsageError("the prompt has no {instruction} in it, where the text goes.")
        for name, least in _LEAST.items():
            if not least <= getattr(self, name) < math.inf:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be at least {least}.")
        for name in ("learning_rate", "head_learning_rate", "temperature"):
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be above 0.")
        if not 0 <= self.held_out < 1:
            raise UsageError(f"held_out is {self.held_out}; it is a share of the tasks, 0 to below 1.")
        if self.seed >= _SEEDS:
            raise UsageError(f"seed is {self.seed}; it must be below {_SEEDS}.")
