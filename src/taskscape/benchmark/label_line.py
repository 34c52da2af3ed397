"""The label-as-cluster line of the benchmark: what a task label alone is worth, with no embedding at all.

``labels:default`` and ``labels:parser`` stand where an encoder's name stands. Each text's label is its cluster, and two
texts are alike (1) or not (0) as their labels are equal. An encoder that only learned to read the label cannot do
better; what it does better comes from knowing that labels are near each other.

Texts are labelled as they are in the file: the full stop of the published protocol is for embeddings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taskscape.benchmark.ieb import SEPARATOR
from taskscape.encoders import load_encoder
from taskscape.encoders.base import PROBE, digest
from taskscape.errors import UsageError
from taskscape.tasks import load_labeller
from taskscape.tasks.labelling import fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.encoders import Encoder
    from taskscape.tasks import Task

PREFIX = "labels:"


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Share of texts whose label is one of the right ones (``##`` joins names of one task), 0 to 1.

    Attributes
    ----------
    exact
        Verb and noun are those of one right label.
    verb, noun
        The verb, or the noun, is that of any right label.
    """

    exact: float
    verb: float
    noun: float


def label_agreement(right: Sequence[str], tasks: Sequence[Task]) -> LabelAgreement | None:
    """Compare labels with the right ones.

    Parameters
    ----------
    right
        The right label of each text, ``verb|noun`` or several of them joined by ``##``.
    tasks
        What was read from each text.

    Returns
    -------
    LabelAgreement or None
        None where the right labels are not of that form (intents, categories).
    """
    names = [one.split(SEPARATOR) for one in right]
    if not names or any("|" not in name for one in names for name in one):
        return None
    words = [[name.split("|", 1) for name in one] for one in names]
    pairs = list(zip(names, words, tasks, strict=True))
    return LabelAgreement(
        exact=sum(str(task) in one for one, _, task in pairs) / len(pairs),
        verb=sum(task.verb in {verb for verb, _ in one} for _, one, task in pairs) / len(pairs),
        noun=sum(task.noun in {noun for _, noun in one} for _, one, task in pairs) / len(pairs),
    )


class TaskLabels:
    """A labeller where an encoder is expected.

    Parameters
    ----------
    source
        What follows ``labels:``: a labeller's name, or an encoder that labels.

    Attributes
    ----------
    fingerprint
        Hash of its weights and of the rules that read them: equal fingerprint, equal labels.

    Raises
    ------
    UsageError
        It is neither; names the labellers.
    """

    def __init__(self, source: str) -> None:
        if not source:
            raise UsageError(f"{PREFIX!r} needs a labeller after it, such as {PREFIX}default.")
        self.name = PREFIX + source
        self._labeller = load_labeller(source)
        known = fingerprint_of(self._labeller)
        if known is None:  # a registered object that tells none: what it reads in fixed texts stands for it
            known = "\n".join(str(task) for task in self.label(PROBE))
        self.fingerprint = digest(self.name.encode(), known.encode())

    def label(self, texts: Sequence[str]) -> list[Task]:
        """Name the task of each text."""
        return self._labeller.label(list(texts))


def load_contestant(name: str, **settings: Any) -> Encoder | TaskLabels:
    """Load what a benchmark measures: an encoder, or the label line of a labeller (``labels:parser``).

    Parameters
    ----------
    name
        What a user types.
    **settings
        Of that encoder; a labeller has none.

    Returns
    -------
    Encoder or TaskLabels
        Ready to use.

    Raises
    ------
    EncoderError, UsageError
        There is none of that name.
    """
    return TaskLabels(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else load_encoder(name, **settings)
