"""Any verb with any noun: families that teach to read the label off the sentence, whatever its words.

Why: labelled instructions use some hundred verbs, and a model that has seen no others takes a new verb for one of them.
Here a few verbs and nouns at a time, drawn from a vocabulary, are crossed in the frames of the grammar. Much of it is
nonsense ("Mend the following verdict"), on purpose: what is left to learn from is the place of the words and the words.
Each block shares its verbs and nouns, so that every family has neighbours that differ in one word alone.

Price: some 30 µs a family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.training.generator.grammar import read_row
from taskscape.training.generator.phrasebook import Phrasebook

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from taskscape.training.generator.files import Family

_SIDE = 4  # verbs, and nouns, of a block
_FRAMES = """
new | {verbs} | {nouns} | {adjectives} | about {topic};for {person};in the style of {author};for {company};on {topic}
given | {verbs} | {nouns} | {adjectives} | ;in detail;for {audience};with a focus on {topic};and explain why | passagein
given | {verbs} | {nouns} | {adjectives} | ;in one sentence;in {language};as {person} would | sentencein
many | {verbs} | {nouns} | {adjectives} | ;for {event};in {country};related to {topic}
the | {verbs} | {nouns} | {adjectives} | of {topic};in {field};for {event};of {topic} in {country}
act | {verbs} | {nouns} | {adjectives} | ;for {date};at {time};with {person};in {city}
""".strip().splitlines()
_ADJECTIVES = ("short", "new", "simple", "main", "best", "first", "long", "common", "different", "good", "important")


def crossed(
    book: Phrasebook, verbs: Sequence[str], nouns: Sequence[str], rng: random.Random, *, blocks: int
) -> Phrasebook:
    """Cross words of a vocabulary into families named by their label.

    Parameters
    ----------
    book
        Whose slot lists fill the frames.
    verbs, nouns
        Lemmas of one word.
    rng
        Source of chance.
    blocks
        Groups of four verbs and four nouns; each gives 16 families.
    """
    families: dict[str, Family] = {}
    for number in range(blocks):
        row = rng.choice(_FRAMES)
        for name, words in (("verbs", verbs), ("nouns", nouns)):
            row = row.replace(f"{{{name}}}", " ".join(rng.sample(words, _SIDE)))
        row = row.replace("{adjectives}", ",".join(rng.sample(_ADJECTIVES, 3)))
        read_row(row, f"crossing {number}", book.slots, families)
    return Phrasebook(families, book.slots)
