"""The mixture that the shipped models are trained on: task labels, user intents, and generated phrasings.

Why a mixture: task labels alone teach clusters of verbs and nouns and make the model forget requests said as questions
and complaints; intents keep those, and generated families teach that one task has many wordings. Every batch holds a
part of each.

Price: labelling 20,000 instructions with the parser (some 15 s), drawing 60,000 generated requests (some 3 s).
"""

from __future__ import annotations

import csv
import json
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from taskscape.training.pairs import Example, plain
from taskscape.training.sampling import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from taskscape.training.guards import TestSet

INTENT_SETS = ("banking77", "hwu64")
_HELD_INTENTS = 3  # one in so many intents is the development set
HELD_FAMILIES = 0.04  # share of the generated families that validates
_WRITTEN_DRAWS, _GRAMMAR_DRAWS = 80, 4  # texts of each generated family


@dataclass(frozen=True, slots=True)
class Part:
    """One source: its examples and its part of a batch.

    Parameters
    ----------
    name
        For people.
    examples
        Labelled texts. The task of an intent is ``banking77:card_arrival``, that of a written family its name.
    share
        Share of the texts of a batch.
    related
        Draw tasks together that share a verb or a noun.
    geometry
        Keep the base model's cosines among these texts.
    """

    name: str
    examples: tuple[Example, ...]
    share: float
    related: bool = False
    geometry: bool = False


def read_labelled(path: Path, test: TestSet, *, minimum: int = 2) -> list[Example]:
    """Read labelled instructions and leave out what a test asks, and tasks of fewer than `minimum` examples."""
    examples: list[Example] = []
    counts: dict[str, int] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            spans = [tuple(row[key]) if row.get(key) else None for key in ("verb_span", "noun_span")]
            example = Example(row["text"], row["task"], spans[0], spans[1], row["kind"])
            if "none" in row["task"].split("|") or test.touches(example):
                continue
            examples.append(example)
            counts[example.task] = counts.get(example.task, 0) + 1
    return [example for example in examples if counts[example.task] >= minimum]


def read_intents(folder: Path, *, seed: int = 0) -> tuple[list[Example], list[Example]]:
    """Read the intent sets and hold a third of the intents of each out.

    Returns
    -------
    tuple
        Examples of the training intents, and of the held-out ones.
    """
    train: list[Example] = []
    held: list[Example] = []
    for name in INTENT_SETS:
        rows = []
        for split in ("train", "test"):
            with (folder / f"{name}_{split}.csv").open(encoding="utf-8", newline="") as file:
                rows += [Example(row["text"], f"{name}:{row['category']}") for row in csv.DictReader(file)]
        intents = sorted({row.task for row in rows})
        random.Random(seed).shuffle(intents)
        out = set(intents[: len(intents) // _HELD_INTENTS])
        train += [row for row in rows if row.task not in out]
        held += [row for row in rows if row.task in out]
    return train, held


def draw_generated(
    test: TestSet, *, seed: int = 0, held_out: float = HELD_FAMILIES
) -> tuple[list[Example], list[Example]]:
    """Draw generated requests: of the families that train, and of those held out.

    A written family is one task under its own name, whatever verb and noun each phrasing has; a grammar family is its
    label.
    """
    from taskscape.training.generator import load_phrasebook

    book = load_phrasebook().only(without_tasks=test.tasks)
    rng = random.Random(seed)
    parts: list[list[Example]] = []
    for part, scale in zip(book.split(seed=seed, share=held_out), (1.0, 0.15), strict=True):
        drawn: list[Example] = []
        for names, draws in ((part.written, _WRITTEN_DRAWS), (part.grammar, _GRAMMAR_DRAWS)):
            for name in names:
                last = None
                for _ in range(max(4, round(draws * scale))):
                    last = part.sample(name, rng, unlike=last)
                    drawn.append(Example(last.text, name, last.verb_span, last.noun_span, str(last.kind), last.task))
        parts.append(distinct(drawn))
    return parts[0], parts[1]


def draw_traps(test: TestSet, *, count: int = 3000, seed: int = 0) -> list[list[Example]]:
    """Draw groups against word matching: two requests of other tasks in the same words, each with one of its own task.

    Returns
    -------
    list of list of Example
        Groups of two to four; requests of a family that has no other wording stand alone in theirs.
    """
    from taskscape.training.generator import load_phrasebook

    book, _ = load_phrasebook().only(without_tasks=test.tasks).split(seed=seed, share=HELD_FAMILIES)
    rng = random.Random(seed)
    groups = []
    for pair in book.traps(count, seed=seed):
        drawn = [*pair, *(book.sample(one.family, rng, unlike=one) for one in pair if one.family in book.families)]
        groups.append([Example(d.text, d.family, d.verb_span, d.noun_span, str(d.kind), d.task) for d in drawn])
    return [group for group in groups if not any(test.touches(e) for e in group)]


def distinct(examples: Iterable[Example]) -> list[Example]:
    """Leave out second copies of a text."""
    seen: set[str] = set()
    kept = []
    for example in examples:
        key = plain(example.text)
        if key and key not in seen:
            seen.add(key)
            kept.append(example)
    return kept


def mixed(parts: Sequence[Part], batch: int) -> tuple[tuple[Example, ...], list[Share]]:
    """Put the parts into one training set, with the shares of a batch.

    Returns
    -------
    tuple
        All examples, and one `Share` for each part.
    """
    examples: list[Example] = []
    shares = []
    for part in parts:
        rows = range(len(examples), len(examples) + len(part.examples))
        examples += [replace(example) for example in part.examples]
        shares.append(
            Share(rows, [e.task for e in part.examples], max(2, round(batch * part.share)), related=part.related)
        )
    return tuple(examples), shares
