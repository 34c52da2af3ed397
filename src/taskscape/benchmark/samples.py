"""A sample of an instruction embedding benchmark, and samples by task."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskscape.records import Dataset

SEPARATOR = "##"  # joins labels that were merged as synonyms


@dataclass(frozen=True, slots=True)
class Sample:
    """One instruction with what the published files hold beside it.

    Attributes
    ----------
    instruction, input, output
        As in the published files; `input` is the whole prompt (the instruction and what belongs to it).
    source
        Name of the file that it was read from.
    label
        ``verb|noun``; empty until labelled.
    group
        The label, or all labels that were merged with it, joined by ``##``; empty until merged.
    complex
        Whether the sentence is beyond what the labeller reads surely.
    """

    instruction: str
    input: str
    output: str
    source: str
    label: str = ""
    group: str = ""
    complex: bool = False


def task_of(sample: Sample) -> str:
    """Give the task that a sample counts under: its group once merged, its label before."""
    return sample.group or sample.label


def by_task(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Collect samples under their task, tasks in order of first appearance."""
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[task_of(sample)].append(sample)
    return dict(groups)


def read_samples(dataset: Dataset) -> Iterator[Sample]:
    """Read the good rows of an instruction file as samples.

    Parameters
    ----------
    dataset
        From `taskscape.open_dataset`.

    Yields
    ------
    Sample
        Unlabelled; `input` is the instruction with the row's input after a space, as in the published files. An
        instruction that was read with its input holds it already.
    """
    joined = dataset.options["with_input"]
    for row in dataset.good_rows(parts=True):
        further = "" if joined else row.input or ""
        yield Sample(row.instruction, f"{row.instruction} {further}", row.answer or "", row.found.file.path.name)
