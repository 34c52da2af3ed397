"""A comparison → one self-contained HTML page: a heat map with its tree; for each two sets, figures and example rows.

There is no script: pairs open by ``<details>``, and a click on a cell goes to its pair. Every text is escaped, and the
page admits no network (`taskscape.report.document`).
"""

from __future__ import annotations

from html import escape
from itertools import combinations
from typing import TYPE_CHECKING

from taskscape.report.charts.heatmap import heatmap_svg
from taskscape.report.document import document
from taskscape.report.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.analysis import Comparison

EXCERPT = 220  # characters of each text
NAME = 80  # characters of a set's name
TASKS = 12  # tasks that only one has, shown of each pair

_STYLE = """
svg a:hover rect,svg a:focus-visible rect{stroke:var(--ink);stroke-width:2}
.cell{fill:var(--accent)}
.empty{fill:var(--sunken)}
.tree{fill:none;stroke:var(--muted);stroke-width:1.3}
.chart text.on{fill:var(--panel)}
"""


def render_comparison(
    comparison: Comparison,
    *,
    texts: Mapping[str, Sequence[str]],
    rows: Mapping[str, NDArray[np.int64]] | None = None,
    encoder: str = "",
    title: str | None = None,
) -> str:
    """Render the page of a comparison.

    Parameters
    ----------
    comparison
        What `taskscape.compare` gave.
    texts
        Name → text of each row of the set, for the examples.
    rows
        Name → number of each row in its source; positions where None.
    encoder
        Name of the encoder, for the reader.
    title
        Heading; None names the number of sets.

    Returns
    -------
    str
        A whole HTML document, to be written as UTF-8. Same comparison, same string.
    """
    names = [excerpt(name, NAME) for name in comparison.names]
    heading = excerpt(title or f"{len(names)} data sets compared", NAME)
    by = f", embedded by {escape(excerpt(encoder, NAME))}" if encoder else ""
    pairs = sorted(combinations(range(len(names)), 2), key=lambda pair: (comparison.energy_squared[pair], pair))
    show = _Texts(comparison, texts, rows)
    sections = "\n".join(_pair(comparison, show, names, *pair) for pair in pairs)
    body = f"""<header><h1 dir="auto">{escape(heading)}</h1>
<p class="muted">{sum(comparison.sizes):,} instructions{by}</p></header>
<main>
<h2>How far apart they are</h2>
<p>Energy distance: how differently the instructions of two sets are spread, 0 where they are spread alike, whatever
the sizes of the sets. Dark is near. The tree joins sets that are near. A cell leads to its pair.</p>
<figure>{heatmap_svg(comparison, names)}</figure>
<h2>What they hold</h2>
{_sets(comparison, names)}
<h2>Each two of them, the nearest first</h2>
{sections}
</main>"""
    return document(heading, body, style=_STYLE)


class _Texts:
    """Example rows as they are shown."""

    def __init__(
        self, comparison: Comparison, texts: Mapping[str, Sequence[str]], rows: Mapping[str, NDArray[np.int64]] | None
    ) -> None:
        self._texts = [texts[name] for name in comparison.names]
        self._rows = None if rows is None else [rows[name] for name in comparison.names]

    def cell(self, place: int, row: int) -> str:
        """Give a row of a set with its number."""
        number = row if self._rows is None else int(self._rows[place][row])
        text = escape(excerpt(self._texts[place][row].strip(), EXCERPT))
        return f'<span class="muted">{number:,}</span> <bdi class="text">{text}</bdi>'


def _sets(comparison: Comparison, names: Sequence[str]) -> str:
    tasks = comparison.task_counts
    head = "<tr><th>set</th><th>rows</th>" + ("<th>tasks</th><th>most frequent</th>" if tasks else "") + "</tr>"
    lines = []
    for place in comparison.order:
        line = f"<td><bdi>{escape(names[place])}</bdi></td><td class='n'>{comparison.sizes[place]:,}</td>"
        if tasks:
            most = ", ".join(escape(excerpt(task, 40)) for task, _ in tasks[place].most_common(5))
            line += f"<td class='n'>{len(tasks[place]):,}</td><td>{most}</td>"
        lines.append(f"<tr>{line}</tr>")
    return f"<table>{head}{''.join(lines)}</table>"


def _pair(comparison: Comparison, show: _Texts, names: Sequence[str], one: int, other: int) -> str:
    first, second = escape(names[one]), escape(names[other])
    examples = comparison.examples[one, other]
    shared = "" if comparison.overlap is None else f"<span>{comparison.overlap[one, other]:,} rows shared</span>"
    blocks = [
        _figures(comparison, first, second, one, other),
        _only_tasks(comparison, first, second, one, other),
        _side_by_side("In both", first, second, [(show.cell(one, a), show.cell(other, b)) for a, b in examples.shared]),
        _side_by_side(
            "Nearest to each other",
            first,
            second,
            [
                (f"{show.cell(one, a)} <span class='muted'>({cosine:.2f})</span>", show.cell(other, b))
                for a, b, cosine in examples.closest
            ],
        ),
        _listed(f"In {first}, farthest from all of {second}", (show.cell(one, row) for row in examples.only_first)),
        _listed(f"In {second}, farthest from all of {first}", (show.cell(other, row) for row in examples.only_second)),
    ]
    return (
        f"<details><summary><b><bdi>{first}</bdi> and <bdi>{second}</bdi></b>"
        f"<span>distance {comparison.energy[one, other]:.3f}"
        f"{'' if comparison.told_apart(one, other) else ', not told apart'}</span>"
        f"{shared}</summary>\n"
        f'<div class="inside" id="pair-{one}-{other}">{"".join(blocks)}</div></details>'
    )


def _figures(comparison: Comparison, first: str, second: str, one: int, other: int) -> str:
    def both(matrix: NDArray[np.float64], form: str) -> tuple[str, str]:
        return format(matrix[one, other], form), format(matrix[other, one], form)

    to, back = both(comparison.nearest_cosine, ".3f")
    covers, covered = both(comparison.coverage, ".1%")
    lines = [
        ("energy distance", f"{comparison.energy[one, other]:.3f}"),
        ("p-value: as far apart when regrouped at random", f"{comparison.p_value[one, other]:.2f}"),
        (
            "Wasserstein distance of their mixes ± its spread",
            f"{comparison.wasserstein[one, other]:.3f} ± {comparison.wasserstein_spread[one, other]:.3f}",
        ),
        (f"mean highest cosine, {first} to {second}", to),
        (f"mean highest cosine, {second} to {first}", back),
        (f"share of {second} that {first} covers (cosine {comparison.tau:g})", covers),
        (f"share of {first} that {second} covers", covered),
    ]
    if comparison.task_divergence is not None:
        apart = f"{comparison.task_divergence[one, other]:.3f}"
        lines.append(("divergence of their tasks (Jensen–Shannon, 0 to 1)", apart))
    if comparison.overlap is not None:
        lines.append((f"rows of {first} that occur in {second}", f"{comparison.overlap[one, other]:,}"))
        lines.append((f"rows of {second} that occur in {first}", f"{comparison.overlap[other, one]:,}"))
    cells = "".join(f"<tr><td>{name}</td><td class='n'>{value}</td></tr>" for name, value in lines)
    return f"<table>{cells}</table>"


def _only_tasks(comparison: Comparison, first: str, second: str, one: int, other: int) -> str:
    if comparison.task_counts is None:
        return ""
    parts = []
    for name, lacking, here, there in ((first, second, one, other), (second, first, other, one)):
        found = comparison.only_tasks(here, there)
        if not found:
            continue
        most = [f"{escape(excerpt(task, 40))} <span class='muted'>{count:,}</span>" for task, count in found[:TASKS]]
        more = f" and {len(found) - TASKS:,} more" if len(found) > TASKS else ""
        parts.append(f"<h3>Tasks of {name} that {lacking} lacks: {len(found):,}</h3><p>{', '.join(most)}{more}</p>")
    return "".join(parts)


def _side_by_side(title: str, first: str, second: str, pairs: Sequence[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    lines = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in pairs)
    return f"<h3>{title}</h3><table><tr><th>{first}</th><th>{second}</th></tr>{lines}</table>"


def _listed(title: str, rows: Iterable[str]) -> str:
    return f"<h3>{title}</h3><ul>{''.join(f'<li>{row}</li>' for row in rows)}</ul>"
