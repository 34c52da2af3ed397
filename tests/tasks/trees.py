"""Sentences with trees written by hand, so that the rules are tested without a parser."""

from __future__ import annotations

from taskscape.tasks.segments import Segment
from taskscape.tasks.sentence import Sentence


def sentence(text: str, *, first: bool = True) -> Sentence:
    """Read ``word/TAG/relation/head`` items; the head is an index, relation and head may be left out."""
    words, tags, relations, heads, offsets = [], [], [], [], []
    plain = ""
    for index, item in enumerate(text.split(" ")):
        word, tag, *rest = item.split("/")
        offsets.append(len(plain) + (index > 0))
        plain = f"{plain} {word}" if index else word
        words.append(word)
        tags.append(tag)
        relations.append(rest[0] if rest else "dep")
        heads.append(int(rest[1]) if len(rest) > 1 else index if rest[:1] == ["ROOT"] else 0)
    segment = Segment(0, plain, first=first, last=True, opens=True, pasted=False)
    return Sentence(segment, [word.lower() for word in words], words, tags, heads, relations, offsets)
