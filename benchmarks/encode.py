"""How many texts a second encoders embed, beside sentence-transformers on torch, in one run on the same rows.

Usage: ``python benchmarks/encode.py DATA.json [ENCODER …] [--rows N] [--rounds R] [--tasks]``. DATA is a JSON array of
strings, or of objects with ``instruction``. Encoders take turns on each slice of the rows, so that a machine shared
with other work slows all of them alike; figures are of the sums. MiniLM on torch is called as its users call it:
``encode(texts)``, in batches of 32. With ``--tasks``, encoders that read tasks are also asked for them.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from taskscape.encoders import load_encoder
from taskscape.encoders.shipped import minilm_folder

WARM_UP = 64  # texts before the clock starts


@dataclass(frozen=True)
class WithTasks:
    """An encoder that is asked for tasks too."""

    encoder: Any

    def encode(self, texts: list[str]) -> Any:
        """Embed, and read tasks."""
        return self.encoder.encode_with_tasks(texts)[0]


@dataclass
class Clock:
    """Time that one encoder took."""

    wall: float = 0.0
    processor: float = 0.0
    texts: int = 0

    def measure(self, encoder: Any, texts: list[str]) -> Any:
        """Encode and add up."""
        wall, processor = time.perf_counter(), time.process_time()
        rows = encoder.encode(texts)
        self.wall += time.perf_counter() - wall
        self.processor += time.process_time() - processor
        self.texts += len(texts)
        return rows


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("encoders", nargs="*", default=["minilm-int8", "default"])
    parser.add_argument("--rows", type=int, help="only the first N rows")
    parser.add_argument("--rounds", type=int, default=4, help="slices of the rows")
    parser.add_argument("--tasks", action="store_true", help="also measure embeddings with tasks")
    given = parser.parse_args()
    texts = [row if isinstance(row, str) else row["instruction"] for row in json.loads(given.data.read_text())]
    texts = texts[: given.rows]
    base = f"st:{minilm_folder()}"
    encoders: dict[str, Any] = {name: load_encoder(name) for name in [base, *given.encoders]}
    if given.tasks:
        able = {name: encoder for name, encoder in encoders.items() if hasattr(encoder, "encode_with_tasks")}
        encoders |= {f"{name}, with tasks": WithTasks(encoder) for name, encoder in able.items()}
    clocks = {name: Clock() for name in encoders}
    rows: dict[str, list[Any]] = {name: [] for name in encoders}
    for encoder in encoders.values():
        encoder.encode(texts[:WARM_UP])
    for piece in np.array_split(np.arange(len(texts)), given.rounds):
        for name, encoder in encoders.items():
            rows[name].append(clocks[name].measure(encoder, [texts[i] for i in piece]))
    print(f"{len(texts):,} texts, {given.rounds} rounds")
    print("| encoder | texts/s | times | texts per processor second | times | cosine to MiniLM on torch |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    first, reference = clocks[base], np.concatenate(rows[base])
    for name, clock in clocks.items():
        mine = np.concatenate(rows[name])
        near = f"{(mine * reference).sum(axis=1).mean():.4f}" if mine.shape == reference.shape else ""
        shown = "sentence-transformers, torch" if name == base else name
        print(
            f"| {shown} | {clock.texts / clock.wall:,.0f} | {first.wall / clock.wall:.1f} "
            f"| {clock.texts / clock.processor:,.0f} | {first.processor / clock.processor:.1f} | {near} |"
        )


if __name__ == "__main__":
    main()
