"""A comparison → one self-contained HTML page: a heat map with its tree; for each two sets, figures and example rows.

There is no script: pairs open by ``<details>``, and a click on a cell goes to its pair. Every text is escaped, and the
page's Content-Security-Policy admits one style sheet, by its hash, and no network.
"""

from __future__ import annotations

import re
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING

from taskscape.report.built import asset
from taskscape.report.excerpt import excerpt
from taskscape.report.heatmap import heatmap_svg
from taskscape.report.policy import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from taskscape.analysis import Comparison

EXCERPT = 220  # characters of each text
NAME = 80  # characters of a set's name
TASKS = 12  # tasks that only one has, shown of each pair

_STYLE = """
body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.5 InterVariable,Inter,system-ui,sans-serif}
header,main{max-width:1080px;margin:0 auto;padding:20px}
h1{margin:0;font-size:22px;letter-spacing:-.015em}
header{padding-bottom:0}main{padding-top:0}
h2{margin:32px 0 6px;font-size:16px}
h3{margin:18px 0 4px;font-size:13px}
p{margin:4px 0 12px;max-width:72ch}
.muted,caption,figcaption{color:var(--muted)}
figure{margin:0;overflow-x:auto}
svg{display:block;max-width:100%;height:auto}
svg a:hover rect,svg a:focus-visible rect{stroke:var(--ink);stroke-width:2}
.cell{fill:var(--accent)}
.empty{fill:var(--sunken)}
.tree{fill:none;stroke:var(--muted);stroke-width:1.3}
svg text{fill:var(--ink);font-size:11.5px}
svg text.on{fill:var(--panel)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600}
td.n{text-align:right;white-space:nowrap}
details{margin:8px 0;border:1px solid var(--line);border-radius:var(--radius);background:var(--panel)}
summary{display:flex;flex-wrap:wrap;gap:4px 18px;padding:9px 14px;cursor:pointer}
summary b{flex:1 1 300px;overflow-wrap:anywhere}
summary span{color:var(--muted);font-variant-numeric:tabular-nums;white-space:nowrap}
.inside{padding:2px 14px 14px;scroll-margin-top:60px}
li,td{overflow-wrap:anywhere}
ul{margin:0;padding-left:20px}
.text{white-space:pre-line}
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
    heading = escape(excerpt(title or f"{len(names)} data sets compared", NAME))
    style = _tokens() + _STYLE
    policy = f"default-src 'none'; style-src {digest(style)}; font-src data:; base-uri 'none'; form-action 'none'"
    by = f", embedded by {escape(excerpt(encoder, NAME))}" if encoder else ""
    pairs = sorted(combinations(range(len(names)), 2), key=lambda pair: (comparison.wasserstein[pair], pair))
    show = _Texts(comparison, texts, rows)
    sections = "\n".join(_pair(comparison, show, names, *pair) for pair in pairs)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="taskscape">
<title>{heading}</title>
<style>{style}</style>
</head>
<body>
<header><h1 dir="auto">{heading}</h1>
<p class="muted">{sum(comparison.sizes):,} instructions{by}</p></header>
<main>
<h2>How far apart they are</h2>
<p>Wasserstein distance: how far the instructions of one set must be moved to lie as those of the other do, 0 for
the same mix of tasks. Dark is near. The tree joins sets that are near. A cell leads to its pair.</p>
<figure>{heatmap_svg(comparison, names)}</figure>
<h2>What they hold</h2>
{_sets(comparison, names)}
<h2>Each two of them, the nearest first</h2>
{sections}
</main>
</body>
</html>
"""


def _tokens() -> str:
    """Take typeface and colours from the style of the map's page; the reader's system chooses light or dark."""
    style = asset("page.css")
    font = re.search(r"@font-face\s*{[^}]*}", style)
    light = re.search(r":root\s*{([^}]*)}", style)
    dark = re.search(r":root\[data-theme=\"?dark\"?\]\s*{([^}]*)}", style)
    if font is None or light is None or dark is None:
        raise RuntimeError("page.css has no typeface or no colours: build the page anew")
    return f"{font[0]}:root{{{light[1]}}}@media (prefers-color-scheme:dark){{:root{{{dark[1]}}}}}"


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
        f"<span>distance {comparison.wasserstein[one, other]:.3f} ± "
        f"{comparison.wasserstein_spread[one, other]:.3f}</span>"
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
