"""Instructions with known trees, from a small grammar of our own.

Why: the English Web Treebank holds few imperatives, and hardly one that opens with "Name", "Design" or "Rewrite": a
parser trained on it alone takes such a first word for a noun. A grammar of a few dozen lines gives as many as wanted,
each with its right tree and free of any licence but ours. The sentences are often nonsense ("Rank the gentle bridge");
only their shape is to be learned, so the share in the training set stays small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from taskscape.training.conllu import Tree

if TYPE_CHECKING:
    from random import Random


def _lists() -> dict[str, list[str]]:
    """Read the word lists: a line ``# verbs`` opens a list, the lines below hold its words."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split("# ")[1:])
    return {name: words.split() for name, _, words in parts}


_LISTS = _lists()
_VERBS = _LISTS["verbs"]
_NOUNS = _LISTS["nouns"]
_ADJECTIVES = _LISTS["adjectives"]
_NAMES = _LISTS["names"]
_NUMBERS = _LISTS["numbers"]
_PREPOSITIONS = _LISTS["prepositions"]
_SCENE = _LISTS["roles"]
_PAST = _LISTS["clause verbs"]


@dataclass
class _Phrase:
    """A word with what hangs on it, each dependant with its relation."""

    word: str
    tag: str
    before: list[tuple[str, _Phrase]] = field(default_factory=list)
    after: list[tuple[str, _Phrase]] = field(default_factory=list)


def _word(relation: str, word: str, tag: str) -> tuple[str, _Phrase]:
    return relation, _Phrase(word, tag)


def _plural(noun: str) -> str:
    if noun in {"news", "data", "child", "man", "woman", "fish", "person"}:
        return noun
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


class _Grammar:
    """Phrases by rule, drawn with one seeded source."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def maybe(self, probability: float) -> bool:
        return self.random.random() < probability

    def noun_phrase(self, depth: int = 0) -> _Phrase:
        """Draw ``a short poem about rivers``, ``five songs that won`` or ``Twitter``."""
        random = self.random
        if self.maybe(0.07):
            return _Phrase(random.choice(_NAMES), "NNP")
        plural = self.maybe(0.35)
        noun = random.choice(_NOUNS)
        head = _Phrase(_plural(noun) if plural else noun, "NNS" if plural else "NN")
        choice = random.random()
        if plural and choice < 0.5:
            head.before.append(_word("nummod", random.choice(_NUMBERS), "CD"))
        elif plural and choice < 0.7:
            pass
        elif choice < 0.85:
            head.before.append(_word("det", random.choice(["the", "the", "this", "these" if plural else "a"]), "DT"))
        else:
            head.before.append(_word("nmod:poss", random.choice(["your", "my", "its"]), "PRP$"))
        if not plural and head.before[0][1].word == "the" and self.maybe(0.5):
            head.before[0] = _word("det", "a", "DT")
        if self.maybe(0.3):
            head.before.append(_word("amod", random.choice(_ADJECTIVES), "JJ"))
        if self.maybe(0.25):
            name = self.maybe(0.3)
            word = random.choice(_NAMES if name else _NOUNS)
            head.before.append(_word("compound", word, "NNP" if name else "NN"))
        if depth < 2 and self.maybe(0.25):
            head.after.append(("nmod", self.prepositional(depth + 1)))
        if depth < 2 and self.maybe(0.08):
            head.after.append(("acl:relcl", self.relative()))
        return head

    def prepositional(self, depth: int = 1) -> _Phrase:
        phrase = self.noun_phrase(depth)
        phrase.before.insert(0, _word("case", self.random.choice(_PREPOSITIONS[:-1]), "IN"))
        return phrase

    def relative(self) -> _Phrase:
        verb = _Phrase(self.random.choice(_PAST), "VBZ")
        verb.before.append(_word("nsubj", "that", "WDT"))
        if self.maybe(0.7):
            verb.after.append(("obj", self.noun_phrase(2)))
        return verb

    def clause(self) -> tuple[str, _Phrase]:
        """Draw ``whether the movie is famous``, ``what game it is``, ``how to fix the bug`` or ``why it happened``."""
        choice = self.random.random()
        if choice < 0.4:
            head = _Phrase(self.random.choice(_ADJECTIVES), "JJ")
            head.before += [
                _word("mark", self.random.choice(["whether", "if"]), "IN"),
                ("nsubj", self.noun_phrase(2)),
                _word("cop", "is", "VBZ"),
            ]
            return "ccomp", head
        if choice < 0.65:
            head = self.verb_phrase(nested=True)
            head.before[:0] = [
                _word("advmod", self.random.choice(["how", "how", "where"]), "WRB"),
                _word("mark", "to", "TO"),
            ]
            return "ccomp", head
        head = _Phrase(self.random.choice(_PAST), "VBZ")
        if choice < 0.85:
            head.before.append(_word("advmod", self.random.choice(["why", "how", "when"]), "WRB"))
            head.before.append(("nsubj", self.noun_phrase(2)))
        else:
            kind = _Phrase(
                self.random.choice(_NOUNS), "NN", [_word("det", self.random.choice(["what", "which"]), "WDT")]
            )
            head.before += [("obj", kind), ("nsubj", self.noun_phrase(2))]
        return "ccomp", head

    def verb_phrase(self, *, nested: bool = False) -> _Phrase:
        """Draw ``write a poem about rain``, ``tell me if …``, ``edit it to sound formal``, ``find and fix the bug``."""
        random = self.random
        head = _Phrase(random.choice(_VERBS), "VB")
        if self.maybe(0.08):
            other = _Phrase(random.choice(_VERBS), "VB", [_word("cc", "and", "CC")])
            head.after.append(("conj", other))
        if self.maybe(0.1):
            head.after.append(_word("iobj", random.choice(["me", "us"]), "PRP"))
        if not nested and self.maybe(0.22):
            head.after.append(self.clause())
            return head
        head.after.append(("obj", self.noun_phrase()))
        if self.maybe(0.25):
            head.after.append(("obl", self.prepositional()))
        if not nested and self.maybe(0.12):
            purpose = self.verb_phrase(nested=True)
            purpose.before.insert(0, _word("mark", "to", "TO"))
            head.after.append(("advcl", purpose))
        if not nested and self.maybe(0.1):
            follow = self.verb_phrase(nested=True)
            follow.before.insert(0, _word("cc", "and", "CC"))
            head.after.append(("conj", follow))
        return head

    def sentence(self) -> _Phrase:
        """Draw one sentence of any of the shapes below."""
        shapes = [
            (0.50, self._imperative),
            (0.12, self._given),
            (0.10, self._support),
            (0.08, self._want),
            (0.06, self._scene),
            (0.08, self._question),
            (0.06, self._fragment),
        ]
        shape = self.random.choices([shape for _, shape in shapes], [weight for weight, _ in shapes])[0]
        return shape()

    def _ended(self, phrase: _Phrase, marks: str = ".") -> _Phrase:
        if self.maybe(0.75):
            mark = self.random.choice(marks)
            phrase.after.append(_word("punct", mark, ":" if mark == ":" else "."))
        return phrase

    def _imperative(self) -> _Phrase:
        head = self.verb_phrase()
        if self.maybe(0.06):
            head.before.append(_word("discourse", "please", "UH"))
        return self._ended(head, "...:")

    def _given(self) -> _Phrase:
        head = self.verb_phrase()
        context = self.noun_phrase()
        words = self.random.choice([("given", "VBN"), ("in", "IN"), ("from", "IN"), ("using", "VBG"), ("for", "IN")])
        context.before.insert(0, _word("case", *words))
        head.before += [("obl", context), _word("punct", ",", ",")]
        return self._ended(head)

    def _support(self) -> _Phrase:
        head = self.verb_phrase()
        subject, modal = self.random.choice(
            [("you", "can"), ("you", "could"), ("you", "would"), ("I", "can"), ("I", "do")]
        )
        head.before += [_word("aux", modal, "VBP" if modal == "do" else "MD"), _word("nsubj", subject, "PRP")]
        if subject == "I" or self.maybe(0.3):
            head.before.insert(0, _word("advmod", "how", "WRB"))
        elif self.maybe(0.2):
            head.before.append(_word("discourse", "please", "UH"))
        return self._ended(head, "?")

    def _want(self) -> _Phrase:
        inner = self.verb_phrase()
        inner.before.insert(0, _word("mark", "to", "TO"))
        if self.maybe(0.5):
            head = _Phrase("want", "VBP", [_word("nsubj", "I", "PRP")], [_word("obj", "you", "PRP")])
        else:
            head = _Phrase("need", "VBP", [_word("nsubj", "you", "PRP")])
        head.after.append(("xcomp", inner))
        return self._ended(head)

    def _scene(self) -> _Phrase:
        role = _Phrase(self.random.choice(_SCENE), "NN")
        role.before += [_word("nsubj", "you", "PRP"), _word("cop", "are", "VBP"), _word("det", "a", "DT")]
        if self.maybe(0.5):
            role.after.append(("nmod", self.prepositional()))
        if self.maybe(0.4):
            return self._ended(role)
        return self._ended(_Phrase("imagine", "VB", [], [("ccomp", role)]))

    def _question(self) -> _Phrase:
        head = _Phrase("what", "WP", [], [_word("cop", "is", "VBZ"), ("nsubj", self.noun_phrase())])
        return self._ended(head, "?")

    def _fragment(self) -> _Phrase:
        return self._ended(self.noun_phrase(), "?.")


def _tree(root: _Phrase, *, capital: bool) -> Tree:
    words: list[str] = []
    tags: list[str] = []
    heads: list[int] = []
    relations: list[str] = []

    def visit(phrase: _Phrase, relation: str) -> int:
        left = [visit(child, name) for name, child in phrase.before]
        position = len(words)
        words.append(phrase.word)
        tags.append(phrase.tag)
        heads.append(position)
        relations.append(relation)
        for child in left + [visit(child, name) for name, child in phrase.after]:
            heads[child] = position
        return position

    visit(root, "ROOT")
    for at, following in enumerate(words[1:]):
        if words[at] == "a" and following[0] in "aeiou":
            words[at] = "an"
    if capital:
        words[0] = words[0][0].upper() + words[0][1:]
    spaces = tuple(following not in {",", ".", "?", ":"} for following in [*words[1:], "."])
    return Tree(tuple(words), spaces, tuple(tags), tuple(heads), tuple(relations))


def imperatives(random: Random, *, count: int) -> list[Tree]:
    """Draw instructions with their trees.

    Parameters
    ----------
    random
        Source of the choices, seeded by the caller: the same seed, the same sentences.
    count
        How many.

    Returns
    -------
    list of Tree
        Sentences, four of five with a capital first letter.
    """
    grammar = _Grammar(random)
    return [_tree(grammar.sentence(), capital=random.random() < 0.8) for _ in range(count)]
