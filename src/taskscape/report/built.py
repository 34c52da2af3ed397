"""The built parts of the page that ship in the package: script, style, skeleton, palette.

They are made from ``web/`` by ``npm run build`` and committed, so that installing taskscape needs no Node.js;
``tests/report/test_build.py`` compares them with a fresh build.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """Read one built file, such as ``"page.js"``."""
    return files("taskscape.report").joinpath("assets").joinpath(name).read_text(encoding="utf-8")


@cache
def palette(theme: str) -> tuple[str, ...]:
    """Name the colours of a theme, ``"light"`` or ``"dark"``, as ``#rrggbb``, best separated first."""
    return tuple(json.loads(asset("palette.json"))[theme])
