"""Pieces of HTML that pages are put together from, in the look of `taskscape.report.document`.

What is called HTML here is put into the page as it is; what is called text is escaped here.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from taskscape.report.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

EXCERPT = 240  # characters of an instruction
NAME = 80  # characters of a name: of a task, a file, a model

_JOINTS = re.compile("[|_/]")
_BREAKABLE = r"\g<0><wbr>"


def name(text: str) -> str:
    """Show a name that comes from data; a line may be broken between verb and noun, or parts of a file's name."""
    return f"<bdi>{_JOINTS.sub(_BREAKABLE, escape(excerpt(text, NAME)))}</bdi>"


def row_text(number: int, text: str) -> str:
    """Show a row: its number in the source and the beginning of its text."""
    return numbered(number, escape(excerpt(text.strip(), EXCERPT)))


def numbered(number: int, shown: str) -> str:
    """Show a row whose text is HTML already."""
    return f'<span class="muted">{number:,}</span> <bdi class="text">{shown}</bdi>'


def top(heading: str, facts: Mapping[str, str], *, lead: str = "") -> str:
    """Begin a page: heading, a line under it (HTML), and what was asked for, as text."""
    shown = "".join(f"<div><dt>{escape(key)}:</dt> <dd>{name(value)}</dd></div>" for key, value in facts.items())
    under = f'<p class="muted">{lead}</p>' if lead else ""
    return (
        f'<header><h1 dir="auto">{escape(excerpt(heading, NAME))}</h1>\n{under}'
        + (f'<dl class="facts">{shown}</dl>' if shown else "")
        + "</header>"
    )


def section(title: str, lead: str, *blocks: str) -> str:
    """Give a section: its title and its explanation as HTML, then its blocks; nothing where all blocks are empty."""
    body = "\n".join(block for block in blocks if block)
    return f"<section><h2>{title}</h2>\n{f'<p>{lead}</p>' if lead else ''}\n{body}</section>" if body else ""


def tiles(figures: Iterable[tuple[str, str, str]]) -> str:
    """Show key figures: what each is, its value, and a remark; all text."""
    cells = "".join(
        f"<div><dt>{escape(what)}</dt><dd>{escape(value)}<small>{escape(remark)}</small></dd></div>"
        for what, value, remark in figures
    )
    return f'<dl class="tiles">{cells}</dl>'


def table(
    heads: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    wide: Collection[int] = (),
    half: Collection[int] = (),
) -> str:
    """Make a table of HTML cells.

    Parameters
    ----------
    heads
        Of the columns.
    lines
        One cell for each column.
    numbers
        Columns of figures: to the right, never broken.
    wide
        Columns that hold a chart.
    half
        Columns that take half of the width: two of them, or one that holds texts.

    Returns
    -------
    str
        The table in a box that scrolls when there is no room.
    """
    kinds = [
        ' class="n"' if i in numbers else ' class="wide"' if i in wide else ' class="half"' if i in half else ""
        for i in range(len(heads))
    ]
    head = "".join(
        f'<th scope="col"{kind}>{cell}</th>' if cell else f"<td{kind}></td>"
        for kind, cell in zip(kinds, heads, strict=True)
    )
    body = "\n".join(
        f"<tr>{''.join(f'<td{kind}>{cell}</td>' for kind, cell in zip(kinds, line, strict=True))}</tr>"
        for line in lines
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'


def fold(title: str, remarks: Iterable[str], inside: str, *, anchor: str = "", is_open: bool = False) -> str:
    """Hide HTML behind a line that opens: a title and remarks on its right, both HTML; links find it by its anchor."""
    notes = "".join(f"<span>{remark}</span>" for remark in remarks)
    begin = "<details open>" if is_open else "<details>"
    place = f' id="{anchor}"' if anchor else ""
    return f'{begin}<summary><b>{title}</b>{notes}</summary>\n<div class="inside"{place}>{inside}</div></details>'


def figure(picture: str, caption: str = "", *, keys: Mapping[str, str] | None = None) -> str:
    """Set a picture with its caption (HTML) and a key: class of the look → what is drawn so, as text."""
    shown = "".join(
        f'<span class="key {kind}"></span><span>{escape(meaning)}</span>' for kind, meaning in (keys or {}).items()
    )
    legend = f'<p class="legend">{shown}</p>' if shown else ""
    return f"<figure>{legend}{picture}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def listed(items: Iterable[str]) -> str:
    """Make a list of HTML items; nothing where there are none."""
    body = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{body}</ul>" if body else ""


def counted(count: int, what: str, several: str | None = None) -> str:
    """Say how many there are: ``1 row``, ``2,000 rows``."""
    return f"{count:,} {what if count == 1 else several or what + 's'}"
