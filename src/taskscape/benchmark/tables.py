"""Scores → cells → one table, as Markdown or as a page that needs nothing else.

A row is a dict of heads and cells; rows may lack heads that others have. The best cell of a column is the highest as it
is printed, so that .8304 and .8296 are both the best.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.analysis.measures import PairScores
    from taskscape.benchmark.cluster_scores import ClusterScores
    from taskscape.benchmark.evaluation import Scores
    from taskscape.benchmark.label_line import LabelAgreement

MISSING = "–"
WORDS = frozenset({"encoder", "template", "pooling", "clustering"})  # heads whose columns are read as text


class Cell(NamedTuple):
    """What a table shows.

    Attributes
    ----------
    text
        As printed.
    value
        By which the best of a column is found; None where cells are not to be compared.
    """

    text: str
    value: float | None = None


Row = dict[str, Cell]


def plain(value: float) -> str:
    """Write a share as the literature does: .824."""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"


def figure(value: float | None, *, compared: bool = True) -> Cell:
    """Make a cell of a share, of which more is better."""
    return Cell(MISSING) if value is None else Cell(plain(value), round(value, 3) if compared else None)


def cluster_cells(scores: ClusterScores) -> Row:
    """Cells of a clustering test, with the random floor beside the figures that it makes readable.

    Purity, homogeneity and V of more clusters than were asked for (DBSCAN, labels) are never the best: single rows are
    pure, and small clusters have a high V by chance.
    """
    comparable = scores.found <= scores.k and scores.clustering != "labels"
    row = {
        "ARI": figure(scores.ari),
        "ARI, seeds": Cell(f"{plain(scores.ari_mean)} ± {plain(scores.ari_sd)}", round(scores.ari_mean, 3)),
        "purity": figure(scores.purity, compared=comparable),
        "homog.": figure(scores.homogeneity, compared=comparable),
        "floor": Cell(f"{plain(scores.floor.purity)}/{plain(scores.floor.homogeneity)}"),
        "V": figure(scores.v_measure, compared=comparable),
        "silh.": figure(scores.silhouette),
    }
    if scores.found != scores.k or scores.clustering == "labels" or scores.eps is not None:
        row["clusters"] = Cell(f"{scores.found:,}" + (f" (eps {scores.eps:g})" if scores.eps is not None else ""))
    if scores.seeds == 1:
        row["ARI, seeds"] = Cell(MISSING)
    return row


def neighbour_cells(at_1: float | None, at_5: float | None) -> Row:
    """Cells of the nearest neighbours."""
    return {"P@1": figure(at_1), "P@5": figure(at_5)}


def pair_cells(similarity: PairScores | None, unseen: PairScores | None) -> Row:
    """Cells of a similarity test; none where there is no test.

    Spearman under another ceiling (that of the label line is 1) is shown, but never as the best.
    """
    if similarity is None:
        return {}
    comparable = similarity.ceiling < 1
    row = {
        "IIS": figure(similarity.spearman, compared=comparable),
        "ceiling": Cell(plain(similarity.ceiling)),
        "AUC": figure(similarity.auc),
    }
    if unseen is not None:
        row["IIS unseen"] = Cell(
            f"{plain(unseen.spearman)} of {plain(unseen.ceiling)}", round(unseen.spearman, 3) if comparable else None
        )
        row["AUC unseen"] = figure(unseen.auc)
        row["pairs unseen"] = Cell(f"{unseen.pairs:,}")
    return row


def label_cells(labels: LabelAgreement | None) -> Row:
    """Cells of the labels that an encoder reads; none where it reads none."""
    return (
        {}
        if labels is None
        else {"label": figure(labels.exact), "verb": figure(labels.verb), "noun": figure(labels.noun)}
    )


def score_row(scores: Scores) -> Row:
    """Put all figures of an encoder into one row."""
    return {
        "encoder": Cell(scores.encoder),
        "d": Cell(f"{scores.dimension:,}" if scores.dimension else MISSING),
        **cluster_cells(scores.clustering),
        **neighbour_cells(scores.precision_at_1, scores.precision_at_5),
        **pair_cells(scores.similarity, scores.similarity_unseen),
        **label_cells(scores.labels),
        "texts/s": Cell(f"{scores.texts_per_second:,.0f}"),
    }


def heads_of(rows: Sequence[Row]) -> list[str]:
    """Give all heads, in the order in which rows first have them; one that only some rows have stays in its place."""
    heads: list[str] = []
    for row in rows:
        place = 0
        for head in row:
            if head in heads:
                place = heads.index(head) + 1
            else:
                heads.insert(place, head)
                place += 1
    return heads


def best_cells(rows: Sequence[Row]) -> set[tuple[int, str]]:
    """Find the best cells: row number and head. A column with fewer than two different figures has no best."""
    found: set[tuple[int, str]] = set()
    for head in heads_of(rows):
        values = {number: row[head].value for number, row in enumerate(rows) if head in row}
        compared = {number: value for number, value in values.items() if value is not None}
        if len(set(compared.values())) > 1:
            top = max(compared.values())
            found |= {(number, head) for number, value in compared.items() if value == top}
    return found


def to_markdown(rows: Sequence[Row], *, bold: bool = False) -> str:
    """Write rows as a Markdown table.

    Parameters
    ----------
    rows
        The rows.
    bold
        Set the best of each column in bold.

    Returns
    -------
    str
        Lines without a final line break; what would break the table is escaped.
    """
    heads = heads_of(rows)
    best = best_cells(rows) if bold else set()
    lines = [heads, ["---" if head in WORDS else "---:" for head in heads]]
    for number, row in enumerate(rows):
        texts = [(_safe(row[head].text) if head in row else "") for head in heads]
        lines.append(
            [f"**{text}**" if (number, head) in best else text for head, text in zip(heads, texts, strict=True)]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _safe(text: str) -> str:
    """Keep a text from breaking a Markdown table, or from being markup in one."""
    return escape(" ".join(text.split()), quote=False).replace("|", "\\|")


def to_html(rows: Sequence[Row]) -> str:
    """Write rows as an HTML table, every text escaped, the best of each column in bold."""
    heads = heads_of(rows)
    best = best_cells(rows)
    head = "".join(f'<th scope="col"{_words(name)}>{escape(name)}</th>' for name in heads)
    body = []
    for number, row in enumerate(rows):
        cells = []
        for name in heads:
            text = escape(row[name].text) if name in row else ""
            cells.append(f"<td{_words(name)}>{f'<b>{text}</b>' if (number, name) in best else text}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody>\n</table>"


def _words(head: str) -> str:
    return ' class="words"' if head in WORDS else ""
