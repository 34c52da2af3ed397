"""The skeleton and the look that all pages without a script share: one HTML file that opens offline.

Typeface and colours are those of the task map's page; the reader's system chooses light or dark. The page's
Content-Security-Policy admits one style sheet, by its hash, the typeface in it, and nothing else.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape

from taskscape.report.built import asset
from taskscape.report.excerpt import excerpt
from taskscape.report.policy import digest

TITLE = 120  # characters

_LOOK = """
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.5 InterVariable,Inter,system-ui,sans-serif}
header,main{max-width:1080px;margin:0 auto;padding:20px}
header{padding-bottom:0}main{padding-top:0}
h1{margin:0;font-size:22px;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{margin:32px 0 6px;font-size:16px}
h3{margin:18px 0 4px;font-size:13px}
p{margin:4px 0 12px;max-width:72ch}
ul{margin:0;padding-left:20px}
li,.text{overflow-wrap:anywhere}
td{overflow-wrap:break-word}
a{color:var(--accent)}
.muted,figcaption,.legend,.facts{color:var(--muted)}
.facts{display:flex;flex-wrap:wrap;gap:0 18px;margin:4px 0}
.facts dt,.facts dd{display:inline;margin:0}
.facts dd{color:var(--ink);overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:18px 0 4px}
.tiles div{display:flex;flex-direction:column;padding:10px 14px;border:1px solid var(--line)}
.tiles div{border-radius:var(--radius);background:var(--panel)}
.tiles dt,.tiles small{color:var(--muted);font-size:12.5px;font-weight:400;letter-spacing:0}
.tiles dd{margin:0;font-size:22px;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles small{display:block}
figure,.scroll{margin:0;overflow-x:auto}
figure{margin:10px 0}
figcaption,.legend{margin:4px 0;font-size:12.5px}
.key{display:inline-block;width:11px;height:11px;margin:0 6px 0 14px;border-radius:3px;vertical-align:-1px}
.key.line{height:2px;background:var(--ink);vertical-align:4px}
.key:first-child{margin-left:0}
svg{display:block;max-width:100%}
svg.chart,svg.sunburst{height:auto}
.chart text,.plot text{fill:var(--ink);font-size:11.5px}
.plot{overflow:visible}
.plot .axis{fill:var(--muted);font-weight:400}
.one{fill:var(--accent);background:var(--accent)}
.other{fill:var(--strong-line);background:var(--strong-line)}
.grid{stroke:var(--line)}
.step{fill:none;stroke:var(--ink);stroke-width:1.5}
.mark{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3}
.whisker{stroke:var(--accent);stroke-width:2;stroke-linecap:round}
.points{fill:none;stroke-linecap:round}
.points.back{stroke:var(--muted);stroke-opacity:.4;background:color-mix(in srgb,var(--muted) 40%,var(--ground))}
.points.front{stroke:var(--accent);background:var(--accent)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600}
.n{text-align:right;white-space:nowrap}
.wide{width:45%;min-width:120px;vertical-align:middle}
.half{width:50%}
details{margin:8px 0;border:1px solid var(--line);border-radius:var(--radius);background:var(--panel)}
summary{display:flex;flex-wrap:wrap;gap:4px 18px;padding:9px 14px;cursor:pointer}
summary b{flex:1 1 300px;overflow-wrap:anywhere}
summary span{color:var(--muted);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.inside{padding:2px 14px 14px;scroll-margin-top:60px}
.text{white-space:pre-line}
mark{border-radius:2px;background:var(--mark);color:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media (max-width:600px){
header,main{padding-inline:12px}
th,td{padding-inline:5px}
.inside{padding-inline:6px}
.wide{width:auto;min-width:90px}
.half{min-width:130px}
td:first-child:not([class]){min-width:110px}
}
"""


def document(title: str, body: str, *, style: str = "") -> str:
    """Make a whole page of its body.

    Parameters
    ----------
    title
        Name of the page, any text: cut to `TITLE` characters and escaped here.
    body
        What stands in ``<body>``, as HTML: texts in it are escaped already.
    style
        Rules that this page has beside those of all.

    Returns
    -------
    str
        An HTML document with no script, to be written as UTF-8.
    """
    rules = _tokens() + _LOOK + style
    policy = f"default-src 'none'; style-src {digest(rules)}; font-src data:; base-uri 'none'; form-action 'none'"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="taskscape">
<title>{escape(excerpt(title, TITLE))}</title>
<style>{rules}</style>
</head>
<body>
{body}
</body>
</html>
"""


@cache
def _tokens() -> str:
    """Take typeface and colours from the style of the map's page."""
    style = asset("page.css")
    font = re.search(r"@font-face\s*{[^}]*}", style)
    light = re.search(r":root\s*{([^}]*)}", style)
    dark = re.search(r":root\[data-theme=\"?dark\"?\]\s*{([^}]*)}", style)
    if font is None or light is None or dark is None:
        raise RuntimeError("page.css has no typeface or no colours: build the page anew")
    return f"{font[0]}:root{{{light[1]}}}@media (prefers-color-scheme:dark){{:root{{{dark[1]}}}}}"
