"""The mixture that the shipped models are trained on: sources, each with its share of every batch.

Why a mixture: task labels alone teach clusters of verbs and nouns and make the model forget requests said as questions
and complaints; intents keep those, generated families teach that one task has many wordings, crossed words that a verb
or noun never seen is read like any other, and pasted text where the request is not. Every batch holds a part of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from taskscape.training.sampling import Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taskscape.training.pairs import Example


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
    wordless
        Words of a label say little of what these texts ask: the teacher keeps MiniLM's cosines among them, its vectors
        of them stand in place of the words in what the shipped models imitate, and the layer that names the task learns
        to be silent.
    alone
        Draw single texts rather than pairs of a task: they teach the heads, and stand against the others.
    near
        Task → tasks that are hard to tell from it, drawn together with it.
    """

    name: str
    examples: tuple[Example, ...]
    share: float
    related: bool = False
    wordless: bool = False
    alone: bool = False
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)


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
        names = [str(row) if part.alone else e.task for row, e in enumerate(part.examples)]
        draw = max(2, round(batch * part.share))
        shares.append(Share(rows, names, draw, each=1 if part.alone else 2, related=part.related, near=part.near))
    return tuple(examples), shares
