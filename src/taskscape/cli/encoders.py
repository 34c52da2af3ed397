"""``taskscape encoders``: what ``--encoder`` takes."""

from __future__ import annotations

from taskscape.cli.options import Running, with_groups


@with_groups
def encoders(running: Running) -> None:
    """List the encoders that `--encoder` and `bench` take by name.

    Example: `taskscape encoders`
    """
    from rich.table import Table

    from taskscape.encoders import registered_encoders

    table = Table("name", "what it is", title="Encoders")
    for entry in registered_encoders():
        table.add_row(entry.name + entry.rest, entry.summary)
    table.add_row("FOLDER", "an encoder that `python -m taskscape.training.export` wrote")
    names = [{"name": entry.name, "summary": entry.summary} for entry in registered_encoders()]
    running.console.result(names, table)
