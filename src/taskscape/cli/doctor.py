"""``taskscape doctor``: what this installation has, what is missing, and how to get it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskscape.cli.options import Running, with_groups
from taskscape.errors import EncoderError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from taskscape.environment import Environment, Extra

CacheDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="A cache folder other than the usual one.", show_default=False)
]


@with_groups
def doctor(running: Running, cache_dir: CacheDir = None) -> None:
    """Print versions, shipped models, cores, extras and cache; try the shipped encoder; say what is missing.

    Ends with exit code 1 where the main work cannot be done.

    Example: `taskscape doctor`
    """
    from taskscape.environment import examine, try_encoder

    environment = examine(cache_dir)
    problems = environment.problems
    if not problems:
        try:
            try_encoder()
        except (EncoderError, ImportError) as error:
            problems = [f"the shipped encoder does not work: {error}"]
    running.console.result(_plain(environment, problems), _shown(environment, problems))
    if problems:
        raise typer.Exit(1)


def _plain(environment: Environment, problems: list[str]) -> dict[str, Any]:
    return {
        "taskscape": environment.version,
        "python": environment.python,
        "system": environment.system,
        "cores": environment.cores,
        "models": [
            {"name": model.name, "megabytes": round(model.megabytes, 1), "licence": model.licence}
            for model in environment.models
        ],
        "packages": {package.name: package.installed for package in environment.core},
        "extras": {
            extra.name: {
                "complete": not extra.missing,
                "packages": {package.name: package.installed for package in extra.packages},
                "install": extra.install if extra.missing else None,
            }
            for extra in environment.extras
        },
        "cache": {
            "folder": str(environment.cache.folder),
            "megabytes": round(environment.cache.megabytes, 1),
            "writable": environment.cache.writable,
        },
        "problems": problems,
    }


def _shown(environment: Environment, problems: list[str]) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    facts = Table.grid(padding=(0, 2))
    facts.add_row("taskscape", environment.version)
    facts.add_row("python", f"{environment.python}, {environment.system}, {environment.cores} cores")
    facts.add_row("packages", ", ".join(f"{package.name} {package.installed}" for package in environment.core))
    facts.add_row(
        "cache", f"{environment.cache.folder} ({environment.cache.megabytes:,.1f} MB); may be deleted at any time"
    )
    models = Table("model", "MB", "licence", title="Models in this package")
    for model in environment.models:
        models.add_row(model.name, f"{model.megabytes:.1f}", model.licence)
    extras = Table("extra", "there", "how to get what is missing", title="Extras")
    for extra in environment.extras:
        extras.add_row(extra.name, _state(extra), extra.install if extra.missing else "")
    verdict = "\n".join(f"problem: {problem}" for problem in problems) or "The shipped encoder works. All is well."
    return Group(facts, models, extras, verdict)


def _state(extra: Extra) -> str:
    there = len(extra.packages) - len(extra.missing)
    if not extra.missing:
        return "yes"
    missing = ", ".join(package.name for package in extra.missing)
    return f"{'partly' if there else 'no'} (without {missing})"
