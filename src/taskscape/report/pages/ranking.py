"""Estimates of several models → one page: each with its interval, the best first, and which may stand in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.report.charts.intervals import Axis, axis_svg, interval_svg
from taskscape.report.document import document
from taskscape.report.parts import counted, name, section, table, tiles, top

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskscape.analysis import Ranking, TinyBenchmark

MODELS = 300  # that are shown


def render_ranking(
    ranking: Ranking,
    tiny: TinyBenchmark,
    *,
    settings: Mapping[str, str] | None = None,
    title: str | None = None,
) -> str:
    """Render the page of estimates.

    Parameters
    ----------
    ranking
        What ``tiny.rank`` gave, one model at least.
    tiny
        The tiny benchmark.
    settings
        What was asked for, shown as it is: name → value.
    title
        Heading; None tells how many models there are.

    Returns
    -------
    str
        A whole HTML document with no script, to be written as UTF-8. Same arguments, same string.
    """
    heading = title or f"{counted(len(ranking), 'model')} on {counted(len(tiny), 'item')} that stand for {tiny.items:,}"
    body = "\n".join(
        [
            top(heading, {"method": tiny.method, **(settings or {})}),
            "<main>",
            _headline(ranking, tiny),
            _models(ranking),
            "</main>",
        ]
    )
    return document(heading, body)


def _headline(ranking: Ranking, tiny: TinyBenchmark) -> str:
    best = ranking.estimates[0]
    groups = 1 + sum(not tie for tie in ranking.ties[1:])
    fewest = min(one.items for one in ranking.estimates)
    shown = [
        ("best score", f"{best.mean:.3f}", f"{best.low:.3f} to {best.high:.3f}"),
        ("told apart", counted(groups, "group"), "inside one, order may be chance"),
        ("items answered", f"{fewest:,}", f"of {len(tiny):,}, by the model with fewest"),
    ]
    if tiny.expected_error is not None:
        shown.append(("expected error", f"{tiny.expected_error:.4f}", "mean, on models that were left out"))
    return tiles(shown)


def _models(ranking: Ranking) -> str:
    axis = Axis.around(value for one in ranking.estimates for value in (one.low, one.high))
    lines = [
        [
            f'<span class="muted">{rank}{" =" if tie else ""}</span> {name(model)}',
            interval_svg(axis, own.low, own.mean, own.high),
            f"{own.mean:.3f}",
            f"{own.low:.3f} to {own.high:.3f}",
            f"{own.items:,}",
        ]
        for rank, (model, own, tie) in enumerate(
            zip(ranking.names[:MODELS], ranking.estimates[:MODELS], ranking.ties[:MODELS], strict=True), start=1
        )
    ]
    level = ranking.estimates[0].level
    heads = ["model", axis_svg(axis), "score", f"{level:.0%} interval", "items"]
    lead = (
        "The score that each model would have on the whole benchmark, with the interval that holds it with a chance of "
        f"{level:.0%}. =: the interval reaches that of the model before; their order may be chance."
    )
    hidden = len(ranking) - len(lines)
    more = f'<p class="muted">{hidden:,} more are not shown.</p>' if hidden else ""
    return section("Estimated scores", lead, table(heads, lines, numbers={2, 3, 4}, wide={1}), more)
