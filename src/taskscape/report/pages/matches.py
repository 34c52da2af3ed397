"""Demonstrations → one page: how near they are, whether they ask for the same, how the pool is used, rows to read."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from taskscape.report.charts.bars import bars_svg
from taskscape.report.charts.histogram import histogram_svg
from taskscape.report.document import document
from taskscape.report.excerpt import excerpt
from taskscape.report.pages.matches_facts import Agreement, Use, queries_to_read
from taskscape.report.parts import counted, figure, fold, name, row_text, section, table, tiles, top
from taskscape.report.row_texts import take_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.analysis import Matches
    from taskscape.report.row_texts import Texts


ANSWER = 160  # characters of an answer


def render_matches(
    matches: Matches,
    *,
    queries: Texts,
    pool: Texts,
    pool_size: int,
    rows: NDArray[np.int64] | None = None,
    pool_rows: NDArray[np.int64] | None = None,
    answers: Texts | None = None,
    tasks: tuple[Sequence[object], Sequence[object]] | None = None,
    settings: Mapping[str, str] | None = None,
    title: str | None = None,
) -> str:
    """Render the page of demonstrations.

    Parameters
    ----------
    matches
        What `taskscape.retrieve` gave.
    queries, pool
        Text of each query and of each row of the pool, or functions that give those of some rows.
    pool_size
        Rows of the pool.
    rows, pool_rows
        Number of each in its source; positions where None.
    answers
        Answer of each row of the pool, shown under it.
    tasks
        Task of each query and of each row of the pool: the page then tells how far they agree.
    settings
        What was asked for, shown as it is: name → value.
    title
        Heading; None tells how many queries there are.

    Returns
    -------
    str
        A whole HTML document with no script, to be written as UTF-8. Its size does not grow with queries or pool. Same
        arguments, same string.
    """
    many = len(matches.indices)
    heading = title or f"Demonstrations for {counted(many, 'query', 'queries')}"
    agreement = None if tasks is None else Agreement.of(matches, *tasks)
    use = Use.of(matches, pool_size)
    weakest, drawn = queries_to_read(matches)
    shown = np.concatenate([weakest, drawn])
    used = [matches.indices[shown], np.array([row for row, _ in use.most], np.int64)]
    show = _Rows(
        take_texts(queries, [shown]), take_texts(pool, used), {} if answers is None else take_texts(answers, used[:1]),
        rows, pool_rows,
    )  # fmt: skip
    facts = {"demonstrations each": str(matches.k), "pool": counted(pool_size, "row"), **(settings or {})}
    search = "exact search" if matches.method == "exact" else f"approximate search, recall {matches.recall:.3f}"
    bold = "" if agreement is None else " A task in bold is the query's own."
    body = "\n".join(
        [
            top(heading, {**facts, "found by": search}),
            "<main>",
            _headline(matches, agreement, use, pool_size),
            _nearness(matches),
            _ranks(matches, agreement),
            _use(use, pool_size, show),
            _queries("Served worst", f"Queries whose nearest demonstration is farthest: what the pool lacks.{bold}",
                     weakest, matches, agreement, show, first=True),
            _queries("Others", f"Drawn at random.{bold}", drawn, matches, agreement, show, first=False),
            "</main>",
        ]
    )  # fmt: skip
    return document(heading, body)


class _Rows:
    """Queries and rows of the pool as they are shown."""

    def __init__(
        self,
        queries: Mapping[int, str],
        pool: Mapping[int, str],
        answers: Mapping[int, str],
        rows: NDArray[np.int64] | None,
        pool_rows: NDArray[np.int64] | None,
    ) -> None:
        self._queries, self._pool, self._answers = queries, pool, answers
        self._rows, self._pool_rows = rows, pool_rows

    def query(self, row: int) -> str:
        """Give a query."""
        return row_text(row if self._rows is None else int(self._rows[row]), self._queries[row])

    def pool(self, row: int) -> str:
        """Give a row of the pool, with the beginning of its answer."""
        shown = row_text(row if self._pool_rows is None else int(self._pool_rows[row]), self._pool[row])
        answer = self._answers.get(row, "").strip()
        return f'{shown}<br><span class="muted">→</span> {_answer(answer)}' if answer else shown


def _answer(text: str) -> str:
    return f'<bdi class="text muted">{escape(excerpt(text, ANSWER))}</bdi>'


def _headline(matches: Matches, agreement: Agreement | None, use: Use, pool_size: int) -> str:
    found = matches.indices >= 0
    fewer = int((matches.counts < matches.k).sum())
    mean = f"{float(matches.similarities[found].mean()):.3f}" if found.any() else "–"
    shown = [
        (
            "demonstrations",
            f"{int(found.sum()):,}",
            f"{matches.k} for each of {counted(len(found), 'query', 'queries')}",
        ),
        ("mean similarity", mean, "cosine"),
    ]
    if agreement is not None:
        share = float(agreement.same.sum() / max(int(found.sum()), 1))
        shown.append(("of the query's task", f"{share:.1%}", "of the demonstrations"))
        shown.append(("queries served", f"{agreement.served:.1%}", "have a demonstration of their task"))
    shown.append(("rows of the pool used", f"{use.rows:,}", f"{use.rows / pool_size:.1%} of {pool_size:,}"))
    shown.append(("queries with fewer", f"{fewer:,}", f"than {matches.k} demonstrations"))
    return tiles(shown)


def _nearness(matches: Matches) -> str:
    has = matches.indices[:, 0] >= 0
    if not has.any():
        return ""
    first = matches.similarities[has, 0]
    last = np.take_along_axis(matches.similarities[has], matches.counts[has][:, None] - 1, axis=1)[:, 0]
    low = float(np.floor(min(float(first.min()), float(last.min()), 0.9) * 10) / 10)
    drawn = histogram_svg(
        first,
        low=max(low, -1.0),
        high=1.0,
        over=last if matches.k > 1 else None,
        label=f"Similarity of {len(first):,} queries to their nearest demonstration, and to their last",
    )
    keys = {"one": "nearest demonstration"} | ({"line": "last demonstration"} if matches.k > 1 else {})
    return section(
        "How near they are", "", figure(drawn, "Cosine of query and demonstration; share of the queries.", keys=keys)
    )


def _ranks(matches: Matches, agreement: Agreement | None) -> str:
    lines = []
    for rank in range(matches.k):
        has = matches.indices[:, rank] >= 0
        near = float(matches.similarities[has, rank].mean()) if has.any() else 0.0
        line = [str(rank + 1), bars_svg([near], limit=1), f"{near:.3f}"]
        if agreement is not None:
            same = float(agreement.same[has, rank].mean()) if has.any() else 0.0
            line += [bars_svg([same], limit=1), f"{same:.1%}"]
        lines.append(line)
    heads = ["rank", "mean similarity", ""] + (["of the query's task", ""] if agreement is not None else [])
    lead = "Where the last are as good as the first, more would do no harm; where they fall off, take fewer."
    return section("By rank", lead, table(heads, lines, numbers={2, 4}, wide={1, 3}))


def _use(use: Use, pool_size: int, show: _Rows) -> str:
    lines = [
        [_times(least, most), bars_svg([count], limit=pool_size), f"{count:,}"] for least, most, count in use.groups
    ]
    most = [[f"{uses:,}", show.pool(row)] for row, uses in use.most]
    lead = "A row that is shown to many queries is typical of its task, or a hub that is near to everything."
    named = fold(
        "The rows that are shown most", [f"{len(most):,} of {use.rows:,}"], table(["times", "row"], most, numbers={0})
    )
    return section(
        "How the pool is used", lead, table(["shown", "rows", ""], lines, numbers={2}, wide={1}), named if most else ""
    )


def _times(least: int, most: int | None) -> str:
    if not least:
        return "never"
    if least == 1:
        return "once"
    return f"{least} times or more" if most is None else f"{least} to {most} times"


def _queries(
    title: str,
    lead: str,
    chosen: NDArray[np.int64],
    matches: Matches,
    agreement: Agreement | None,
    show: _Rows,
    *,
    first: bool,
) -> str:
    folds = [
        _query(query, matches, agreement, show, is_open=first and not place)
        for place, query in enumerate(chosen.tolist())
    ]
    return section(f"{title}: {len(chosen):,} of {counted(len(matches.indices), 'query', 'queries')}", lead, *folds)


def _query(query: int, matches: Matches, agreement: Agreement | None, show: _Rows, *, is_open: bool) -> str:
    lines = []
    for rank, (row, near) in enumerate(
        zip(matches.indices[query].tolist(), matches.similarities[query].tolist(), strict=True)
    ):
        if row < 0:
            continue
        line = [f"{near:.3f}", show.pool(row)]
        if agreement is not None:
            task = name(str(agreement.pool[row]))
            line.append(f"<b>{task}</b>" if agreement.same[query, rank] else task)
        lines.append(line)
    heads = ["similarity", "demonstration", *(["task"] if agreement is not None else [])]
    inside = table(heads, lines, numbers={0}) if lines else "<p>The pool has none for it.</p>"
    remarks = [f"nearest {float(matches.similarities[query, 0]):.3f}"] if lines else ["none"]
    if agreement is not None:
        remarks.append(name(str(agreement.queries[query])))
    return fold(show.query(query), remarks, inside, is_open=is_open)
