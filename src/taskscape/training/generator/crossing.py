"""Any verb with any noun: families that teach to read the label off the sentence, whatever its words.

Why: labelled instructions use some hundred verbs, and a model that has seen no others takes a new verb for one of them.
Here a few verbs and nouns at a time, drawn from a vocabulary, are crossed in the frames of the grammar. Much of it is
nonsense ("Mend the following verdict"), on purpose: what is left to learn from is the place of the words and the words.
Each block shares its verbs and nouns, so that every family has neighbours that differ in one word alone.

Price: some 30 µs a family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.training.generator.files import Family, Template
from taskscape.training.generator.grammar import read_row
from taskscape.training.generator.inflection import plural
from taskscape.training.generator.phrasebook import Phrasebook
from taskscape.training.generator.template import parse

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

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
NOUN_PHRASE = "noun|knowledge"  # IEB's label of a request without a verb
_PHRASES = """
The [history|origin|meaning|future|main idea|price|cost|size|colour|role|rules] of {topic}
[History|Origin|Meaning|Causes|Symptoms|Benefits|Dangers|Effects|Definition|Examples|Kinds|Rules] of {topic}[?|]
[Side effects|Advantages|Drawbacks|Uses|Parts|Types|Signs|Risks|Pros and cons] of [|too much |old |cheap ]{nouns}[?|]
[Capital|Population|Currency|Flag|President|Area|Largest city|National animal] of {country}[?|]
[Difference|Differences|The difference|A comparison|Similarities] between {nouns} and {nouns2}[?|.|]
[Tips|Ideas|Advice|Rules|Suggestions|Inspiration|A plan|A checklist] for {event}[.|?|]
[Tips|Ideas|Some ideas|A few tips|Good advice] for a [first|new|short|small|rainy] {noun} with {person}
[Three|Five|Ten|Some|A few|Two|Several|Seven] [famous|good|cheap|common|healthy|old|rare|] {nouns} in {city}[.|]
[Three|Five|Ten|Some|A few|Two|Several] [famous|good|new|interesting|short|] {nouns} about {topic}
[Top|The top|The best|Best|The worst] [five|ten|20|three|] {nouns} of [1984|2010|all time|the year|{country}]
The most [common|expensive|popular|dangerous|beautiful|famous] {noun} in {country}[?|]
The [longest|highest|oldest|biggest|fastest|smallest|best] {noun} in [the world|{country}|{city}][?|]
A list of [|the best |all |common |useful ]{nouns}[| for {event}| in {country}| about {topic}]
[Cheap|Good|Simple|Healthy|Quick|Easy|Safe|New] {nouns} for [{event}|{person}|a long {noun2}|the {noun2}][?|]
[Cheap|Good|Simple|Clever|Quick|Easy|Safe|Different|Best|Some] ways to {verb} a {noun}[?|]
[Ways|Reasons|How-to: ways|Best time|Good places] to {verb} {nouns}[?|]
[Opening hours|Weather|Best {nouns}|Population|A map|Public transport|Restaurants] in {city}[?|]
[Name|Year of birth|Nationality|Profession|Age|Birthplace] of {famous}[?|]
[Author|Main character|Plot|Year|Director|Ending|Theme] of {book}[?|]
{nouns} [and|or|vs|versus] {nouns2}[?|]
[Recipe|A recipe|Simple recipe|Ingredients] for {food}[?|]
[Synonyms|Opposite|Plural|Antonyms|Etymology|Spelling] of "{word}"[?|]
[Some|Any|Good] [facts|information|news|details|numbers|statistics] [about|on] {topic}[?|]
[Chemical symbol|Boiling point|Density|Formula] of the {noun}[?|]
[Distance|Route|Flights|Trains] from {city} to {city2}[?|]
[Nearest|Closest|Good|A quiet] {noun} [near|close to|around] {city}[?|]
{noun} [ideas|tips|rules|basics|types|prices|alternatives] for {person}
[A|The] {noun} without [a {noun2}|{nouns2}][?|]
[Number|Amount|Share|Percentage] of {nouns} in [a {noun2}|{country}][?|]
[An example|Examples|An overview|A summary|An explanation] of {topic}[?|]
""".strip().splitlines()


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


def noun_phrases(
    book: Phrasebook, verbs: Sequence[str], nouns: Sequence[str], rng: random.Random, *, count: int
) -> Phrasebook:
    """Put words of a vocabulary into requests without a verb ("Side effects of cheap lamps?"): one family.

    Parameters
    ----------
    book
        Whose slot lists fill the phrases.
    verbs, nouns
        Lemmas of one word.
    rng
        Source of chance.
    count
        Phrasings.
    """
    family = Family(NOUN_PHRASE, NOUN_PHRASE, tone="plain")
    for number in range(count):
        noun, other = rng.sample(nouns, 2)
        line = _PHRASES[number % len(_PHRASES)].replace("{verb}", rng.choice(verbs))
        for slot, word in (("noun", noun), ("noun2", other), ("nouns", plural(noun)), ("nouns2", plural(other))):
            line = line.replace(f"{{{slot}}}", word)
        body = parse(line, f"phrase {number}")
        family.templates.append(
            Template(f"{NOUN_PHRASE}/{number}", NOUN_PHRASE, body, NOUN_PHRASE, frozenset([NOUN_PHRASE]), whole=True)
        )
    return Phrasebook({NOUN_PHRASE: family}, book.slots)
