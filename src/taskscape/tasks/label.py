"""What an instruction asks for: a `Task`, written ``verb|noun``.

The form and the four kinds are the paper's (Li et al., 2024, section 3): imperatives (VP), wh-questions (SBARQ),
yes/no questions (SQ) and others. A labeller gives one `Task` per text, always: where nothing can be read the task is
``none|none`` with a low confidence, so that no row is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NOTHING = "none"  # stands for a verb or a noun that is not there


class Kind(StrEnum):
    """Syntactic kind of an instruction, by the names of the Penn Treebank that the paper uses."""

    IMPERATIVE = "VP"
    WH_QUESTION = "SBARQ"
    YES_NO_QUESTION = "SQ"
    OTHER = "Others"


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Parameters
    ----------
    verb, noun
        Lemmas in lower case; ``"none"`` where there is none.
    kind
        Syntactic kind of the request.
    confidence
        How sure the labeller is, 0 to 1.
    verb_span, noun_span
        Character offsets ``(start, end)`` in the text that the words were read from; None where a word is a class
        (``what|knowledge``) rather than a word of the text.
    """

    verb: str
    noun: str
    kind: Kind = Kind.OTHER
    confidence: float = 0.0
    verb_span: tuple[int, int] | None = None
    noun_span: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{self.verb}|{self.noun}"
