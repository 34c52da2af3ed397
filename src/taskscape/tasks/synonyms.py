"""Merge labels that mean the same task: ``create|story`` and ``make|story`` become ``create|story##make|story``.

The method is the paper's, WordNet, with the conditions that IEB's own groups taught on the development file: two words
are one where they share a synset that is the first sense of one of them and among the first few of the other. Without
the first condition half of the merges are wrong (``identify`` and ``name`` share a second sense). Similarity of label
embeddings was tried and agrees much less (``docs/labels.md``).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from taskscape.tasks.wordnet import PartOfSpeech, wordnet

if TYPE_CHECKING:
    from collections.abc import Mapping

SEPARATOR = "##"  # joins the labels of one group, as in the published files
_DEEPEST: dict[PartOfSpeech, int] = {"verb": 5, "noun": 2}  # sense of the rarer reading that still counts, from 1


def are_synonyms(first: str, second: str, part: PartOfSpeech) -> bool:
    """Tell whether two lemmas are the same word of a task.

    Parameters
    ----------
    first, second
        Lemmas.
    part
        ``"noun"`` or ``"verb"``.

    Returns
    -------
    bool
        Whether they are equal, or share a synset that is the first sense of one and a frequent sense of the other.
    """
    if first == second:
        return True
    lexicon = wordnet(part).synsets
    senses, others = lexicon.get(first, ()), lexicon.get(second, ())
    deepest = _DEEPEST[part]
    return any(
        sense >= 0 and sense == other and min(rank, other_rank) == 0
        for rank, sense in enumerate(senses[:deepest])
        for other_rank, other in enumerate(others[:deepest])
    )


def merge_synonyms(counts: Mapping[str, int]) -> dict[str, str]:
    """Group labels that mean the same task.

    Parameters
    ----------
    counts
        How often each label ``verb|noun`` occurs.

    Returns
    -------
    dict of str to str
        Every label → its group: the labels of the group, most frequent first (ties by alphabet), joined by ``##``; a
        label that means nothing else is its own group.

    Notes
    -----
    Two labels mean the same where their verbs do and their nouns do; groups are what hangs together so. Cost: linear
    in the labels, times the few synonyms of a word.
    """
    verbs = _synonyms({label.partition("|")[0] for label in counts}, "verb")
    nouns = _synonyms({label.partition("|")[2] for label in counts}, "noun")
    order = sorted(counts, key=lambda label: (-counts[label], label))
    groups: dict[str, str] = {}
    for label in order:
        if label in groups:
            continue
        members = {label}
        waiting = [label]
        while waiting:
            verb, _, noun = waiting.pop().partition("|")
            near = {f"{other_verb}|{other_noun}" for other_verb in verbs[verb] for other_noun in nouns[noun]}
            found = (near & counts.keys()) - members
            members |= found
            waiting.extend(found)
        name = SEPARATOR.join(sorted(members, key=lambda member: (-counts[member], member)))
        groups.update(dict.fromkeys(members, name))
    return groups


def _synonyms(words: set[str], part: PartOfSpeech) -> dict[str, list[str]]:
    """List for each word those of the words that are its synonyms, itself included."""
    lexicon = wordnet(part).synsets
    by_synset: dict[int, list[str]] = defaultdict(list)
    for word in words:
        for sense in lexicon.get(word, ())[: _DEEPEST[part]]:
            by_synset[sense].append(word)
    found = {}
    for word in words:
        near = {other for sense in lexicon.get(word, ())[: _DEEPEST[part]] if sense >= 0 for other in by_synset[sense]}
        found[word] = [word, *sorted(other for other in near - {word} if are_synonyms(word, other, part))]
    return found
