"""What the shipped models are trained on, source by source: read from files, or drawn from our generator.

Every source leaves out what a test asks. Price: drawing some 100,000 generated requests takes about 5 s.
"""

from __future__ import annotations

import csv
import functools
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from taskscape.training.pairs import Example, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from taskscape.training.generator.phrasebook import Generated, Phrasebook
    from taskscape.training.guards import TestSet

INTENT_SETS = ("banking77", "hwu64")
INSTRUCTION_SETS = ("gpteacher_roleplay.json", "self_instruct_seed_tasks.jsonl", "user_oriented_instructions.jsonl")
_HELD_INTENTS = 3  # one in so many intents is the development set
HELD_FAMILIES = 0.04  # share of the generated families that validates
_AGREEMENT_DRAWS = 3  # of each template
_WRITTEN_DRAWS, _GRAMMAR_DRAWS, _CROSSED_DRAWS = 50, 4, 3  # texts of each generated family
_PASTED_DRAWS = 4  # of each family, every second one among pasted text
_PASTED_WORDS = (15, 60)
_PHRASES = 1500  # requests without a verb
_BLOCKS = 450  # of crossed words, 16 families each
_PROSE = 6000  # texts that ask for nothing
_RECOMBINED = (  # sources whose texts are put together, and how many such texts
    (("banking77",), 8000),
    (("hwu64",), 8000),
    (("said",), 8000),
    (("banking77", "hwu64", "said"), 4000),
    (("messages",), 6000),
    (("requests",), 2000),
    (("tasks",), 6000),
    (("written",), 4000),
)
NOTHING = "none|none"  # label of a text that asks for nothing
_SURE = 0.7  # confidence of the parser from which the label of an intent's text teaches the heads
_AUXILIARIES = frozenset({"be", "have", "do", "can", "may", "must", "will", "shall"})


def read_labelled(path: Path, test: TestSet) -> dict[str, list[Example]]:
    """Read the labelled texts by their source, leaving out those of a test and those without a task."""
    found: dict[str, list[Example]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            spans = [tuple(row[key]) if row.get(key) else None for key in ("verb_span", "noun_span")]
            example = Example(row["text"], row["task"], spans[0], spans[1], row["kind"])
            sure = row["source"] not in INTENT_SETS or row["confidence"] >= _SURE
            if sure and "none" not in row["task"].split("|") and not test.touches(example):
                found.setdefault(row["source"], []).append(example)
    return found


def repeated(examples: Iterable[Example], *, once: bool = False) -> list[Example]:
    """Examples whose task has another example; with ``once=True`` the others."""
    examples = list(examples)
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.task] = counts.get(example.task, 0) + 1
    return [example for example in examples if (counts[example.task] == 1) == once]


def read_texts(folder: Path) -> Iterable[tuple[str, str]]:
    """Give all texts that the parser labels, each with the name of its source."""
    from taskscape.records import open_dataset

    for text in json.loads((folder / "ieb" / "eft_train_unsup.json").read_text(encoding="utf-8")):
        yield "ieb", text
    for name in INSTRUCTION_SETS:
        for text in dict.fromkeys(open_dataset(folder / "instructions" / name).texts()):
            yield "instructions", text
    for name in INTENT_SETS:
        for text, _ in _intent_rows(folder / "intents", name):
            yield name, text


def _intent_rows(folder: Path, name: str) -> list[tuple[str, str]]:
    rows = []
    for split in ("train", "test"):
        with (folder / f"{name}_{split}.csv").open(encoding="utf-8", newline="") as file:
            rows += [(row["text"], f"{name}:{row['category']}") for row in csv.DictReader(file)]
    return rows


def read_intents(
    folder: Path, labels: Mapping[str, Example] | None = None, *, seed: int = 0
) -> tuple[list[Example], list[Example]]:
    """Read the intent sets and hold a third of the intents of each out.

    Parameters
    ----------
    folder
        With their files.
    labels
        Text → the same text with its label, which the heads learn.
    seed
        Which intents.

    Returns
    -------
    tuple
        Examples of the training intents, and of the held-out ones.
    """
    train: list[Example] = []
    held: list[Example] = []
    for name in INTENT_SETS:
        rows = [_intent(text, intent, labels or {}) for text, intent in _intent_rows(folder, name)]
        intents = sorted({row.task for row in rows})
        random.Random(seed).shuffle(intents)
        out = set(intents[: len(intents) // _HELD_INTENTS])
        train += [row for row in rows if row.task not in out]
        held += [row for row in rows if row.task in out]
    return train, held


def _intent(text: str, intent: str, labels: Mapping[str, Example]) -> Example:
    known = labels.get(text)
    if known is None:
        return Example(text, intent)
    return Example(text, intent, known.verb_span, known.noun_span, known.kind, known.task)


def training_book(banned: Collection[str], *, seed: int = 0) -> Phrasebook:
    """Give the phrasebook without the banned labels and without the families that validate."""
    from taskscape.training.generator import load_phrasebook

    return load_phrasebook().only(without_tasks=banned).split(seed=seed, share=HELD_FAMILIES)[0]


def agreed_templates(book: Phrasebook, *, seed: int = 0) -> frozenset[str]:
    """Find the templates written by hand whose label the parser reads too: only these may teach the heads.

    What a sentence asks can be labelled in more than one way, and the labels of a test follow one of them, which is the
    parser's as well.
    """
    from taskscape.tasks import label

    rng = random.Random(seed)
    drawn = [one for _ in range(_AGREEMENT_DRAWS) for one in book.plain_drawings(rng)]
    found = label([one.text for one in drawn], labeller="parser")
    agrees: dict[str, bool] = {}
    for one, task in zip(drawn, found, strict=True):
        agrees[one.template] = agrees.get(one.template, True) and one.task == str(task)
    return frozenset(name for name, always in agrees.items() if always)


def draw_families(
    book: Phrasebook, names: Iterable[str], rng: random.Random, draws: int, agreed: Collection[str] = ()
) -> list[Example]:
    """Draw requests of each family, no template twice in a row.

    A written family is one task under its own name, whatever verb and noun each phrasing has, and the heads learn the
    labels of the `agreed` templates; a grammar family is its label.
    """
    drawn = []
    for name in names:
        last = None
        for _ in range(draws):
            last = book.sample(name, rng, unlike=last)
            drawn.append(_example(last, agreed))
    return distinct(drawn)


def _example(drawn: Generated, agreed: Collection[str]) -> Example:
    exact = drawn.exact and ("|" in drawn.family or drawn.template in agreed)
    kind = str(drawn.kind) if exact else None
    return Example(drawn.text, drawn.family, drawn.verb_span, drawn.noun_span, kind, drawn.task)


def draw_written(book: Phrasebook, tone: str, agreed: Collection[str], *, seed: int = 0) -> list[Example]:
    """Draw requests of the families written by hand: tasks (``"task"``), or people's messages (``"plain"``)."""
    names = [name for name in book.written if book.families[name].tone == tone]
    return draw_families(book, names, random.Random(seed), _WRITTEN_DRAWS, agreed)


def draw_grammar(book: Phrasebook, *, seed: int = 0) -> list[Example]:
    """Draw requests of the families made by rule."""
    return draw_families(book, book.grammar, random.Random(seed), _GRAMMAR_DRAWS)


def draw_crossed(book: Phrasebook, treebank: Path, banned: Collection[str], *, seed: int = 0) -> list[Example]:
    """Draw requests with any verb and any noun of the treebank's vocabulary."""
    from taskscape.training.generator.crossing import crossed

    rng = random.Random(seed)
    families = crossed(book, *vocabulary(treebank), rng, blocks=_BLOCKS)
    names = [name for name in families.families if name not in banned]
    return draw_families(families, names, rng, _CROSSED_DRAWS)


def draw_phrases(book: Phrasebook, treebank: Path, banned: Collection[str], *, seed: int = 0) -> list[Example]:
    """Draw requests without a verb, with nouns of the treebank's vocabulary.

    They teach the heads alone and have no task: "Rules for tennis" and "The price of tea" share a label, not a request.
    """
    from taskscape.training.generator.crossing import NOUN_PHRASE, noun_phrases

    if NOUN_PHRASE in banned:
        return []
    rng = random.Random(seed)
    phrases = noun_phrases(book, *vocabulary(treebank), rng, count=_PHRASES)
    return [replace(example, task="") for example in draw_families(phrases, [NOUN_PHRASE], rng, _PHRASES)]


@functools.cache  # two sources draw from it
def vocabulary(treebank: Path) -> tuple[list[str], list[str]]:
    """Read the verbs and nouns of a treebank that WordNet knows as lemmas: two sorted lists."""
    from taskscape.tasks.lemmas import lemmatise
    from taskscape.tasks.wordnet import wordnet
    from taskscape.training.conllu import read_trees

    found: dict[str, set[str]] = {"VB": set(), "NN": set()}
    for tree in read_trees(treebank):
        for word, tag in zip(tree.words, tree.tags, strict=True):
            if tag in found and len(word) > 2 and word.isascii() and word.isalpha() and word.islower():
                found[tag].add(word)
    verbs = {word for word in found["VB"] & wordnet("verb").synsets.keys() if lemmatise(word, "verb") == word}
    nouns = {word for word in found["NN"] & wordnet("noun").synsets.keys() if lemmatise(word, "noun") == word}
    return sorted(verbs - _AUXILIARIES), sorted(nouns)


def draw_pasted(book: Phrasebook, agreed: Collection[str], *, seed: int = 0) -> list[Example]:
    """Draw requests of the families written by hand, every second one among pasted text."""
    from taskscape.training.generator.longtext import bury

    rng = random.Random(seed)
    drawn = []
    for name in book.written:
        for turn in range(_PASTED_DRAWS):
            one = book.sample(name, rng, bare=True)
            text = bury(book, one, rng, words=rng.randint(*_PASTED_WORDS)) if turn % 2 else one
            drawn.append(_example(text, agreed))
    return distinct(drawn)


def draw_prose(book: Phrasebook, treebank: Path, *, seed: int = 0) -> list[Example]:
    """Draw texts that ask for nothing: pasted text of ours and statements of the treebank, a few sentences each."""
    from taskscape.training.conllu import read_trees
    from taskscape.training.generator.longtext import paste

    rng = random.Random(seed)
    statements = [
        tree.text
        for tree in read_trees(treebank)
        if len(tree.words) > 5
        and tree.text.endswith(".")
        and any(
            relation.startswith("nsubj") and head == tree.heads[head]
            for head, relation in zip(tree.heads, tree.relations, strict=True)
        )
    ]
    texts: list[str] = []
    while len(texts) < _PROSE:
        start = rng.randrange(len(statements))
        texts.append(" ".join(statements[start : start + rng.randint(1, 3)]))
        texts.append(" ".join(paste(book.slots, rng, 20).split(" ")[: rng.randint(10, 60)]))
    return distinct(Example(text, "", kind="Others", label=NOTHING) for text in texts)


def draw_messages(kind: str, test: TestSet) -> list[Example]:
    """Give the messages of a kind written by hand; those of a block are one task, named by where it stands.

    They are loose: what a block wants may be a family, an intent or a label as well.
    """
    from taskscape.training.generator.files import read_messages

    blocks = read_messages(kind).items()
    examples = distinct(Example(text, name, loose=True) for name, texts in blocks for text in texts)
    return [example for example in examples if not test.touches(example)]


def draw_traps(
    book: Phrasebook, test: TestSet, agreed: Collection[str], *, count: int = 6000, seed: int = 0
) -> list[list[Example]]:
    """Draw groups against word matching: two requests of other tasks in the same words, each with one of its own task.

    Returns
    -------
    list of list of Example
        Groups of two to four; requests of a family that has no other wording stand alone in theirs.
    """
    rng = random.Random(seed)
    groups = []
    for found in book.traps(count, seed=seed):
        alone = [one for one in found if sum(other.family == one.family for other in found) == 1]
        partners = [book.sample(one.family, rng, unlike=one) for one in alone]
        groups.append([_example(one, agreed) for one in (*found, *partners)])
    return [group for group in groups if not any(test.touches(e) for e in group)]


def draw_recombined(texts: Mapping[str, Sequence[str]], test: TestSet, *, seed: int = 0) -> list[Example]:
    """Put texts together from the head of one and the tail of another of the same source.

    They mean little and have no task. What a large model makes of them shows a smaller one its geometry between the
    texts that both were trained on, which those alone do not.
    """
    rng = random.Random(seed)
    drawn = []
    for names, count in _RECOMBINED:
        words = [words for name in names for text in texts[name] if len(words := text.split()) > 2]
        for _ in range(count):
            head, tail = rng.choice(words), rng.choice(words)
            parts = head[: rng.randint(1, len(head) - 1)] + tail[rng.randint(1, len(tail) - 1) :]
            drawn.append(Example(" ".join(parts), ""))
    return [example for example in drawn if not test.touches(example)]


def distinct(examples: Iterable[Example]) -> list[Example]:
    """Leave out second copies of a text."""
    seen: set[str] = set()
    kept = []
    for example in examples:
        key = plain(example.text)
        if key and key not in seen:
            seen.add(key)
            kept.append(example)
    return kept
