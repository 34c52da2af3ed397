"""Writes the two generated pages of the documents: ``python scripts/reference.py`` (``make reference``).

``docs/cli.md`` is the help text of every command; ``docs/api.md`` names every public object, whose docstring the site
then fills in. A test compares both with what is generated now.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import taskscape

DOCS = Path(__file__).resolve().parent.parent / "docs"
TITLES = {
    "records": "Records",
    "encoders": "Encoders",
    "tasks": "Tasks",
    "vectors": "Vectors",
    "analysis": "Analysis",
    "report": "Report",
    "benchmark": "Benchmark",
    "training": "Training",
    "integrations": "Other libraries",
    "errors": "Errors",
}
# Documented though not exported at the top: parts that fewer people need.
FURTHER = (
    "taskscape.encoders.base.as_encoder",
    "taskscape.encoders.base.register",
    "taskscape.vectors.index.build_index",
    "taskscape.vectors.index.open_index",
    "taskscape.analysis.retrieval.prompts.few_shot",
    "taskscape.report.atlas.write_atlas",
    "taskscape.report.layout_sample.sample_layout",
    "taskscape.report.pages.comparison.render_comparison",
    "taskscape.report.pages.duplicates.Against",
    "taskscape.report.pages.duplicates.render_duplicates",
    "taskscape.report.pages.matches.render_matches",
    "taskscape.report.pages.ranking.render_ranking",
    "taskscape.report.pages.selection.render_selection",
    "taskscape.report.pages.tiny_benchmark.render_tiny_benchmark",
    "taskscape.benchmark.inference.Inference",
    "taskscape.benchmark.evaluation.evaluate",
    "taskscape.benchmark.construction.build",
    "taskscape.training.trainer.train",
    "taskscape.integrations.sentence_transformers.as_sentence_transformer",
    "taskscape.extras.require",
)


def cli_page() -> str:
    """Render the help of all commands."""
    command = [sys.executable, "-m", "typer", "taskscape.cli.app", "utils", "docs", "--name", "taskscape"]
    done = subprocess.run([*command, "--title", "Commands"], capture_output=True, text=True, check=True)
    return done.stdout.rstrip() + "\n"


def api_page() -> str:
    """Name every public object under the part of the package that defines it."""
    paths = sorted({f"{home}.{name}" for name, home in taskscape._HOMES.items()} | set(FURTHER), key=str.lower)
    lines = [
        "# Python",
        "",
        "What `import taskscape` offers, and the further parts that have a name of their own. `taskscape.embed` is",
        "`taskscape.vectors.embedding.embed`: names at the top are loaded on first use.",
    ]
    for part, title in TITLES.items():
        members = [path for path in paths if path.split(".")[1] == part]
        if members:
            lines += ["", f"## {title}", *(f"\n::: {path}" for path in members)]
    others = [path for path in paths if path.split(".")[1] not in TITLES]
    return "\n".join([*lines, *(["", "## Further", *(f"\n::: {path}" for path in others)] if others else [])]) + "\n"


PAGES = {"cli.md": cli_page, "api.md": api_page}


def main() -> None:
    """Write both pages."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf8")


if __name__ == "__main__":
    main()
