"""A comparison → one self-contained HTML page: a heat map with its tree; for each two sets, figures and example rows.

There is no script: pairs open by ``<details>``, and a click on a cell goes to its pair. Every text is escaped, and the
page admits no network (`taskscape.report.document`).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from taskscape.report.charts.heatmap import heatmap_svg
from taskscape.report.document import document
from taskscape.report.parts import counted, figure, fold, listed, name, row_text, section, table, top

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.analysis import Comparison

TASKS = 12  # tasks that only one has, shown of each pair
LEAD = (
    "Energy distance: how differently the instructions of two sets are spread, 0 where they are spread alike, whatever "
    "the sizes of the sets. Dark is near. The tree joins sets that are near. A cell leads to its pair."
)

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
    names = list(comparison.names)
    heading = title or f"{len(names)} data sets compared"
    pairs = sorted(combinations(range(len(names)), 2), key=lambda pair: (comparison.energy_squared[pair], pair))
    show = _Texts(comparison, texts, rows)
    body = "\n".join(
        [
            top(heading, {"instructions": f"{sum(comparison.sizes):,}"} | ({"encoder": encoder} if encoder else {})),
            "<main>",
            section(
                "How far apart they are",
                LEAD,
                figure(heatmap_svg(comparison, names)),
            ),
            section("What they hold", "", _sets(comparison)),
            section("Each two of them, the nearest first", "", *(_pair(comparison, show, *pair) for pair in pairs)),
            "</main>",
        ]
    )
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
        return row_text(number, self._texts[place][row])


def _sets(comparison: Comparison) -> str:
    tasks = comparison.task_counts
    lines = []
    for place in comparison.order:
        line = [name(comparison.names[place]), f"{comparison.sizes[place]:,}"]
        if tasks:
            line += [f"{len(tasks[place]):,}", ", ".join(name(task) for task, _ in tasks[place].most_common(5))]
        lines.append(line)
    heads = ["set", "rows", *(["tasks", "most frequent"] if tasks else [])]
    return table(heads, lines, numbers={1, 2})


def _pair(comparison: Comparison, show: _Texts, one: int, other: int) -> str:
    first, second = name(comparison.names[one]), name(comparison.names[other])
    examples = comparison.examples[one, other]
    distance = f"distance {comparison.energy[one, other]:.3f}"
    remarks = [distance if comparison.told_apart(one, other) else f"{distance}, not told apart"]
    if comparison.overlap is not None:
        remarks.append(f"{counted(int(comparison.overlap[one, other]), 'row')} shared")
    blocks = [
        _figures(comparison, first, second, one, other),
        _only_tasks(comparison, first, second, one, other),
        _side_by_side("In both", first, second, [(show.cell(one, a), show.cell(other, b)) for a, b in examples.shared]),
        _side_by_side(
            "Nearest to each other",
            first,
            second,
            [
                (f'{show.cell(one, a)} <span class="muted">({cosine:.2f})</span>', show.cell(other, b))
                for a, b, cosine in examples.closest
            ],
        ),
        _rows(f"In {first}, farthest from all of {second}", (show.cell(one, row) for row in examples.only_first)),
        _rows(f"In {second}, farthest from all of {first}", (show.cell(other, row) for row in examples.only_second)),
    ]
    return fold(f"{first} and {second}", remarks, "".join(blocks), anchor=f"pair-{one}-{other}")


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
    return table(["figure", ""], lines, numbers={1})


def _only_tasks(comparison: Comparison, first: str, second: str, one: int, other: int) -> str:
    if comparison.task_counts is None:
        return ""
    parts = []
    for having, lacking, here, there in ((first, second, one, other), (second, first, other, one)):
        found = comparison.only_tasks(here, there)
        if not found:
            continue
        most = [f'{name(task)} <span class="muted">{count:,}</span>' for task, count in found[:TASKS]]
        more = f" and {len(found) - TASKS:,} more" if len(found) > TASKS else ""
        parts.append(f"<h3>Tasks of {having} that {lacking} lacks: {len(found):,}</h3><p>{', '.join(most)}{more}</p>")
    return "".join(parts)


def _side_by_side(title: str, first: str, second: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"<h3>{title}</h3>{table([first, second], pairs, half={0, 1})}" if pairs else ""


def _rows(title: str, rows: Iterable[str]) -> str:
    return f"<h3>{title}</h3>{listed(rows)}"
