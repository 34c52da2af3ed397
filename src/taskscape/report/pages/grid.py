"""Results of a grid as one page: the table with the best in bold, and what could not be measured.

No script and no outside file; names come from the grid file and errors from anywhere, so every text is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from taskscape.benchmark.grid_table import failure_line, grid_rows, headline
from taskscape.benchmark.tables import to_html
from taskscape.report.document import document

if TYPE_CHECKING:
    from taskscape.benchmark.grid import GridResults

_STYLE = """
header,main{max-width:none}
.scroll{margin-top:20px}
header p,li{margin:2px 0;color:var(--muted);overflow-wrap:anywhere}
table{width:auto;white-space:nowrap}
th,td{text-align:right}
th{color:var(--muted);font-weight:500;vertical-align:bottom;border-bottom-width:2px}
.words{text-align:left}
th:first-child,td:first-child{position:sticky;left:0;background:var(--ground)}
tbody tr:hover td{background:var(--sunken)}
"""


def grid_page(results: GridResults) -> str:
    """Render the page.

    Parameters
    ----------
    results
        What `taskscape.benchmark.grid.run_grid` gave.

    Returns
    -------
    str
        A whole HTML document with no script, to be written as UTF-8.
    """
    rows = grid_rows(results)
    failures = "".join(f"<li>{escape(failure_line(results, one))}</li>" for one in results.failures)
    lines = "\n".join(f"<p>{escape(line)}</p>" for line in headline(results))
    body = f"""<header><h1>{escape(results.grid.title)}</h1>
{lines}</header>
<main>
<div class="scroll">
{to_html(rows) if rows else "<p>Nothing is measured yet.</p>"}
</div>
{f"<h2>Not measured</h2><ul>{failures}</ul>" if failures else ""}
</main>"""
    return document(results.grid.title, body, style=_STYLE)
