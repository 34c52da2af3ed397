"""The verb–noun sunburst: the commonest verbs inside, their nouns outside, as one SVG.

The picture that Self-Instruct (Wang et al., 2023, figure 3) made familiar. It is plain SVG with no script and no style
sheet: the same counts give the same bytes, the file opens anywhere, and the page of a map holds the same picture and
adds clicks to it through the ``data-verb`` and ``data-noun`` attributes.

What is too thin to be read is folded: verbs beyond `VERBS` and nouns beyond `NOUNS` of a verb go into one arc "other",
so that the angles always add up to all counted rows.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from taskscape.report.built import palette

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERBS = 20
NOUNS = 7
SIZE = 720  # the picture is a square of this many units
RADII = (92.0, 212.0, 350.0)  # of the hole with the total, the ring of verbs, the ring of nouns
GAP = 0.8  # units between arcs
LETTER = 0.56  # width of an average letter, in font sizes
OTHER = "other"
GREY = "#8b9099"
SANS = "InterVariable, Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
  body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: #fcfcfb; color: #1b2027 }}
  svg {{ width: min(96vw, 96vh); height: auto }}
  @media (prefers-color-scheme: dark) {{ body {{ background: #0f1216; color: #e7eaee }} }}
</style>
</head>
<body>
{svg}
</body>
</html>
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
    drawn = "\n".join(_draw(arc, total) for arc in _arcs(counts))
    centre = SIZE / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sunburst" viewBox="0 0 {SIZE} {SIZE}" role="group"'
        f' aria-label="{escape(title)}" font-family="{SANS}" text-rendering="geometricPrecision">\n'
        f"{drawn}\n"
        f'<text x="{centre:g}" y="{centre - 2:g}" text-anchor="middle" font-size="34" font-weight="600"'
        f' fill="currentColor">{total:,}</text>\n'
        f'<text x="{centre:g}" y="{centre + 22:g}" text-anchor="middle" font-size="14" fill="currentColor"'
        f' fill-opacity=".65">instructions</text>\n'
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
    return _PAGE.format(title=escape(title), svg=sunburst_svg(counts, title=title))


def _arcs(counts: Mapping[tuple[str, str], int]) -> Iterator[_Arc]:
    """Yield each verb's arc followed by those of its nouns, largest first and "other" last."""
    total = sum(counts.values())
    by_verb: dict[str, dict[str, int]] = defaultdict(dict)
    for (verb, noun), count in counts.items():
        if count > 0:
            by_verb[verb][noun] = count
    sums = {verb: sum(nouns.values()) for verb, nouns in by_verb.items()}
    colours = palette("light")
    begin = 0
    for rank, (verb, count) in enumerate(_folded(sums, VERBS)):
        # The grey arc stands for many verbs, so it has no nouns of its own.
        colour = colours[rank] if verb in sums and rank < VERBS else GREY
        yield _Arc(verb, None, count, begin / total, (begin + count) / total, colour)
        inside = begin
        for noun, part in _folded(by_verb.get(verb, {}), NOUNS):
            yield _Arc(verb, noun, part, inside / total, (inside + part) / total, colour)
            inside += part
        begin += count


def _folded(counts: Mapping[str, int], keep: int) -> list[tuple[str, int]]:
    """Keep the largest, add up the rest as "other"; ties go by name."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(count for _, count in order[keep:])
    return order[:keep] + ([(f"({OTHER})", rest)] if rest else [])


def _draw(arc: _Arc, total: int) -> str:
    inner, outer = (RADII[0], RADII[1]) if arc.noun is None else (RADII[1], RADII[2])
    name = arc.verb if arc.noun is None else arc.noun
    folded = name == f"({OTHER})"
    fill = GREY if folded else arc.colour if arc.noun is None else _mixed(arc.colour, 0.5)
    hint = f"{arc.verb} {arc.noun or ''}".strip() + f": {arc.count:,} ({arc.count / total:.1%})"
    noun = "" if arc.noun is None else f' data-noun="{escape(arc.noun)}"'
    mark = ' data-other=""' if folded else ""
    return (
        f'<g class="arc" data-verb="{escape(arc.verb)}"{noun}{mark}><title>{escape(hint)}</title>'
        f'<path d="{_ring(arc.start, arc.end, inner, outer)}" fill="{fill}"'
        f"{' fill-opacity=' + chr(34) + '.35' + chr(34) if folded else ''}/>"
        f"{_label(name, arc, inner, outer, 'currentColor' if folded else _ink(fill))}</g>"
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
    room = outer - inner - 14
    height = (arc.end - arc.start) * 2 * math.pi * (inner + outer) / 2
    size = min(15.0 if arc.noun is None else 13.0, height * 0.85)
    if size < 7.5:
        return ""
    letters = int(room / (LETTER * size))
    shown = name if len(name) <= letters else name[: max(1, letters - 1)].rstrip() + "…"
    turn = (arc.start + arc.end) / 2
    degrees = turn * 360 - 90
    flipped = turn > 0.5
    degrees += 180 if flipped else 0
    weight = ' font-weight="600"' if arc.noun is None else ""
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
