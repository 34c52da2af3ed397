"""The summary's dict → one HTML file that needs nothing else: no server, no network, no folder beside it.

The skeleton, script and style are built from ``web/`` and ship in the package. The dict is deflated and put into the
page as base64; the browser opens it with DecompressionStream. 20,814 instructions make a file of about 2 MB.

What keeps a hostile text harmless: it travels as base64, so it never is markup; the script only ever writes text nodes;
and the page's Content-Security-Policy admits exactly one script and one style sheet, by hash, and no network at all.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from html import escape
from typing import Any

from taskscape.report.built import asset
from taskscape.report.policy import digest
from taskscape.report.sunburst import sunburst_svg

_PLACEHOLDER = re.compile(r"\{\{([a-z]+)\}\}")


def render_page(summary: dict[str, Any]) -> str:
    """Render the page of a map.

    Parameters
    ----------
    summary
        What `taskscape.report.summary.summarise` gave.

    Returns
    -------
    str
        A whole HTML document; to be written as UTF-8. Same summary, same string.
    """
    script, style = asset("page.js"), asset("page.css")
    parts = {
        "policy": _policy(script, style),
        "title": escape(summary["title"]),
        "style": style,
        "script": script,
        "data": _packed(summary),
        "sunburst": _sunburst(summary),
    }
    return _PLACEHOLDER.sub(lambda match: parts[match[1]], asset("page.html"))


def _policy(script: str, style: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {digest(script)}",
            f"style-src {digest(style)}",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _packed(summary: dict[str, Any]) -> str:
    plain = json.dumps(summary, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return base64.b64encode(zlib.compress(plain, 9)).decode()


def _sunburst(summary: dict[str, Any]) -> str:
    """Draw the sunburst of the tasks, where there are any."""
    for grouping in summary["groupings"]:
        if grouping["key"] == "task":
            counts = {(group["verb"], group["noun"]): group["size"] for group in grouping["groups"]}
            return sunburst_svg(counts)
    return ""
