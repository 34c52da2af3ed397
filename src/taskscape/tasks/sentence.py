"""A parsed sentence as plain lists, and the walks over its tree that the rules of `taskscape.tasks.rules` are made of.

The rules see this and not spaCy's objects: they can be tested on trees written by hand, and reading a list is many
times faster than asking a token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskscape.tasks.segments import Segment


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words of one sentence with their tree.

    Parameters
    ----------
    segment
        Where in the text it stands.
    words
        Words in lower case.
    shown
        Words as written.
    tags
        Penn Treebank tags.
    heads
        Index of each word's head; a root is its own.
    relations
        Universal Dependencies relation to the head, ``"ROOT"`` for a root.
    offsets
        Character offset of each word in the segment.
    """

    segment: Segment
    words: list[str]
    shown: list[str]
    tags: list[str]
    heads: list[int]
    relations: list[str]
    offsets: list[int]
    _children: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._children.extend([] for _ in self.words)
        for index, head in enumerate(self.heads):
            if head != index:
                self._children[head].append(index)

    def __len__(self) -> int:
        return len(self.words)

    def children(self, index: int, *relations: str) -> list[int]:
        """List the dependants of a word, of these relations or of all."""
        found = self._children[index]
        return [child for child in found if self.relations[child] in relations] if relations else found

    def child(self, index: int, *relations: str) -> int | None:
        """Give the first dependant of these relations."""
        return next(iter(self.children(index, *relations)), None)

    def first(self, condition: Callable[[int], bool], start: int = 0) -> int | None:
        """Give the first word from ``start`` that meets a condition."""
        return next((index for index in range(start, len(self.words)) if condition(index)), None)

    def span(self, index: int) -> tuple[int, int]:
        """Give the character offsets of a word in the whole text."""
        start = self.segment.start + self.offsets[index]
        return start, start + len(self.shown[index])
