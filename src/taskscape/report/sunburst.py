"""The verb–noun sunburst: the commonest verbs inside, their nouns outside, as one SVG.

The picture that Self-Instruct (Wang et al., 2023, figure 3) made familiar. It is plain SVG with no script and no style
sheet: the same counts give the same bytes, the file opens anywhere, and the page of a map holds the same picture and
adds clicks to it through the ``data-verb`` and ``data-noun`` attributes.

What is too thin to be read is left out, and said: the ring is shared by the `VERBS` commonest verbs, and its middle
says how many of all rows these are; a verb's nouns beyond `NOUNS`, or too thin to carry a word, are one pale arc.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from taskscape.report.built import palette
from taskscape.report.document import document
from taskscape.report.excerpt import excerpt
from taskscape.tasks.label import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERBS = 20
NOUNS = 8
WORD = 60  # characters of a word, which come from any text
THIN = 0.005  # share of the ring below which a noun has no arc of its own
SIZE = 600  # the picture is a square of this many units
RADII = (66.0, 168.0, 292.0)  # of the hole with the count, the ring of verbs, the ring of nouns
GAP = 1.0  # units between arcs
LETTER = 0.56  # width of an average letter, in font sizes
PALE = 0.13  # opacity of the arc of the nouns that are left out
SANS = "InterVariable, Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_STYLE = """
body{min-height:100vh;display:grid;place-items:center}
svg{width:min(96vw,96vh)}
"""


@dataclass(frozen=True, slots=True)
class _Arc:
    """One arc: a verb, or one of its nouns; angles in turns from the top, clockwise."""

    verb: str
    noun: str | None  # None: the verb's own arc
    count: int
    start: float
    end: float
    colour: str
    folded: int = 0  # nouns that this pale arc stands for


def sunburst_svg(counts: Mapping[tuple[str, str], int], *, title: str = "Verbs and their nouns") -> str:
    """Draw the sunburst of task counts.

    Parameters
    ----------
    counts
        Rows per ``(verb, noun)``, each ≥ 0.
    title
        What the picture shows, for screen readers.

    Returns
    -------
    str
        One ``<svg>`` element. Same counts, same string; the order of `counts` does not matter.

    Source
    ------
    The form is that of Self-Instruct, https://arxiv.org/abs/2212.10560, figure 3.
    """
    total = sum(counts.values())
    shown = _common(counts)
    ring = sum(sum(nouns.values()) for nouns in shown.values())
    drawn = "\n".join(_draw(arc, total) for arc in _arcs(shown, ring))
    beneath = "instructions" if ring == total else f"of {total:,}"
    centre = SIZE / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sunburst" viewBox="0 0 {SIZE} {SIZE}" role="group"'
        f' aria-label="{escape(excerpt(title, 200))}" font-family="{SANS}" text-rendering="geometricPrecision">\n'
        f"{drawn}\n"
        f'<text x="{centre:g}" y="{centre + 4:g}" text-anchor="middle" font-size="26" font-weight="600"'
        f' fill="currentColor">{ring:,}</text>\n'
        f'<text x="{centre:g}" y="{centre + 22:g}" text-anchor="middle" font-size="13" fill="currentColor"'
        f' fill-opacity=".65">{beneath}</text>\n'
        "</svg>"
    )


def sunburst_page(counts: Mapping[tuple[str, str], int], *, title: str = "Verbs and their nouns") -> str:
    """Draw the sunburst as a page of its own, in light or dark as the reader's system is.

    Parameters
    ----------
    counts, title
        As in `sunburst_svg`; the title also names the page.

    Returns
    -------
    str
        A whole HTML document with no script.
    """
    return document(title, sunburst_svg(counts, title=title), style=_STYLE)


def _common(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Nouns and their counts of each of the commonest verbs, largest first, ties by name."""
    by_verb: dict[str, dict[str, int]] = defaultdict(dict)
    for (verb, noun), count in counts.items():
        if count > 0 and verb != NOTHING:
            nouns = by_verb[excerpt(verb, WORD)]
            nouns[excerpt(noun, WORD)] = nouns.get(excerpt(noun, WORD), 0) + count
    order = sorted(by_verb, key=lambda verb: (-sum(by_verb[verb].values()), verb))
    return {verb: dict(sorted(by_verb[verb].items(), key=lambda item: (-item[1], item[0]))) for verb in order[:VERBS]}


def _arcs(verbs: Mapping[str, Mapping[str, int]], ring: int) -> Iterator[_Arc]:
    """Yield each verb's arc followed by those of its nouns, the pale one last."""
    begin = 0
    for rank, (verb, nouns) in enumerate(verbs.items()):
        count, colour = sum(nouns.values()), palette("light")[rank]
        yield _Arc(verb, None, count, begin / ring, (begin + count) / ring, colour)
        inside = begin
        for place, (noun, part) in enumerate(nouns.items()):
            if place == NOUNS or part / ring < THIN:
                end, folded = begin + count, len(nouns) - place
                yield _Arc(verb, None, end - inside, inside / ring, end / ring, colour, folded)
                break
            yield _Arc(verb, noun, part, inside / ring, (inside + part) / ring, colour)
            inside += part
        begin += count


def _draw(arc: _Arc, total: int) -> str:
    inner, outer = RADII[1:] if arc.noun is not None or arc.folded else RADII[:2]
    outline = _ring(arc.start, arc.end, inner, outer)
    share = f"{arc.count:,} ({arc.count / total:.1%})"
    if arc.folded:
        hint = escape(f"{arc.verb}, {arc.folded} other noun{'s' if arc.folded > 1 else ''}: {share}")
        path = f'<path d="{outline}" fill="{arc.colour}" fill-opacity="{PALE}"/>'
        said = _label(f"{arc.folded:,} more", arc, inner, outer, "currentColor")
        return f'<g class="rest"><title>{hint}</title>{path}{said}</g>'
    name, fill, noun = arc.verb, arc.colour, ""
    if arc.noun is not None:
        name, fill, noun = arc.noun, _mixed(arc.colour, 0.5), f' data-noun="{escape(arc.noun)}"'
    hint = escape(f"{arc.verb} {arc.noun or ''}".strip() + f": {share}")
    return (
        f'<g class="arc" data-verb="{escape(arc.verb)}"{noun}><title>{hint}</title>'
        f'<path d="{outline}" fill="{fill}"/>{_label(name, arc, inner, outer, _ink(fill))}</g>'
    )


def _ring(start: float, end: float, inner: float, outer: float) -> str:
    """Outline the part of a ring between two angles, drawn in two halves so that a full turn works too."""
    gap = GAP / (2 * math.pi * outer)
    start, end = (start + gap / 2, end - gap / 2) if end - start > 2 * gap else (start, end)
    middle = (start + end) / 2
    inner += GAP
    forth = [_point(angle, outer) for angle in (start, middle, end)]
    back = [_point(angle, inner) for angle in (end, middle, start)]
    return (
        f"M{forth[0]}A{outer:g} {outer:g} 0 0 1 {forth[1]}A{outer:g} {outer:g} 0 0 1 {forth[2]}"
        f"L{back[0]}A{inner:g} {inner:g} 0 0 0 {back[1]}A{inner:g} {inner:g} 0 0 0 {back[2]}Z"
    )


def _point(turn: float, radius: float) -> str:
    angle = 2 * math.pi * turn
    return f"{SIZE / 2 + radius * math.sin(angle):.2f} {SIZE / 2 - radius * math.cos(angle):.2f}"


def _label(name: str, arc: _Arc, inner: float, outer: float, ink: str) -> str:
    """Write a name along the radius where it is legible there; nothing where it is not."""
    room = outer - inner - 12
    height = (arc.end - arc.start) * 2 * math.pi * (inner + outer) / 2
    verb = outer == RADII[1]
    size = min(14.0 if verb else 12.5, height * 0.86)
    if size < 6.5:
        return ""
    letters = int(room / (LETTER * size))
    shown = name if len(name) <= letters else name[: max(1, letters - 1)].rstrip() + "…"
    turn = (arc.start + arc.end) / 2
    degrees = turn * 360 - 90
    flipped = turn > 0.5
    degrees += 180 if flipped else 0
    weight = ' font-weight="600"' if verb else ""
    return (
        f'<text transform="translate({_point(turn, (inner + outer) / 2)}) rotate({degrees:.2f})" text-anchor="middle"'
        f' dy=".35em" font-size="{size:.1f}"{weight} fill="{ink}">{escape(shown)}</text>'
    )


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mixed(colour: str, share: float) -> str:
    """Mix a colour with white."""
    return "#" + "".join(f"{round(value + (255 - value) * share):02x}" for value in _channels(colour))


def _ink(colour: str) -> str:
    """Choose black or white writing by the contrast of WCAG 2."""
    linear = [((v / 255 + 0.055) / 1.055) ** 2.4 if v > 10 else v / 255 / 12.92 for v in _channels(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if luminance < 0.179 else "#14181d"
