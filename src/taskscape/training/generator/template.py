r"""One phrasing template: parsed once, rendered many times.

Syntax of a template line::

    Write a [short|brief|] <poem|sonnet> about {topic}.
    [..|..]      one of these (an empty one may be among them); may be nested
    {topic}      a value of the slot list `topic`, the same wherever the same name stands; `{topic2}` is another value
    <a|b>        the words that the label is made of: the first mark is the verb, the second the noun
    <~a>         a noun mark that stands before the verb
    <lost=lose>  a mark whose lemma is not the word itself (nouns are made singular by rule)
    \n           a line break; `\[` and so on a literal bracket

"a" and "an" are put right for whatever follows, and doubled spaces left by an empty choice are dropped. Rendering costs
some microseconds: the parse is a tree of tuples, walked with one list of output pieces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from taskscape.errors import DataError
from taskscape.training.generator.inflection import singular, takes_an

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

Words = tuple[bool, list[tuple[str, str]]]  # whether a noun by its sign; the words with their lemmas
Piece = (
    tuple[Literal["text"], str]
    | tuple[Literal["slot"], str]
    | tuple[Literal["pick"], "list[Body]"]
    | tuple[Literal["mark"], Words]
)
Body = list[Piece]
_PLAIN = re.compile(r"[^\\{}\[\]<>|]+")
_ESCAPES = {"n": "\n", "t": "\t"}


class Rendered:
    """A template with its choices made: the text so far, and where verb and noun stand in it.

    Attributes
    ----------
    text
        What was written so far.
    verb, noun
        ``(start, end, lemma)``, or None where the template marks none.
    """

    __slots__ = ("noun", "text", "verb")

    def __init__(self) -> None:
        self.text = ""
        self.verb: tuple[int, int, str] | None = None
        self.noun: tuple[int, int, str] | None = None

    def add(self, piece: str) -> None:
        """Append, mending the space and the article where two pieces meet."""
        if not piece:
            return
        text = self.text
        if text and piece[0] in " .,?!;:" and text[-1] == " ":
            text = text[:-1]
        elif not text or text[-1] == "\n":
            piece = piece.lstrip(" ")
        if text.endswith((" a ", "\na ")) or text in ("A ", "a "):
            if takes_an(piece):
                text = text[:-1] + "n "
        elif text.endswith((" an ", "\nan ")) and piece[0].isalpha() and not takes_an(piece):
            text = text[:-2] + " "
        self.text = text + piece


class Slots:
    """Lists of values by name; values of a template list are templates themselves.

    Parameters
    ----------
    values
        Plain lists.
    templates
        Parsed lists, whose entries may hold slots and choices.
    """

    def __init__(self, values: Mapping[str, Sequence[str]], templates: Mapping[str, Sequence[Body]]) -> None:
        self.values = values
        self.templates = templates

    def __contains__(self, name: str) -> bool:
        return name in self.values or name in self.templates

    def draw(self, name: str, bound: dict[str, str], rng: random.Random) -> str:
        """Value of a slot, remembered in `bound` under its full name (``topic2`` is another value than ``topic``)."""
        if name in bound:
            return bound[name]
        base = name.rstrip("0123456789")
        if base in self.templates:
            choices = self.templates[base]
            inner = Rendered()
            render(choices[int(rng.random() * len(choices))], self, bound, rng, inner)
            value = inner.text
        else:
            values = self.values[base]
            taken = [bound[key] for key in (base, base + "2", base + "3") if key in bound] if name != base else ()
            value = values[int(rng.random() * len(values))]
            while value in taken and len(values) > len(taken):
                value = values[int(rng.random() * len(values))]
        bound[name] = value
        return value


def render(body: Body, slots: Slots, bound: dict[str, str], rng: random.Random, out: Rendered) -> None:
    """Write one drawing of a parsed template to the end of `out`."""
    for piece in body:
        if piece[0] == "text":
            out.add(piece[1])
        elif piece[0] == "slot":
            out.add(slots.draw(piece[1], bound, rng))
        elif piece[0] == "pick":
            render(piece[1][int(rng.random() * len(piece[1]))], slots, bound, rng, out)
        else:
            is_noun, words = piece[1]
            word, lemma = words[int(rng.random() * len(words))]
            out.add(word)
            place = (len(out.text) - len(word), len(out.text), lemma)
            if is_noun or out.verb is not None:
                out.noun = place
            else:
                out.verb = place


def slot_names(body: Body) -> set[str]:
    """Names of the slots that a parsed template uses, at any depth, as they are written."""
    names: set[str] = set()
    for piece in body:
        if piece[0] == "slot":
            names.add(piece[1])
        elif piece[0] == "pick":
            names.update(*map(slot_names, piece[1]))
    return names


def marked_words(body: Body) -> tuple[set[str], set[str]]:
    """Lemmas that the marks of a template can give: those of verbs, those of nouns.

    A second mark is a noun; the branches of a choice are each read from the marks before it.
    """
    verbs: set[str] = set()
    nouns: set[str] = set()
    _gather(body, verbs, nouns, [False])
    return verbs, nouns


def _gather(body: Body, verbs: set[str], nouns: set[str], seen: list[bool]) -> None:
    for piece in body:
        if piece[0] == "pick":
            before = seen[0]
            after = []
            for inner in piece[1]:
                seen[0] = before
                _gather(inner, verbs, nouns, seen)
                after.append(seen[0])
            seen[0] = any(after)
        elif piece[0] == "mark":
            is_noun, words = piece[1]
            if is_noun or seen[0]:
                nouns.update(singular(lemma) if lemma == word.lower() else lemma for word, lemma in words)
            else:
                verbs.update(lemma for _, lemma in words)
                seen[0] = True


def parse(line: str, where: str) -> Body:
    """Parse one template line.

    Parameters
    ----------
    line
        The template.
    where
        File and line for the message.

    Raises
    ------
    DataError
        Where a bracket is not closed or stands alone.
    """
    body, end = _parse_body(line, 0, "", where)
    if end != len(line):
        raise DataError(
            f"{where}: {line[end]!r} at column {end + 1} closes nothing; write \\{line[end]} for the character"
        )
    return body


def _parse_body(line: str, start: int, stop: str, where: str) -> tuple[Body, int]:
    body: Body = []
    position = start
    while position < len(line):
        char = line[position]
        if char in stop or char in "]}>":
            break
        if match := _PLAIN.match(line, position):
            body.append(("text", match[0]))
            position = match.end()
        elif char == "\\":
            escaped = line[position + 1 : position + 2]
            body.append(("text", _ESCAPES.get(escaped, escaped)))
            position += 2
        elif char == "{":
            end = _find(line, "}", position, where)
            body.append(("slot", line[position + 1 : end]))
            position = end + 1
        elif char == "<":
            end = _find(line, ">", position, where)
            body.append(("mark", _parse_mark(line[position + 1 : end])))
            position = end + 1
        elif char == "[":
            piece, position = _parse_pick(line, position, where)
            body.append(piece)
        else:  # a bar outside of brackets is itself
            body.append(("text", char))
            position += 1
    return body, position


def _parse_pick(line: str, start: int, where: str) -> tuple[Piece, int]:
    options: list[Body] = []
    position = start
    while position == start or line[position : position + 1] == "|":
        option, position = _parse_body(line, position + 1, "|]", where)
        options.append(option)
    if line[position : position + 1] != "]":
        raise DataError(f"{where}: the [ at column {start + 1} is not closed")
    return ("pick", options), position + 1


def _parse_mark(text: str) -> tuple[bool, list[tuple[str, str]]]:
    is_noun = text.startswith("~")
    words = []
    for word in text.lstrip("~").split("|"):
        surface, _, lemma = word.partition("=")
        words.append((surface, lemma or surface.lower()))
    return is_noun, words


def _find(line: str, bracket: str, start: int, where: str) -> int:
    end = line.find(bracket, start)
    if end < 0:
        raise DataError(f"{where}: the {line[start]} at column {start + 1} is not closed")
    return end


def noun_lemma(place: tuple[int, int, str], text: str) -> str:
    """Lemma of a marked noun: the one that the template gives, else the singular of the word."""
    start, end, lemma = place
    return singular(lemma) if lemma == text[start:end].lower() else lemma
