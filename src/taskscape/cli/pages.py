"""Pages that commands write: the flag, and the checks before the work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskscape.errors import UsageError

if TYPE_CHECKING:
    from taskscape.cli.console import Console
    from taskscape.records import Dataset

Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Also write a page that shows what was done (.html)."),
]


def check_page(output: Path | None) -> None:
    """Refuse an output that no page can be written to, before the work.

    Raises
    ------
    UsageError
        The suffix is another.
    DataError
        There is no such folder, or what is there is no file.
    """
    if output is None:
        return
    if output.suffix not in (".html", ".htm"):
        raise UsageError(f"{output}: the page is written as .html")
    from taskscape.records.output import check_place

    check_place(output)


def write_page(output: Path, html: str) -> None:
    """Write a page, which appears whole or not at all."""
    from taskscape.records.output import replacing

    with replacing(output) as partial:
        partial.write_text(html, encoding="utf8")


def write_report(report: Path, html: str, console: Console) -> None:
    """Write the page that a command was asked for beside its output, and say so."""
    write_page(report, html)
    console.note(f"report: {report}")


def asked_for(**settings: object) -> dict[str, str]:
    """Name what was asked for, for the head of a page: settings that were given, files without their folders."""
    return {
        key.replace("_", " "): value.name if isinstance(value, Path) else str(value)
        for key, value in settings.items()
        if value is not None
    }


def names_of(dataset: Dataset) -> str:
    """Name the files of a dataset, without their folders."""
    names = [file.path.name for file in dataset.files]
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
