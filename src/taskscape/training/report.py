"""The training report: one self-contained page with the curves, the settings and the final figures.

No script and no outside file; the curves are SVG, so the page can be mailed or kept with the model.
"""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from taskscape.training.pairs import Supervision
    from taskscape.training.settings import Settings
    from taskscape.training.trainer import Trained

_WIDTH, _HEIGHT, _MARGIN = 640, 220, 44
_TITLES = {
    "loss": "Training loss",
    "ict_ari": "Held-out tasks: clusters against tasks (ARI)",
    "precision_at_1": "Held-out tasks: nearest neighbour has the task",
}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:720px;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;border-bottom:1px solid #d9dde2;text-align:left}
td:last-child{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:auto}
h2{font-size:1.05rem;margin-top:2rem}
@media(prefers-color-scheme:dark){body{color:#e6e9ed;background:#14171a}td,th{border-color:#3a4048}}
"""


def write_report(trained: Trained, settings: Settings, supervision: Supervision, path: Path) -> None:
    """Write the page.

    Parameters
    ----------
    trained
        What the run made.
    settings
        How it was trained.
    supervision
        What it was trained on, for the counts.
    path
        HTML file to write.
    """
    data = {
        "training texts": f"{len(supervision.train):,}",
        "training tasks": f"{len({e.task for e in supervision.train}):,}",
        "held-out texts": f"{len(supervision.held_out):,}",
        "held-out tasks": f"{len({e.task for e in supervision.held_out}):,}",
        "tasks of one example, left out": f"{supervision.dropped_tasks:,}",
        "empty or repeated texts, left out": f"{supervision.dropped_texts:,}",
        "steps": f"{trained.steps:,}",
        "batch": f"{trained.batch:,}",
    }
    figures = {_TITLES.get(name, name): f"{value:.3f}" for name, value in trained.figures.items()}
    given = {name.replace("_", " "): str(value) for name, value in dataclasses.asdict(settings).items()}
    curves = "".join(
        f"<h2>{html.escape(title)}</h2>{_curve(points)}"
        for name, title in _TITLES.items()
        if len(points := [(row["step"], row[name]) for row in trained.history if name in row and "step" in row]) > 1
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Training report</title>'
        f"<style>{_STYLE}</style></head><body><h1>Training report</h1>"
        f"<h2>Result</h2>{_table((figures or {'no held-out tasks': '–'}).items())}"
        f"<h2>Data</h2>{_table(data.items())}{curves}<h2>Settings</h2>{_table(given.items())}</body></html>\n"
    )
    path.write_text(page, encoding="utf-8")


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Line over steps, with its axis labels."""
    steps = [step for step, _ in points]
    values = [value for _, value in points]
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def place(step: float, value: float) -> tuple[float, float]:
        x = _MARGIN + (step - steps[0]) / ((steps[-1] - steps[0]) or 1) * (_WIDTH - 2 * _MARGIN)
        return x, _HEIGHT - _MARGIN / 2 - (value - low) / span * (_HEIGHT - _MARGIN)

    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
    labels = "".join(
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="11" fill="currentColor" text-anchor="{anchor}">{text}</text>'
        for x, y, text, anchor in (
            (_MARGIN - 6, place(steps[0], low)[1] + 4, f"{low:.3f}", "end"),
            (_MARGIN - 6, place(steps[0], high)[1] + 4, f"{high:.3f}", "end"),
            (_MARGIN, _HEIGHT - 4, f"step {steps[0]:.0f}", "start"),
            (_WIDTH - _MARGIN, _HEIGHT - 4, f"{steps[-1]:.0f}", "end"),
        )
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><polyline points="{line}" fill="none" stroke="#2b7a4b" '
        f'stroke-width="2"/>{labels}</svg>'
    )
