"""The table of rules: each looks for one form of request and gives a `Reading`, or None where the form is another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.tasks.label import Kind
from taskscape.tasks.orders import gives_order, sets_scene, states_need
from taskscape.tasks.questions import asks_knowledge, asks_meaning, asks_task, asks_yes_no
from taskscape.tasks.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskscape.tasks.sentence import Sentence

_FINITE = frozenset({"VBZ", "VBD", "VBP", "MD"})


def names_thing(sentence: Sentence) -> Reading | None:
    """Read ``Best beaches in Portugal`` → noun|knowledge: a phrase without a finite verb."""
    root = sentence.first(lambda index: sentence.relations[index] == "ROOT")
    if root is None:
        return None
    named = Reading("thing", Kind.OTHER, verb_class="noun", noun_class="knowledge")
    if root == 0 and sentence.tags[0] == "VBG" and "of" in sentence.words[1:3]:
        return named  # "Meaning of the word …"
    if sentence.tags[root] in _FINITE or sentence.child(root, "nsubj", "cop", "aux", "nsubj:pass") is not None:
        return None
    return named if sentence.tags[root][0] in "NCJ" or sentence.tags[root] in {"DT", "RBS"} else None


def states(sentence: Sentence) -> Reading | None:
    """Read anything else by the verb of its main clause."""
    root = sentence.first(lambda index: sentence.relations[index] == "ROOT")
    if root is None or not sentence.tags[root].startswith("VB"):
        root = sentence.first(lambda index: sentence.tags[index] in {"VB", "VBP", "VBZ", "VBD"})
    return Reading("statement", Kind.OTHER, root) if root is not None else None


RULES: tuple[Callable[[Sentence], Reading | None], ...] = (
    states_need,  # I want you to create a table
    asks_meaning,  # What does it mean when …
    asks_task,  # How would you create a table? What is the best way to create a table?
    asks_knowledge,  # Who invented the table?
    asks_yes_no,  # Is this a table?
    gives_order,  # Create a table. Given a list, create a table.
    sets_scene,  # You are a carpenter.
    names_thing,  # Famous tables of the world
    states,  # The table stands by the window.
)


def read(sentence: Sentence) -> Reading | None:
    """Give what the first rule that fits makes of a sentence; None where none does."""
    return next((reading for rule in RULES if (reading := rule(sentence)) is not None), None)
