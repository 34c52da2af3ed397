"""Requests among pasted text: the same request bare, and with about a thousand words before or after it.

Real prompts carry mails, logs, minutes, code. An encoder that drifts with them is of no use, so here are pairs to train
and to measure with: the pasted text is new each time and made by us, and the spans of verb and noun are moved along.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from taskscape.training.generator.template import Rendered, Slots, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskscape.training.generator.phrasebook import Generated, Phrasebook

_GENRES = ("news", "minutes", "log", "manual", "legal", "wiki", "chat", "diary", "report", "other")
_LINES = frozenset({"log", "chat", "minutes", "other"})  # genres that are written line by line
_LEADS = ("", "", "", "Text:\n", "Context:\n", "Here is the document.\n\n", "---\n", "> ", "This is what I have:\n\n")
_PLACES: tuple[Literal["before", "after", "both"], ...] = ("before", "after", "both")


@dataclass(frozen=True, slots=True)
class LongPrompt:
    """One request twice.

    Parameters
    ----------
    bare
        The request alone.
    long
        The same request with pasted text; its spans point into the long text.
    place
        Where the pasted text stands, seen from the request.
    """

    bare: Generated
    long: Generated
    place: Literal["before", "after", "both"]


def paste(slots: Slots, rng: random.Random, words: int) -> str:
    """Make up at least `words` words of mixed text: passages of several genres, 5 to 12 sentences or lines each."""
    parts: list[str] = []
    count = 0
    while count < words:
        genre = rng.choice(_GENRES)
        templates = slots.templates["pasted_" + genre]
        wanted = rng.randint(5, 12) if genre != "other" else rng.randint(1, 3)
        lines = []
        for template in rng.sample(templates, min(wanted, len(templates))):
            out = Rendered()
            render(template, slots, {}, rng, out)
            lines.append(out.text[:1].upper() + out.text[1:] if genre not in _LINES else out.text)
        parts.append(("\n" if genre in _LINES else " ").join(lines))
        count += len(parts[-1].split())
    return "\n\n".join(parts)


def long_prompts(
    book: Phrasebook, count: int, *, seed: int = 0, words: int = 1000, families: Iterable[str] | None = None
) -> list[LongPrompt]:
    """Draw requests bare and among pasted text, before, after and around in turn.

    Parameters
    ----------
    book
        Where the requests come from.
    count, seed
        How many, and which.
    words
        Words of pasted text at least; "both" has half of them on either side.
    families
        Families to draw from; by default all written ones whose requests are instructions rather than messages.
    """
    rng = random.Random(seed)
    chosen = list(families or (name for name in book.written if book.families[name].tone == "task"))
    prompts = []
    for number in range(count):
        bare = book.sample(rng.choice(chosen), rng, bare=True)
        place = _PLACES[number % len(_PLACES)]
        size = words if place != "both" else words // 2
        before = rng.choice(_LEADS) + paste(book.slots, rng, size) + "\n\n" if place != "after" else ""
        after = "\n\n" + rng.choice(_LEADS) + paste(book.slots, rng, size) if place != "before" else ""
        prompts.append(LongPrompt(bare, _moved(bare, before, after), place))
    return prompts


def bury(book: Phrasebook, bare: Generated, rng: random.Random, *, words: int) -> Generated:
    """Put a request among a little pasted text, about `words` words, cut where they end."""
    place = rng.choice(_PLACES)
    size = words if place != "both" else words // 2
    before, after = (" ".join(paste(book.slots, rng, size).split(" ")[-size:]) for _ in range(2))
    joint = rng.choice(("\n\n", "\n", " "))
    return _moved(bare, before + joint if place != "after" else "", joint + after if place != "before" else "")


def _moved(bare: Generated, before: str, after: str) -> Generated:
    shift = len(before)
    verb, noun = (span and (span[0] + shift, span[1] + shift) for span in (bare.verb_span, bare.noun_span))
    style = "+".join(filter(None, (bare.style, "pasted")))
    return replace(bare, text=before + bare.text + after, verb_span=verb, noun_span=noun, style=style)
