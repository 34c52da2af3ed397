r"""Ordinary tasks by rule: verbs × nouns × topics, with verb and noun exact to the letter.

A row of ``grammar.txt`` is ``mode | verbs | nouns | adjectives | complements | input``, for instance::

    new | write compose create | poem ballad limerick | short,funny | about {topic};for {person}
    given | summarize shorten | paragraph article | | in your own words;for a busy reader | passage
    many | list name | animal plant | rare,common | that live in {country}
    the | describe explain | importance role | | of {topic};of {topic} in {field}
    mass | give provide | advice | | on {topic}

Every verb of a row goes with every noun. The label is the verb's and the noun's lemma; after a colon stands a particle
of the verb (``come:up_with``) or the rest of a compound noun (``press:release``, labelled ``press`` as in IEB);
underscores are spaces. Each pair is a family named by its label, with one template per frame: plain, with the scene
before, with a role, with a condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.errors import DataError
from taskscape.training.generator.files import PHRASINGS, Family, Template, lines
from taskscape.training.generator.inflection import countable, plural
from taskscape.training.generator.template import Body, Piece, Slots, parse, slot_names

if TYPE_CHECKING:
    from pathlib import Path

_MODES: dict[str, tuple[str, ...]] = {
    "new": ("a ", "a ", "a ", "one ", "me a ", "another ", "*two ", "*three ", "*some ", "*5 ", "*a few "),
    "given": (
        "the following ",
        "this ",
        "the ",
        "the given ",
        "the ",
        "my ",
        "that ",
        "each ",
        "the provided ",
        "*these ",
        "*the following ",
    ),
    "many": (
        "*three ",
        "*five ",
        "*10 ",
        "*some ",
        "*a few ",
        "*the ",
        "*several ",
        "*as many ",
        "*two ",
        "*4 ",
        "a ",
        "one ",
    ),
    "the": ("the ",),
    "act": ("the ", "the ", "my ", "*the ", "*all the "),
    "mass": ("", "some ", "me some ", "a bit of ", "more "),
}
_BELOW = ("", "", "", " below")
_PLAIN = (("", ""), ("", "."))
_OPENING = (("", " {grammar_limit}"), ("{scene} ", "."), ("{role} ", "."))  # the verb opens its sentence
_CONDITION = (("{condition}, ", "."),)
_DEED = (("{deed} ", "."), ("{deed} ", ""), ("{deed_question} ", "?"), ("{first_deed} ", "."))
_INSIDE = (*_CONDITION, *_DEED)  # the verb stands within its sentence


def read_grammar(slots: Slots, folder: Path = PHRASINGS) -> dict[str, Family]:
    """Read ``grammar.txt`` into families named by their label.

    Raises
    ------
    DataError
        A row of an unknown mode, or with a slot that no list gives.
    """
    families: dict[str, Family] = {}
    for line, where in lines(folder / "grammar.txt"):
        if line:
            read_row(line, where, slots, families)
    return families


def read_row(line: str, where: str, slots: Slots, families: dict[str, Family]) -> None:
    """Read one row of the grammar and add its families.

    Raises
    ------
    DataError
        An unknown mode, or a slot that no list gives.
    """
    mode, verbs, nouns, adjectives, complements, given = ([*map(str.strip, line.split(" | ")), "", "", "", ""])[:6]
    if mode not in _MODES or not nouns:
        raise DataError(
            f"{where}: a row is 'mode | verbs | nouns | …' with a mode of {', '.join(_MODES)}, not {line!r}"
        )
    tails: list[Body] = [parse(f" {part.strip()}" if part.strip() else "", where) for part in complements.split(";")]
    for tail in tails:
        for name in slot_names(tail):
            if name not in slots and name.rstrip("0123456789") not in slots:
                raise DataError(f"{where}: no slot list is named {name!r}")
    kinds = [f"{word.strip().replace('_', ' ')} " for word in adjectives.split(",") if word.strip()]
    for verb in verbs.split():
        for noun in nouns.split():
            _add(families, mode, verb, noun, kinds, tails, given or None)


def _add(
    families: dict[str, Family], mode: str, verb: str, noun: str, kinds: list[str], tails: list[Body], given: str | None
) -> None:
    verb, _, particle = verb.partition(":")
    noun, _, rest = noun.partition(":")
    label = f"{verb}|{noun}"
    family = families.setdefault(label, Family(label, label, input=given))
    objects: list[Body] = []
    for choice in _MODES[mode]:
        start, many = _determiner(choice, mode, verb, noun, bare=not particle)
        shape: Body = [("text", start)]
        if kinds:
            options: list[Body] = [[("text", kind)] for kind in kinds]
            options += [[("text", "")]] * len(kinds)  # half of the time no adjective
            shape.append(("pick", options))
        shape.append(("mark", (True, [(plural(noun) if many and not rest else noun, noun)])))
        if rest:
            shape.append(("text", " " + (plural(rest) if many else rest)))
        objects.append(shape)
    frames = (*_PLAIN, *_DEED) if mode == "act" else (*_PLAIN, *_OPENING, *_INSIDE)
    for number, (before, after) in enumerate(frames):
        shown = verb if (before, after) in _INSIDE else verb.capitalize()
        body = [*_text(before), ("mark", (False, [(shown, verb)]))]
        body += [("text", f" {particle.replace('_', ' ')} " if particle else " "), ("pick", objects)]
        body += [("pick", tails), *_text(after)]
        if given:
            places: list[Body] = [[("text", place)] for place in _BELOW]
            body.insert(-1 if after else len(body), ("pick", places))
        name = f"{label}/{number}-{len(family.templates)}"
        family.templates.append(Template(name, label, body, label, frozenset([label]), given is None))


_GIVING = frozenset(
    "write give make tell create generate draw design build find suggest recommend show name list provide".split()  # noqa: SIM905
)


def _determiner(choice: str, mode: str, verb: str, noun: str, *, bare: bool) -> tuple[str, bool]:
    """Words before the noun, and whether the noun is plural, for one choice of a mode."""
    many = choice.startswith("*") and countable(noun)
    start = choice.removeprefix("*")
    if not countable(noun):
        kept = start if mode in ("the", "given", "act") else ""
        start = {"a ": "", "one ": "some ", "me a ": "me ", "another ": "more "}.get(start, kept)
    if start.startswith("me ") and not (bare and verb in _GIVING):
        start = start.removeprefix("me ")
    return start, many


def _text(text: str) -> list[Piece]:
    return list(parse(text, "frames")) if text else []
