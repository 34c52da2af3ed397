"""Duplicates → one page: what goes and why, what another threshold would do, the doubtful pairs, the largest groups."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.analysis.deduplication.candidate_pairs import LEAST
from taskscape.report.charts.bars import bars_svg
from taskscape.report.charts.histogram import Mark, histogram_svg
from taskscape.report.document import document
from taskscape.report.pages.duplicates_facts import Thresholds, examples_of, largest_groups
from taskscape.report.parts import counted, figure, fold, name, numbered, row_text, section, table, tiles, top
from taskscape.report.row_texts import take_texts
from taskscape.report.word_changes import marked_changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.analysis import Duplicates
    from taskscape.report.pages.duplicates_facts import Group, Pairs
    from taskscape.report.row_texts import Texts

REASONS = {
    "exact": "the same text",
    "normalised": "the same but for spacing, capitals, punctuation, forms of quotes and dashes",
    "near": "almost the same letters, and content words, numbers and input agree",
    "semantic": "other words or another order, but the wording agrees and the encoder sees one task",
}
TASKS = 15  # tasks that lose most


@dataclass(frozen=True, eq=False)
class Against:
    """The other data, where rows were compared with those of other data.

    Attributes
    ----------
    name
        What it is called.
    texts
        Its texts, as those of the rows.
    rows
        Number of each of its rows in its source; positions where None.
    """

    name: str
    texts: Texts
    rows: NDArray[np.int64] | None = None


def render_duplicates(
    found: Duplicates,
    *,
    texts: Texts,
    rows: NDArray[np.int64] | None = None,
    against: Against | None = None,
    tasks: Sequence[object] | None = None,
    settings: Mapping[str, str] | None = None,
    title: str | None = None,
) -> str:
    """Render the page of duplicates.

    Parameters
    ----------
    found
        What `taskscape.dedup` gave.
    texts
        Text of each row, or a function that gives those of some rows.
    rows
        Number of each row in its source; positions where None.
    against
        The other data, where `found` was made with it.
    tasks
        Task of each row: the page then tells which tasks lose most.
    settings
        What was asked for, shown as it is: name → value.
    title
        Heading; None tells how many rows are duplicates.

    Returns
    -------
    str
        A whole HTML document with no script, to be written as UTF-8. Its size does not grow with the rows. Same
        arguments, same string.
    """
    what = f"occur in {against.name}" if against else "repeat another one"
    heading = title or f"{found.removed.size:,} of {counted(len(found.keep), 'row')} {what}"
    thresholds = Thresholds.of(found)
    kinds = {kind: examples_of(found, kind) for kind in REASONS}
    groups, all_groups = largest_groups(found)
    shown = [thresholds.going, thresholds.staying, *kinds.values(), *(group.others for group in groups)]
    show = _Rows(shown, groups, texts, rows, against)
    body = "\n".join(
        [
            top(heading, {"threshold": f"{found.threshold:g}", **(settings or {})}),
            "<main>",
            _headline(found, groups, all_groups, against),
            _kinds(found, kinds, show),
            _threshold(found, thresholds),
            _doubtful(found, thresholds, show, against),
            _groups(groups, all_groups, show, against),
            _tasks(found, tasks),
            "</main>",
        ]
    )
    return document(heading, body)


class _Rows:
    """Rows and what they repeat, as they are shown."""

    def __init__(
        self,
        shown: Sequence[Pairs],
        groups: Sequence[Group],
        texts: Texts,
        rows: NDArray[np.int64] | None,
        against: Against | None,
    ) -> None:
        mine, theirs = [one.rows for one in shown], [one.targets for one in shown]
        theirs.append(np.array([group.target for group in groups], np.int64))
        self._texts = take_texts(texts, mine if against else [*mine, *theirs])
        self._others = take_texts(against.texts, theirs) if against else self._texts
        self._rows, self._other_rows = rows, against.rows if against else rows

    def both(self, row: int, target: int) -> tuple[str, str]:
        """Give a row and what it repeats, with what differs marked."""
        one, other = marked_changes(self._texts[row], self._others[target])
        return numbered(_number(self._rows, row), one), numbered(_number(self._other_rows, target), other)

    def target(self, row: int) -> str:
        """Give a row that others repeat."""
        return row_text(_number(self._other_rows, row), self._others[row])

    def number(self, row: int) -> str:
        """Give the number of a row in its source."""
        return f"{_number(self._rows, row):,}"

    def pairs(self, pairs: Pairs, heads: tuple[str, str]) -> str:
        """Put rows beside what they repeat, with kind and similarity; nothing where there are none."""
        lines = []
        for row, target, likeness, kind in zip(
            pairs.rows.tolist(), pairs.targets.tolist(), pairs.similarity.tolist(), pairs.kind.tolist(), strict=True
        ):
            one, other = self.both(row, target)
            lines.append([one, f'{kind}<br><span class="muted">{likeness:.3f}</span>', other])
        return table([heads[0], "why", heads[1]], lines, half={0, 2}) if lines else ""


def _number(rows: NDArray[np.int64] | None, row: int) -> int:
    return row if rows is None else int(rows[row])


def _heads(against: Against | None) -> tuple[str, str]:
    return ("row", f"row of {name(against.name)}") if against else ("removed", "stays")


def _headline(found: Duplicates, groups: Sequence[Group], every: int, against: Against | None) -> str:
    rows, removed = len(found.keep), found.removed.size
    if against:
        first = ("rows that occur there", f"{removed:,}", f"{removed / rows:.2%} of {rows:,}")
        second = ("rows there that are met", f"{every:,}", "each may be met by several")
    else:
        first = ("rows removed", f"{removed:,}", f"{removed / rows:.2%} of {rows:,}")
        second = ("groups of copies", f"{every:,}", "one row of each stays")
    largest = max((group.size for group in groups), default=0)
    shown = [first, ("rows not found there" if against else "rows that stay", f"{rows - removed:,}", ""), second]
    return tiles([*shown, ("largest group", f"{largest:,}", "rows that repeat the same one")])


def _kinds(found: Duplicates, kinds: Mapping[str, Pairs], show: _Rows) -> str:
    limit = max(found.counts.values())
    lines = [
        [
            f'{kind}<br><span class="muted">{reason}</span>',
            bars_svg([found.counts[kind]], limit=limit),
            f"{found.counts[kind]:,}",
        ]
        for kind, reason in REASONS.items()
    ]
    folds = [
        fold(
            f"Examples: {kind}",
            [f"{len(pairs):,} of {found.counts[kind]:,}, drawn at random"],
            show.pairs(pairs, ("removed", "repeats")),
            is_open=kind == "semantic",
        )
        for kind, pairs in kinds.items()
        if len(pairs)
    ]
    lead = "No row goes by similarity alone: the text must say the same. Words that only one side has are marked."
    return section("Why rows are duplicates", lead, table(["kind", "rows", ""], lines, numbers={2}, wide={1}), *folds)


def _threshold(found: Duplicates, thresholds: Thresholds) -> str:
    if not thresholds.similarities.size:
        lead = (
            "No two rows come near any threshold: the texts above decide alone, and another threshold changes nothing."
        )
        return f"<section><h2>The threshold</h2><p>{lead}</p></section>"
    drawn = histogram_svg(
        thresholds.similarities,
        low=LEAST,
        high=1.0,
        mark=Mark(found.threshold, f"threshold {found.threshold:g}"),
        label=f"Similarity of {thresholds.similarities.size:,} rows that are like another one",
    )
    limit = max(counts["near"] + counts["semantic"] for counts in thresholds.counts.values())
    lines = [_decision(value, counts, found, limit=limit) for value, counts in thresholds.counts.items()]
    lead = (
        "Rows that are near or semantic duplicates of another one, by their similarity. Exact and normalised ones go "
        "at any threshold. Right of the line they go; a lower threshold would take those left of it too."
    )
    return section(
        "The threshold",
        lead,
        figure(drawn, f"{counted(thresholds.similarities.size, 'row')} at {LEAST:g} or more."),
        table(["threshold", "near and semantic", "", "all kinds", "change"], lines, numbers={2, 3, 4}, wide={1}),
    )


def _decision(value: float, counts: Mapping[str, int], found: Duplicates, *, limit: float) -> list[str]:
    """Tell what a threshold removes, beside the one that was taken."""
    own = value == found.threshold
    like, every = counts["near"] + counts["semantic"], sum(counts.values())
    change = "taken" if own else f"{every - found.removed.size:+,}"
    shown = f"<b>{value:g}</b>" if own else f"{value:g}"
    return [shown, bars_svg([like], limit=limit), f"{like:,}", f"{every:,}", change]


def _doubtful(found: Duplicates, thresholds: Thresholds, show: _Rows, against: Against | None) -> str:
    above, below = show.pairs(thresholds.going, _heads(against)), show.pairs(thresholds.staying, ("row", "is like"))
    say = "counted" if against else "removed"
    return section(
        "The doubtful ones",
        f"Judge the threshold by these: rows just above {found.threshold:g}, which are {say}, and rows just below it.",
        f"<h3>Just above: {say}</h3>{above}" if above else "",
        f"<h3>Just below: not {say}</h3>{below}" if below else "",
    )


def _groups(groups: Sequence[Group], every: int, show: _Rows, against: Against | None) -> str:
    folds = [_group(group, show, against, is_open=not place) for place, group in enumerate(groups)]
    met = f"Rows of {name(against.name)} that are met most often." if against else "Rows that are repeated most often."
    return section(f"The largest groups: {len(groups):,} of {every:,}", met, *folds)


def _group(group: Group, show: _Rows, against: Against | None, *, is_open: bool) -> str:
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in group.kinds.items())
    same = group.kinds.get("exact", 0)
    inside = show.pairs(group.others, _heads(against))
    hidden = group.size - same - len(group.others)
    inside += f'<p class="muted">{hidden:,} more like these are not shown.</p>' if hidden else ""
    if same:
        numbers = ", ".join(show.number(row) for row in group.exact.tolist())
        more = f" and {same - len(group.exact):,} more" if same > len(group.exact) else ""
        inside += f"<p>The same text: {'row' if same == 1 else 'rows'} {numbers}{more}.</p>"
    return fold(show.target(group.target), [counted(group.size, "copy", "copies"), kinds], inside, is_open=is_open)


def _tasks(found: Duplicates, tasks: Sequence[object] | None) -> str:
    if tasks is None or not found.removed.size:
        return ""
    rows = Counter(str(task) for task in tasks)
    gone = Counter(str(tasks[row]) for row in found.removed.tolist())
    most = sorted(gone, key=lambda task: (-gone[task], task))[:TASKS]
    limit = gone[most[0]]
    lines = [
        [
            name(task),
            bars_svg([gone[task]], limit=limit),
            f"{gone[task]:,}",
            f"{rows[task]:,}",
            f"{gone[task] / rows[task]:.1%}",
        ]
        for task in most
    ]
    heads = ["task", "duplicates", "", "rows", "share"]
    title = f"Tasks with most duplicates: {len(most):,} of {len(gone):,}"
    return section(title, "", table(heads, lines, numbers={2, 3, 4}, wide={1}))
