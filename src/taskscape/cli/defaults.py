"""A group of commands whose first one is meant when none is named: ``bench default`` is ``bench score default``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class DefaultGroup(TyperGroup):
    """The group: what is not the name of one of its commands goes to the command that was added first."""

    commands: MutableMapping[str, Any]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the first command where the arguments name none; ``--help`` is its help too."""
        if not args or args[0] not in self.commands:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)
