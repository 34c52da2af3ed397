"""A selection → one page: how well it stands for all beside a random subset, tasks before and after, rows to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from taskscape.report.charts.bars import bars_svg
from taskscape.report.charts.histogram import Mark, histogram_svg
from taskscape.report.charts.scatter import scatter_svg
from taskscape.report.document import document
from taskscape.report.pages.selection_facts import Nearness, TaskExamples, buckets, task_examples
from taskscape.report.parts import counted, figure, fold, listed, name, row_text, section, table, tiles, top
from taskscape.report.row_texts import take_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from taskscape.analysis import Selection
    from taskscape.report.layout_sample import LayoutSample
    from taskscape.report.pages.selection_facts import Bucket
    from taskscape.report.row_texts import Texts

LARGEST = 20  # tasks in the chart
LOST = 40  # tasks named of which no row stays


def render_selection(
    selection: Selection,
    *,
    texts: Texts,
    rows: NDArray[np.int64] | None = None,
    layout: LayoutSample | None = None,
    scores: ArrayLike | None = None,
    settings: Mapping[str, str] | None = None,
    title: str | None = None,
) -> str:
    """Render the page of a selection.

    Parameters
    ----------
    selection
        What `taskscape.select` gave.
    texts
        Text of each row that could be chosen, or a function that gives those of some rows.
    rows
        Number of each row in its source; positions where None.
    layout
        Rows on a map, the chosen ones in front: `taskscape.report.layout_sample.sample_layout`. None draws no map.
    scores
        Quality of each row, where it was chosen by: its mean is told.
    settings
        What was asked for, shown as it is: name → value.
    title
        Heading; None tells how many rows are kept.

    Returns
    -------
    str
        A whole HTML document with no script, to be written as UTF-8. Its size does not grow with the rows. Same
        arguments, same string.
    """
    total = len(selection.problem.embeddings)
    heading = title or f"{len(selection):,} of {counted(total, 'row')} kept"
    nearness, examples = Nearness.of(selection), task_examples(selection)
    asked = [nearness.rows[nearness.farthest]]
    asked += [part for one in examples for part in (one.kept, one.dropped, one.stands)]
    show = _Rows(take_texts(texts, asked), rows)
    body = "\n".join(
        [
            top(heading, {"method": selection.method, **(settings or {}), "seed": str(selection.problem.seed)}),
            "<main>",
            _headline(selection, None if scores is None else np.asarray(scores, np.float64)),
            listed(f"note: {name(note)}" for note in selection.notes),
            _stands(selection, nearness),
            _map(layout),
            _tasks(selection),
            _reading(selection, examples, show),
            _farthest(selection, nearness, show),
            "</main>",
        ]
    )
    return document(heading, body)


class _Rows:
    """Rows as they are shown."""

    def __init__(self, texts: Mapping[int, str], rows: NDArray[np.int64] | None) -> None:
        self._texts, self._rows = texts, rows

    def cell(self, row: int) -> str:
        """Give a row with its number in the source."""
        return row_text(row if self._rows is None else int(self._rows[row]), self._texts[row])


def _headline(selection: Selection, scores: NDArray[np.floating] | None) -> str:
    own, other = selection.figures, selection.random_figures
    total = len(selection.problem.embeddings)
    shown = [
        ("rows kept", f"{len(selection):,}", f"{len(selection) / total:.1%} of {total:,}"),
        ("rows covered", f"{own.coverage:.1%}", f"cosine ≥ {own.tau:g}; random: {other.coverage:.1%}"),
        ("Vendi score", f"{own.vendi:.1f}", f"diversity; random: {other.vendi:.1f}"),
        ("farthest row", f"{own.radius:.3f}", f"1 - cosine; random: {other.radius:.3f}"),
    ]
    if own.tasks is not None:
        shown.insert(2, ("tasks kept", f"{own.tasks_kept:,}", f"of {own.tasks:,}; random: {other.tasks_kept:,}"))
    if own.worst_share is not None and other.worst_share is not None:
        shown.append(("worst task keeps", f"{own.worst_share:.1%}", f"of its rows; random: {other.worst_share:.1%}"))
    if scores is not None:
        mean, every = float(scores[selection.indices].mean()), float(scores.mean())
        shown.append(("mean score", f"{mean:.4g}", f"of all rows: {every:.4g}"))
    return tiles(shown)


def _stands(selection: Selection, nearness: Nearness) -> str:
    low = min(float(nearness.own.min()), float(nearness.random.min()), selection.tau, 0.95)
    drawn = histogram_svg(
        nearness.own,
        low=np.floor(low * 20) / 20,
        high=1.0,
        over=nearness.random,
        mark=Mark(selection.tau, f"covered from {selection.tau:g}"),
        label=f"Cosine of {len(nearness.rows):,} rows to the nearest kept row, for this selection and for a random one",
    )
    lead = (
        "Each row stands at its cosine to the kept row that is nearest to it: at 1 it, or its like, is kept; what is "
        "far left has nothing like it in the selection."
    )
    told = "all rows" if len(nearness.rows) == len(selection.problem.embeddings) else "a sample of the rows"
    return section(
        "How near every row has a kept one",
        lead,
        figure(
            drawn,
            f"Share of {len(nearness.rows):,} rows ({told}).",
            keys={"one": f"{selection.method}", "line": "random subset of the same size"},
        ),
    )


def _map(layout: LayoutSample | None) -> str:
    if layout is None or not len(layout.rows):
        return ""
    front = int(layout.front.sum())
    label = f"Map of {len(layout.rows):,} rows, {front:,} of them kept"
    drawn = scatter_svg(layout.coordinates, layout.front, label=label)
    keys = {"points front": f"kept ({front:,} drawn)", "points back": f"dropped ({len(layout.rows) - front:,} drawn)"}
    lead = "What asks for the same lies together (t-SNE of a sample). Kept points should reach every island."
    return section("Where the kept rows lie", lead, figure(drawn, keys=keys))


def _tasks(selection: Selection) -> str:
    if selection.tasks is None:
        return ""
    found = selection.task_table()
    names = found.column("task")
    rows, kept = (found.column(key).to_numpy() for key in ("rows", "kept"))
    first = min(LARGEST, len(rows))
    before, after = rows / rows.sum(), kept / kept.sum()
    limit = float(max(before[:first].max(), after[:first].max()))
    lines = [
        [
            name(names[place].as_py()),
            bars_svg([after[place], before[place]], limit=limit),
            f"{kept[place]:,}",
            f"{rows[place]:,}",
            f"{kept[place] / rows[place]:.1%}",
        ]
        for place in range(first)
    ]
    heads = ["task", "share", "kept", "rows", "share kept"]
    largest = table(heads, lines, numbers={2, 3, 4}, wide={1})
    keys = {"one": "share of the selection", "other": "share of all rows"}
    lost = [names[place].as_py() for place in np.flatnonzero(kept == 0)[:LOST].tolist()]
    none = int((kept == 0).sum())
    more = f" and {none - len(lost):,} more" if none > len(lost) else ""
    gone = fold(
        f"{counted(none, 'task')} of which no row stays",
        [counted(int(rows[kept == 0].sum()), "row")],
        f"<p>{', '.join(map(name, lost))}{more}</p>",
    )
    return section(
        f"Tasks before and after: the {first} largest of {len(rows):,}",
        "",
        figure(largest, keys=keys),
        "<h3>All tasks, by how many rows they have</h3>",
        _buckets(buckets(rows, kept)),
        gone if none else "",
    )


def _buckets(found: Sequence[Bucket]) -> str:
    lines = [
        [
            f"{one.least:,}"
            if one.most == one.least
            else f"{one.least:,} {'or more' if one.most is None else f'to {one.most:,}'}",
            bars_svg([one.tasks_kept / one.tasks, one.rows_kept / one.rows], limit=1),
            f"{one.tasks_kept:,} of {one.tasks:,}",
            f"{one.rows_kept:,} of {one.rows:,}",
        ]
        for one in found
    ]
    heads = ["rows of a task", "share kept", "tasks kept", "rows kept"]
    keys = {"one": "share of these tasks that keep a row", "other": "share of their rows that stay"}
    return figure(table(heads, lines, numbers={2, 3}, wide={1}), keys=keys)


def _reading(selection: Selection, examples: Sequence[TaskExamples], show: _Rows) -> str:
    folds = [_example(one, show, is_open=place == 0) for place, one in enumerate(examples)]
    which = "The largest tasks that lost rows, and some along the tail. " if selection.tasks is not None else ""
    lead = f"{which}Rows are drawn at random; beside a dropped one is the kept row nearest to it, with their cosine."
    return section("Rows to read", lead, *folds)


def _example(one: TaskExamples, show: _Rows, *, is_open: bool) -> str:
    stays = listed(show.cell(row) for row in one.kept.tolist())
    goes = [
        [show.cell(row), f"{cosine:.2f}", show.cell(stand)]
        for row, stand, cosine in zip(one.dropped.tolist(), one.stands.tolist(), one.cosines.tolist(), strict=True)
    ]
    gone = table(["dropped", "cosine", "kept row that stands for it"], goes, numbers={1}, half={0, 2}) if goes else ""
    inside = (f"<h3>Kept: {len(one.kept):,} of {one.kept_rows:,}</h3>{stays}" if stays else "") + (
        f"<h3>Dropped: {len(goes):,} of {one.rows - one.kept_rows:,}</h3>{gone}" if goes else ""
    )
    return fold(
        name(one.task) if one.task else "all rows", [f"{one.kept_rows:,} of {one.rows:,} kept"], inside, is_open=is_open
    )


def _farthest(selection: Selection, nearness: Nearness, show: _Rows) -> str:
    lines = [
        [f"{nearness.own[place]:.2f}", show.cell(int(nearness.rows[place]))]
        for place in nearness.farthest.tolist()
        if nearness.own[place] < selection.tau
    ]
    lead = "The rows least like any kept one: a gap in the selection, or rows that were better left out of the data."
    return section("Farthest from the selection", lead, table(["cosine", "row"], lines, numbers={0}) if lines else "")
