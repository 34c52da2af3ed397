"""A tiny benchmark → one page: how far its estimates are off, what it is made of beside the whole, and its items."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from taskscape.report.charts.bars import bars_svg
from taskscape.report.charts.histogram import histogram_svg
from taskscape.report.charts.scatter import scatter_svg
from taskscape.report.document import document
from taskscape.report.parts import counted, figure, listed, name, row_text, section, table, tiles, top
from taskscape.report.row_texts import take_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from taskscape.analysis import TinyBenchmark
    from taskscape.report.layout_sample import LayoutSample
    from taskscape.report.row_texts import Texts

ITEMS = 300  # of the chosen ones, those that are shown
TASKS = 15  # largest tasks of the benchmark


def render_tiny_benchmark(
    tiny: TinyBenchmark,
    *,
    texts: Texts,
    rows: NDArray[np.int64] | None = None,
    tasks: Sequence[object] | None = None,
    scores: ArrayLike | None = None,
    layout: LayoutSample | None = None,
    settings: Mapping[str, str] | None = None,
    title: str | None = None,
) -> str:
    """Render the page of a tiny benchmark.

    Parameters
    ----------
    tiny
        What `taskscape.compress` gave.
    texts
        Text of each item of the whole benchmark, or a function that gives those of some items.
    rows
        Number of each item in its source; positions where None.
    tasks
        Task of each item: the page then tells how tasks are represented.
    scores
        Other models' scores that it was made with, shape ``(n, m)``, NaN for a gap: the page then tells how hard the
        items are.
    layout
        Items on a map, the chosen ones in front: `taskscape.report.layout_sample.sample_layout`. None draws no map.
    settings
        What was asked for, shown as it is: name → value.
    title
        Heading; None tells how many items were chosen.

    Returns
    -------
    str
        A whole HTML document with no script, to be written as UTF-8. Its size does not grow with the benchmark. Same
        arguments, same string.
    """
    heading = title or f"{len(tiny):,} of {counted(tiny.items, 'item')} stand for all"
    order = np.lexsort((tiny.indices, -tiny.weights))[:ITEMS]
    found = take_texts(texts, [tiny.indices[order]])
    means = None if scores is None else _item_means(np.asarray(scores, np.float64))
    body = "\n".join(
        [
            top(heading, {"method": tiny.method, **(settings or {})}),
            "<main>",
            _headline(tiny, scores),
            listed(f"note: {name(note)}" for note in tiny.notes),
            _errors(tiny),
            _hardness(tiny, means),
            _tasks(tiny, tasks),
            _map(layout),
            _items(tiny, order, found, rows, tasks, means),
            "</main>",
        ]
    )
    return document(heading, body)


def _item_means(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean score of each item, NaN for an item without one."""
    known = np.isfinite(scores)
    counts = known.sum(axis=1)
    total = np.where(known, scores, 0).sum(axis=1)
    means: NDArray[np.float64] = np.divide(total, counts, out=np.full(len(scores), np.nan), where=counts > 0)
    return means


def _headline(tiny: TinyBenchmark, scores: ArrayLike | None) -> str:
    alike = 1 / float((tiny.weights**2).sum())
    shown = [
        ("items chosen", f"{len(tiny):,}", f"{len(tiny) / tiny.items:.1%} of {tiny.items:,}"),
        ("worth by weight", f"{alike:.1f}", "items of equal weight"),
    ]
    if scores is not None:
        shown.append(("models learned from", f"{np.asarray(scores).shape[1]:,}", ""))
    if tiny.expected_error is not None and tiny.random_error is not None:
        ratio = tiny.expected_error / tiny.random_error if tiny.random_error else 1.0
        shown.append(("expected error", f"{tiny.expected_error:.4f}", "mean, on models that were left out"))
        shown.append(("beside random items", f"{ratio:.2f} ×", f"their error: {tiny.random_error:.4f}"))
    return tiles(shown)


def _errors(tiny: TinyBenchmark) -> str:
    if tiny.expected_error is None or tiny.random_error is None:
        lead = (
            "No other models' scores were given, or too few to leave some out: how far estimates are off is not known, "
            "and intervals are wide."
        )
        return f"<section><h2>How far estimates are off</h2><p>{lead}</p></section>"
    own, other = tiny.expected_error, tiny.random_error
    lines = [
        ["these items", bars_svg([own], limit=max(own, other)), f"{own:.4f}"],
        ["as many random items, plain mean", bars_svg([other], limit=max(own, other)), f"{other:.4f}"],
    ]
    lead = (
        "Each known model was left out in turn, the rest chose the items, and its score on all was estimated: the mean "
        "absolute error, in the unit of the scores."
    )
    return section("How far estimates are off", lead, table(["items", "error", ""], lines, numbers={2}, wide={1}))


def _hardness(tiny: TinyBenchmark, means: NDArray[np.float64] | None) -> str:
    if means is None:
        return ""
    every, chosen = means[np.isfinite(means)], means[tiny.indices]
    low, high = float(every.min()), float(every.max())
    if not high > low:
        return ""
    drawn = histogram_svg(
        every,
        low=low,
        high=high,
        bins=20,
        over=chosen[np.isfinite(chosen)],
        label=f"Mean score of {len(every):,} items, and of the {len(tiny):,} chosen",
    )
    lead = "The mean score of the known models on each item: items that all or none get right tell models least apart."
    return section(
        "How hard the items are", lead, figure(drawn, "Share of the items.", keys={"one": "all", "line": "chosen"})
    )


def _tasks(tiny: TinyBenchmark, tasks: Sequence[object] | None) -> str:
    if tasks is None:
        return ""
    rows = Counter(str(task) for task in tasks)
    chosen: Counter[str] = Counter()
    weights: dict[str, float] = {}
    for item, weight in zip(tiny.indices.tolist(), tiny.weights.tolist(), strict=True):
        task = str(tasks[item])
        chosen[task] += 1
        weights[task] = weights.get(task, 0.0) + weight
    largest = sorted(rows, key=lambda task: (-rows[task], task))[:TASKS]
    limit = max(*(weights.get(task, 0.0) for task in largest), rows[largest[0]] / len(tasks))
    lines = [
        [
            name(task),
            bars_svg([weights.get(task, 0.0), rows[task] / len(tasks)], limit=limit),
            f"{chosen[task]:,}",
            f"{rows[task]:,}",
        ]
        for task in largest
    ]
    lead = f"Items of {len(chosen):,} of {counted(len(rows), 'task')} were chosen."
    keys = {"one": "share of the weight", "other": "share of the benchmark"}
    shown = figure(table(["task", "share", "chosen", "items"], lines, numbers={2, 3}, wide={1}), keys=keys)
    return section(f"Tasks: the {len(largest)} largest of {len(rows):,}", lead, shown)


def _map(layout: LayoutSample | None) -> str:
    if layout is None or not len(layout.rows):
        return ""
    front = int(layout.front.sum())
    label = f"Map of {len(layout.rows):,} items, {front:,} of them chosen"
    drawn = scatter_svg(layout.coordinates, layout.front, label=label, front_size=10)
    keys = {"points front": f"chosen ({front:,} drawn)", "points back": f"others ({len(layout.rows) - front:,} drawn)"}
    return section(
        "Where the chosen items lie", "What asks for the same lies together (t-SNE).", figure(drawn, keys=keys)
    )


def _items(
    tiny: TinyBenchmark,
    order: NDArray[np.int64],
    texts: Mapping[int, str],
    rows: NDArray[np.int64] | None,
    tasks: Sequence[object] | None,
    means: NDArray[np.float64] | None,
) -> str:
    lines = []
    for place in order.tolist():
        item = int(tiny.indices[place])
        line = [row_text(item if rows is None else int(rows[item]), texts[item])]
        if tasks is not None:
            line.append(name(str(tasks[item])))
        if means is not None:
            line.append(f"{means[item]:.2f}" if np.isfinite(means[item]) else "–")
        lines.append([*line, f"{tiny.weights[place]:.2%}"])
    heads = ["item", *(["task"] if tasks is not None else []), *(["mean score"] if means is not None else []), "weight"]
    numbers = {len(heads) - 1, len(heads) - 2} if means is not None else {len(heads) - 1}
    hidden = len(tiny) - len(order)
    more = f'<p class="muted">{hidden:,} more are not shown.</p>' if hidden else ""
    lead = "Weights are those of a plain weighted mean, for use without this package; they sum to 100 %."
    return section(
        f"The chosen items: {len(order):,} of {len(tiny):,}", lead, table(heads, lines, numbers=numbers), more
    )
