"""Results → pages, each one self-contained HTML file that opens offline.

The page of a map is an application (`summary`, `page`, built from ``web/``); the pages of other results are documents
without a script (`document`, ``pages/``, ``charts/``). Names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.lazy import loader

if TYPE_CHECKING:
    from taskscape.report.layout_sample import LayoutSample, sample_layout
    from taskscape.report.pages.comparison import render_comparison
    from taskscape.report.pages.duplicates import Against, render_duplicates
    from taskscape.report.pages.matches import render_matches
    from taskscape.report.pages.ranking import render_ranking
    from taskscape.report.pages.selection import render_selection
    from taskscape.report.pages.tiny_benchmark import render_tiny_benchmark

_HOMES = {
    "Against": "taskscape.report.pages.duplicates",
    "LayoutSample": "taskscape.report.layout_sample",
    "render_comparison": "taskscape.report.pages.comparison",
    "render_duplicates": "taskscape.report.pages.duplicates",
    "render_matches": "taskscape.report.pages.matches",
    "render_ranking": "taskscape.report.pages.ranking",
    "render_selection": "taskscape.report.pages.selection",
    "render_tiny_benchmark": "taskscape.report.pages.tiny_benchmark",
    "sample_layout": "taskscape.report.layout_sample",
}

__all__ = [
    "Against",
    "LayoutSample",
    "render_comparison",
    "render_duplicates",
    "render_matches",
    "render_ranking",
    "render_selection",
    "render_tiny_benchmark",
    "sample_layout",
]

__getattr__ = loader(__name__, _HOMES)
