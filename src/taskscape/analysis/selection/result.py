"""The result of `taskscape.select`: the chosen rows, with figures beside those of a random subset."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from taskscape.analysis.selection.method_input import Problem
from taskscape.analysis.selection.random_draw import draw
from taskscape.analysis.selection.subset_figures import SubsetFigures, describe_subset
from taskscape.analysis.task_counts import kept_by_task
from taskscape.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows that were chosen.

    Figures are computed when they are first asked for.

    Attributes
    ----------
    indices
        Numbers of the chosen rows, int64, ascending, each once.
    method
        How they were chosen.
    tasks
        Task of every row that could be chosen, as texts, shape ``(n,)``; None where none were given.
    tau
        Cosine from which on a chosen row stands for another.
    notes
        What did not go as asked, for people: quotas that had too few rows, a ceiling that had to be passed.
    problem
        What they were chosen from.
    """

    indices: NDArray[np.int64]
    method: str
    tasks: NDArray[np.str_] | None
    tau: float
    notes: tuple[str, ...]
    problem: Problem = field(repr=False)

    def __len__(self) -> int:
        return len(self.indices)

    def __repr__(self) -> str:
        return f"Selection({len(self):,} of {len(self.problem.embeddings):,} rows, {self.method})"

    @cached_property
    def figures(self) -> SubsetFigures:
        """How well the chosen rows stand for all."""
        return self._describe(self.indices)

    @cached_property
    def random_indices(self) -> NDArray[np.int64]:
        """A random subset of the same size, which must keep and leave out the same rows; int64, ascending."""
        plain = Problem(
            self.problem.embeddings,
            self.problem.size,
            self.problem.kept,
            self.problem.free,
            np.ones(len(self.problem.embeddings), np.float32),
            self.problem.seed,
        )
        return np.sort(draw(plain))

    @cached_property
    def random_figures(self) -> SubsetFigures:
        """The figures of the random subset."""
        return self._describe(self.random_indices)

    @property
    def coverage(self) -> float:
        """Share of all rows whose cosine to a chosen one is at least `tau`."""
        return self.figures.coverage

    @property
    def radius(self) -> float:
        """Largest cosine distance of a row to its nearest chosen one."""
        return self.figures.radius

    @property
    def vendi(self) -> float:
        """Vendi score of the chosen rows."""
        return self.figures.vendi

    @property
    def tasks_kept(self) -> int | None:
        """Different tasks among the chosen rows; None without tasks."""
        return self.figures.tasks_kept

    def to_table(self) -> pa.Table:
        """Give one line per chosen row: ``row`` (int64) and, with tasks, ``task``."""
        import pyarrow as pa

        columns = {"row": pa.array(self.indices)}
        if self.tasks is not None:
            columns["task"] = pa.array(self.tasks[self.indices].tolist(), pa.string())
        return pa.table(columns)

    def task_table(self) -> pa.Table:
        """Give one line per task, the largest first: ``task``, ``rows``, ``kept``.

        Raises
        ------
        UsageError
            No tasks were given.
        """
        if self.tasks is None:
            raise UsageError("No tasks were given to select, so there is no table of them: give tasks=….")
        return kept_by_task(self.tasks, self.indices)

    def _repr_html_(self) -> str:
        """Show the figures beside those of a random subset."""
        lines = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(own)}</td><td>{escape(other)}</td></tr>"
            for name, own, other in compared(self.figures, self.random_figures)
        )
        head = f"<tr><th></th><th>{escape(self.method)}</th><th>random</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{lines}</table>"

    def _describe(self, indices: NDArray[np.int64]) -> SubsetFigures:
        return describe_subset(
            self.problem.embeddings,
            indices,
            tasks=None if self.tasks is None else self.tasks.tolist(),
            tau=self.tau,
            seed=self.problem.seed,
        )


def compared(own: SubsetFigures, other: SubsetFigures) -> list[tuple[str, str, str]]:
    """Put the figures of two subsets side by side for people: name, own, other."""
    lines = [
        (f"coverage (cosine ≥ {own.tau:g})", f"{own.coverage:.1%}", f"{other.coverage:.1%}"),
        ("coverage radius (1 - cosine)", f"{own.radius:.3f}", f"{other.radius:.3f}"),
        ("Vendi score", f"{own.vendi:.1f}", f"{other.vendi:.1f}"),
    ]
    if own.tasks is not None:
        lines.append((f"tasks kept, of {own.tasks:,}", f"{own.tasks_kept:,}", f"{other.tasks_kept:,}"))
    return lines
