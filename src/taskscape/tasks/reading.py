"""What one rule makes of one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskscape.tasks.label import Kind


@dataclass(frozen=True, slots=True)
class Reading:
    """A request as one rule read it; the noun is found afterwards, the same way for all.

    Parameters
    ----------
    form
        Form of the request, by which sentences compete (`taskscape.tasks.choice`).
    kind
        Syntactic kind.
    verb
        Index of the verb, or None where the verb is a class such as ``what``.
    verb_class
        That class.
    noun_class
        Class that stands for the noun where the form asks for no noun of the sentence (``knowledge``).
    """

    form: str
    kind: Kind
    verb: int | None = None
    verb_class: str = ""
    noun_class: str = ""
