"""The terminal as the commands use it: notes and progress on standard error, results on standard output."""

from __future__ import annotations

import contextlib
import json as json_library
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import RenderableType

    Progress = Callable[[int, int | None], None]


def counted(count: int, noun: str) -> str:
    """Write a number with its noun: "1 row", "1,024 rows"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass(frozen=True)
class Console:
    """Where a command speaks.

    Parameters
    ----------
    json
        The result is printed as JSON instead of for people.
    quiet
        Nothing but results and errors is printed.
    """

    json: bool = False
    quiet: bool = False

    def note(self, text: str) -> None:
        """Say something on standard error that is not the result."""
        if not self.quiet:
            sys.stderr.write(text + "\n")

    def notes(self, texts: Iterable[str]) -> None:
        """Say what a result's reader should know of it."""
        for text in texts:
            self.note(f"note: {text}")

    def result(self, value: Any, shown: RenderableType) -> None:
        """Print the result on standard output.

        Parameters
        ----------
        value
            The result as plain JSON data, printed with ``--json``.
        shown
            The same for people: text or anything that rich renders.
        """
        if self.json:
            text = json_library.dumps(value, ensure_ascii=False, indent=2)
            try:
                text.encode(sys.stdout.encoding or "utf-8")
            except UnicodeEncodeError:  # a code page of Windows, or a file name that is no UTF-8
                text = json_library.dumps(value, ensure_ascii=True, indent=2)
            sys.stdout.write(text + "\n")
            return
        from rich.console import Console as RichConsole

        # Texts are untrusted: brackets in them are not markup.
        RichConsole(markup=False, highlight=False).print(shown)

    @contextlib.contextmanager
    def progress(self, description: str) -> Iterator[Progress | None]:
        """Show a bar with rate and time left on standard error, where that is a terminal.

        Parameters
        ----------
        description
            What is being done: ``"embedding"``.

        Yields
        ------
        callable or None
            To be called with ``(done, total)``; None where nothing is shown.
        """
        if self.quiet or not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=RichConsole(stderr=True),
            transient=True,
        )
        with bar:
            task = bar.add_task(description, total=None, rate="")

            def advance(done: int, total: int | None) -> None:
                speed = bar.tasks[0].speed
                bar.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

            yield advance
