"""Targets of a training set as tensors: task numbers, the tokens to point at, classes, and a teacher's vectors.

A batch carries only row numbers; the objective looks its targets up here. So the data set holds one text column and one
number, and whatever else is learned from costs no copying. The price: one tokenisation of all texts at the start (some
20,000 a second).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from taskscape.training.modules import IN_TEXT, KINDS
from taskscape.training.objectives import IGNORE
from taskscape.training.sampling import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.training.pairs import Example, Span

_CLASS_MINIMUM = 3  # rows a word needs that is not in its text to become a class


@dataclass
class Targets:
    """What is known of each training row, tensors of shape ``(n,)``; `IGNORE` where nothing is.

    Parameters
    ----------
    task
        Task number; -1 where the row has no task (it only repels, and imitates the teacher).
    label
        Number of the row's label ``verb|noun``, which a family or an intent may share with other tasks; -1 where none
        is known.
    loose
        Rows whose tasks may stand under other names in other sources, bool.
    verb_token, noun_token
        Index of the token where the word starts.
    verb_class, noun_class, kind
        Class numbers.
    teacher
        Unit rows to imitate ``(n, d)``, zeros where a row has none; or None.
    geometry
        Unit rows whose cosines are kept ``(n, e)``, or None.
    keeps
        Rows that take part in keeping the geometry, bool.
    """

    task: Tensor
    label: Tensor
    loose: Tensor
    verb_token: Tensor
    noun_token: Tensor
    verb_class: Tensor
    noun_class: Tensor
    kind: Tensor
    teacher: Tensor | None = None
    geometry: Tensor | None = None
    keeps: Tensor | None = None


def classes_of(examples: Sequence[Example]) -> tuple[list[str], list[str]]:
    """Find the verbs and nouns of labels that are not words of their texts; the first class is `IN_TEXT`."""
    found: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for example in examples:
        if not labelled(example):
            continue
        for counter, word, span in zip(
            found, words_of(example.words), (example.verb_span, example.noun_span), strict=True
        ):
            if span is None:
                counter[word] += 1
    verbs, nouns = (
        [IN_TEXT, *sorted(word for word, count in counter.items() if count >= _CLASS_MINIMUM and word)]
        for counter in found
    )
    return verbs, nouns


def labelled(example: Example) -> bool:
    """Tell whether an example can teach the heads: its label has two words and its spans were read."""
    return example.kind is not None and "|" in example.words


def numbered(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Give the number of each example's task, that of its label, and whether it is loose, as `Targets` has them."""
    numbers: dict[str, int] = {}
    task = torch.tensor([numbers.setdefault(e.task, len(numbers)) if e.task else -1 for e in examples])
    label = torch.tensor([numbers.setdefault(e.words, len(numbers)) if labelled(e) else -1 for e in examples])
    return task, label, torch.tensor([e.loose for e in examples])


def targets_of(
    examples: Sequence[Example], tokenizer: Any, *, tokens: int, verbs: list[str], nouns: list[str]
) -> Targets:
    """Turn examples into tensors.

    Parameters
    ----------
    examples
        Training rows, in order.
    tokenizer
        A fast tokenizer with offsets.
    tokens
        Longest text; a word beyond it cannot be pointed at.
    verbs, nouns
        Classes of the heads.
    """
    task, label, loose = numbered(examples)
    found = {
        name: torch.full((len(examples),), IGNORE)
        for name in ("verb_token", "noun_token", "verb_class", "noun_class", "kind")
    }
    rows = [row for row, example in enumerate(examples) if labelled(example)]
    for start in range(0, len(rows), 2048):
        part = rows[start : start + 2048]
        encoded = tokenizer(
            [examples[row].text for row in part], truncation=True, max_length=tokens, return_offsets_mapping=True
        )
        for row, offsets in zip(part, encoded["offset_mapping"], strict=True):
            example = examples[row]
            found["kind"][row] = KINDS.index(str(example.kind)) if str(example.kind) in KINDS else IGNORE
            for name, word, span, classes in zip(
                ("verb", "noun"),
                words_of(example.words),
                (example.verb_span, example.noun_span),
                (verbs, nouns),
                strict=True,
            ):
                if span is not None:
                    found[f"{name}_token"][row] = _token_at(offsets, span)
                    found[f"{name}_class"][row] = 0
                elif word in classes:
                    found[f"{name}_class"][row] = classes.index(word)
    return Targets(task=task, label=label, loose=loose, **found)


def _token_at(offsets: Sequence[Span], span: Span) -> int:
    for index, (start, end) in enumerate(offsets):
        if start <= span[0] < end:
            return index
    return IGNORE
