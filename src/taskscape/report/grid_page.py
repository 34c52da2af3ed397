"""Results of a grid as one page: the table with the best in bold, and what could not be measured.

No script and no outside file; names come from the grid file and errors from anywhere, so every text is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from taskscape.benchmark.grid_table import failure_line, grid_rows, headline
from taskscape.benchmark.tables import to_html

if TYPE_CHECKING:
    from taskscape.benchmark.grid import GridResults

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
  :root {{ --ground: #fcfcfb; --sunken: #f3f4f3; --line: #e4e6e6; --ink: #1a1f26; --muted: #5d6570 }}
  @media (prefers-color-scheme: dark) {{
    :root {{ --ground: #0f1216; --sunken: #1c2128; --line: #262c34; --ink: #e8ebef; --muted: #98a1ad }}
  }}
  body {{ margin: 0; padding: 32px; background: var(--ground); color: var(--ink);
    font: 14px/1.5 InterVariable, Inter, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }}
  h1 {{ font-size: 22px; margin: 0 0 8px }}
  h2 {{ font-size: 16px; margin: 32px 0 8px }}
  p, li {{ color: var(--muted); margin: 2px 0; overflow-wrap: anywhere }}
  .scroll {{ overflow-x: auto; margin-top: 20px }}
  table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap }}
  th, td {{ padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line) }}
  th {{ color: var(--muted); font-weight: 500; vertical-align: bottom; border-bottom-width: 2px }}
  .words {{ text-align: left }}
  th:first-child, td:first-child {{ position: sticky; left: 0; background: var(--ground) }}
  tbody tr:hover td {{ background: var(--sunken) }}
</style>
</head>
<body>
<h1>{title}</h1>
{lines}
<div class="scroll">
{table}
</div>
{failures}
</body>
</html>
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
    return _PAGE.format(
        title=escape(results.grid.title),
        lines="\n".join(f"<p>{escape(line)}</p>" for line in headline(results)),
        table=to_html(rows) if rows else "<p>Nothing is measured yet.</p>",
        failures=f"<h2>Not measured</h2>\n<ul>{failures}</ul>" if failures else "",
    )
