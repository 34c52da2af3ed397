"""A sample of an instruction embedding benchmark, and samples by task."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskscape.records.formats import RowError
from taskscape.records.texts import instruction_reader, part_reader

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
    """Read an instruction file as samples; rows that cannot be read are passed over.

    Parameters
    ----------
    dataset
        From `taskscape.open_dataset`.

    Yields
    ------
    Sample
        Unlabelled; `input` is the instruction with the row's input after a space, as in the published files.
    """
    layout = dataset.format
    read = instruction_reader(layout, dataset.options["turn"], with_input=False)
    read_input, read_answer = part_reader(layout.input), part_reader(layout.answer)
    for _, file, record in dataset.records():
        if record.error is not None:
            continue
        try:
            instruction = read(record.value)
        except RowError:
            continue
        prompt = f"{instruction} {read_input(record.value) or ''}"
        yield Sample(instruction, prompt, read_answer(record.value) or "", file.path.name)
