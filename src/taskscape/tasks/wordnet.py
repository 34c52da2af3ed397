"""The part of WordNet 3.0 that the labels need: which words there are, their synsets, their irregular forms.

Why shipped: its data is on no package index in a maintained package, and both the lemmas and the merging of synonyms
rest on it. ``scripts/extract_wordnet.py`` makes the file (314 KB) from Debian's ``wordnet-base``; the licence is
beside it. Reading takes about 0.1 s, once, at the first word.

The file has four parts, each opened by a line ``# noun``, ``# noun exceptions``, ``# verb``, ``# verb exceptions``.
A line holds a word and its synset numbers, most frequent sense first, with an empty field for a synset that no other
single word shares; or an irregular form and its lemma.
"""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

PartOfSpeech = Literal["noun", "verb"]


@dataclass(frozen=True, slots=True)
class WordNet:
    """One part of speech.

    Parameters
    ----------
    synsets
        Lemma → numbers of its synsets, most frequent sense first; -1 for one that holds no other single word. Senses
        after the last shared one are left out.
    irregular
        Irregular form → lemma.
    """

    synsets: dict[str, tuple[int, ...]]
    irregular: dict[str, str]


@cache
def wordnet(part: PartOfSpeech) -> WordNet:
    """Read one part of speech of the shipped file.

    Parameters
    ----------
    part
        ``"noun"`` or ``"verb"``.

    Returns
    -------
    WordNet
        Kept for the life of the process.
    """
    return _parts()[part]


@cache
def _parts() -> dict[PartOfSpeech, WordNet]:
    packed = (resources.files("taskscape") / "models" / "wordnet" / "wordnet.txt.xz").read_bytes()
    rows: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in lzma.decompress(packed).decode().splitlines():
        if line.startswith("# "):
            current = rows.setdefault(line[2:], {})
            continue
        word, _, rest = line.partition("\t")
        current[word] = rest
    return {part: _part(rows[part], rows[f"{part} exceptions"]) for part in ("noun", "verb")}


def _part(words: dict[str, str], irregular: dict[str, str]) -> WordNet:
    synsets = {
        word: tuple(int(number) if number else -1 for number in marks.split(",")) if marks else ()
        for word, marks in words.items()
    }
    return WordNet(synsets, irregular)
