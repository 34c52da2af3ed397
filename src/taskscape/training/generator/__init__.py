"""Instructions without end, exactly labelled and all our own words: the clean supervision of the task encoder.

Two sources in one `Phrasebook`. *Written* families hold many wordings of one task, chosen so that they share few words
("Give me the gist of …" / "Summarize …"). *Grammar* families combine verbs, nouns and topics by rule, named by their
label (``write|poem``), with the spans of verb and noun exact. Traps use the same words for other tasks.

Nothing was copied from a data set, so everything that is generated may be used for any purpose.

Examples
--------
>>> from taskscape.training.generator import generate
>>> rows = generate(3, seed=1)
>>> len(rows), all("|" in row.task for row in rows)
(3, True)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from taskscape.training.generator.files import PHRASINGS, read_families, read_slots, read_traps
from taskscape.training.generator.grammar import read_grammar
from taskscape.training.generator.longtext import LongPrompt
from taskscape.training.generator.longtext import long_prompts as _long_prompts
from taskscape.training.generator.phrasebook import Generated, Phrasebook, overlap

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable
    from pathlib import Path

__all__ = [
    "Generated",
    "LongPrompt",
    "Phrasebook",
    "families",
    "generate",
    "hard_negatives",
    "load_phrasebook",
    "long_prompts",
    "overlap",
    "paraphrases",
    "sample",
    "split_families",
    "traps",
]


@lru_cache(maxsize=4)
def load_phrasebook(folder: Path = PHRASINGS) -> Phrasebook:
    """Read a folder of phrasing files (by default ours), once.

    Raises
    ------
    DataError
        A file that cannot be read, with the line.
    """
    slots = read_slots(folder)
    written = read_families(slots, folder)
    return Phrasebook(written | read_grammar(slots, folder), slots, read_traps(written, slots, folder))


def families(*, grammar: bool = False) -> list[str]:
    """Names of the written families, or with ``grammar=True`` of all."""
    book = load_phrasebook()
    return list(book.families) if grammar else list(book.written)


def generate(count: int, *, seed: int = 0, families: Iterable[str] | None = None) -> list[Generated]:
    """Draw requests of all or some families, see `Phrasebook.generate`."""
    return load_phrasebook().generate(count, seed=seed, families=families)


def sample(family: str, rng: random.Random, *, unlike: Generated | None = None) -> Generated:
    """Draw one request of a family, of another template than `unlike`."""
    return load_phrasebook().sample(family, rng, unlike=unlike)


def paraphrases(count: int, *, seed: int = 0) -> list[tuple[Generated, Generated]]:
    """Draw pairs of one family with few words in common, see `Phrasebook.pairs`."""
    return load_phrasebook().pairs(count, seed=seed)


def traps(count: int, *, seed: int = 0) -> list[tuple[Generated, ...]]:
    """Draw requests with the same words and different tasks, see `Phrasebook.traps`."""
    return load_phrasebook().traps(count, seed=seed)


def long_prompts(count: int, *, seed: int = 0, words: int = 1000) -> list[LongPrompt]:
    """Draw requests bare and with about `words` words of pasted text before, after or around them."""
    return _long_prompts(load_phrasebook(), count, seed=seed, words=words)


def hard_negatives(family: str) -> list[str]:
    """Families that share words or the verb or noun with this one but ask for something else."""
    return load_phrasebook().hard_negatives(family)


def split_families(seed: int = 0, *, share: float = 0.2) -> tuple[Phrasebook, Phrasebook]:
    """Part for training and part for development, with no family (nor one related to it) in both."""
    return load_phrasebook().split(seed=seed, share=share)
