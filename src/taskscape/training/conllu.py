"""Universal Dependencies trees: read from CoNLL-U, changed into the text that people type, given to spaCy.

Why changed: the treebank is edited prose, while instructions are often typed in lower case and without a full stop. A
parser that has not seen such text takes its first verb for a noun. Each copy here keeps the tree and changes only the
surface. The price is a training set of about 1.6 times the size.
"""

from __future__ import annotations

import lzma
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from random import Random

# Relations that the labeller's rules do not tell apart are learned as one: fewer classes, fewer errors.
_MERGED = {
    "csubj:outer": "csubj",
    "csubj:pass": "csubj",
    "nsubj:outer": "nsubj",
    "advcl:relcl": "acl:relcl",
    "obl:agent": "obl",
    "obl:unmarked": "obl",
    "nmod:unmarked": "nmod",
    "nmod:desc": "compound",
    "det:predet": "det",
    "cc:preconj": "cc",
    "dislocated": "dep",
    "orphan": "dep",
    "reparandum": "dep",
}


@dataclass(frozen=True, slots=True)
class Tree:
    """One sentence with its dependency tree.

    Parameters
    ----------
    words
        Surface forms, one per syntactic word.
    spaces
        Whether a space follows each word.
    tags
        Penn Treebank tags.
    heads
        Index of each word's head, 0-based; the root is its own head, as in spaCy.
    relations
        Relation to the head; ``"ROOT"`` for the root.
    """

    words: tuple[str, ...]
    spaces: tuple[bool, ...]
    tags: tuple[str, ...]
    heads: tuple[int, ...]
    relations: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentence as written."""
        return "".join(word + " " * space for word, space in zip(self.words, self.spaces, strict=True)).strip()


def read_trees(path: Path) -> Iterator[Tree]:
    """Read the trees of a CoNLL-U file, plain or ``.xz``.

    Parameters
    ----------
    path
        The file.

    Yields
    ------
    Tree
        Sentences whose multiword tokens are the plain concatenation of their words ("don't" = "do" + "n't"); the
        few others are left out, because their words stand nowhere in the text.
    """
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        block: list[list[str]] = []
        for line in lines:
            if line.strip():
                if not line.startswith("#"):
                    block.append(line.rstrip("\n").split("\t"))
                continue
            tree = _tree(block)
            block = []
            if tree is not None:
                yield tree


def _tree(block: list[list[str]]) -> Tree | None:
    words: list[str] = []
    spaces: list[bool] = []
    tags: list[str] = []
    heads: list[int] = []
    relations: list[str] = []
    until, surface, space_after = 0, "", True
    for fields in block:
        number = fields[0]
        if "." in number:
            continue  # an empty node of the enhanced graph
        after = "SpaceAfter=No" not in fields[9]
        if "-" in number:
            start, end = (int(part) for part in number.split("-"))
            if "".join(row[1] for row in block if row[0].isdigit() and start <= int(row[0]) <= end) != fields[1]:
                return None
            until, surface, space_after = end, fields[1], after
            continue
        position = int(number)
        inside = bool(surface) and position <= until
        words.append(fields[1])
        spaces.append(space_after if inside and position == until else after and not inside)
        tags.append(fields[4])
        heads.append(position - 1 if fields[6] == "0" else int(fields[6]) - 1)
        relations.append("ROOT" if fields[7] == "root" else _MERGED.get(fields[7], fields[7]))
    if not words:
        return None
    return Tree(tuple(words), tuple(spaces), tuple(tags), tuple(heads), tuple(relations))


def lowered(tree: Tree) -> Tree:
    """Give the sentence as typed in lower case."""
    return replace(tree, words=tuple(word.lower() for word in tree.words))


def unpunctuated(tree: Tree) -> Tree:
    """Drop the final punctuation, where the sentence ends in one."""
    last = len(tree.words) - 1
    if last < 1 or tree.relations[last] != "punct" or last in tree.heads:
        return tree
    return Tree(tree.words[:last], tree.spaces[:last], tree.tags[:last], tree.heads[:last], tree.relations[:last])


def augmented(trees: Iterable[Tree], random: Random, *, share: float = 0.3) -> Iterator[Tree]:
    """Yield every tree, and for a share of them a lower-cased copy, and for a share one without a full stop.

    Parameters
    ----------
    trees
        Trees as read.
    random
        Source of the choice, seeded by the caller.
    share
        Share of the trees that gets each kind of copy, 0 to 1.

    Yields
    ------
    Tree
        The trees in order, each followed by its copies.
    """
    for tree in trees:
        yield tree
        if random.random() < share:
            copy = lowered(tree)
            yield unpunctuated(copy) if random.random() < 0.5 else copy
        if random.random() < share:
            yield unpunctuated(tree)
