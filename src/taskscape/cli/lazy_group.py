"""A group of commands that imports a command only when it is called.

``taskscape --help`` needs a name and a line of each; importing all commands and reading their flags would take as long
again as everything else that it does.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is not imported yet.

    Parameters
    ----------
    home
        ``"module:name"`` of its function, or of the `typer.Typer` that holds its own commands.
    panel
        Heading it stands under.
    summary
        Its line in the list: the first paragraph of its own help, which a test compares.
    """

    home: str
    panel: str
    summary: str


class LazyGroup(TyperGroup):
    """Commands by name, each made when it is asked for; a subclass sets `entries`."""

    entries: ClassVar[Mapping[str, Entry]] = {}
    _listing = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # What stands in for a command while help is written, and where typer looks for the name that was meant.
        self.commands = {
            name: TyperCommand(name, help=entry.summary, rich_help_panel=entry.panel)
            for name, entry in self.entries.items()
        }

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Make a command; while help is written, one that has nothing but its line."""
        entry = self.entries.get(cmd_name)
        if entry is None or self._listing:
            return self.commands.get(cmd_name)
        module, _, name = entry.home.partition(":")
        found = getattr(importlib.import_module(module), name)
        alone = typer.Typer(rich_markup_mode="markdown", add_completion=False)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=cmd_name, help=entry.summary)
        else:
            alone.command(cmd_name)(found)
            alone.callback()(_nothing)  # so that typer makes a group, with the command's name kept
        made: Any = get_command(alone)
        return made.commands[cmd_name]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help without importing a command."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def _nothing() -> None:
    """Stand where typer wants a callback."""
