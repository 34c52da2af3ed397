"""Flags that several commands share, spelled once.

A command takes a whole group as one parameter annotated with the group's class (``reading: Reading``); the decorator
`with_groups` shows typer the single flags and hands the command the filled group. So a flag has one spelling, one help
text and one default everywhere.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from taskscape.cli.console import Console
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskscape.records import Dataset

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="An instruction file, a folder or glob of them, a Hugging Face dataset id, or a store.",
        show_default=False,
    ),
]
UnembeddedData = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="An instruction file, a folder or glob of them, or a Hugging Face dataset id.",
        show_default=False,
    ),
]
OutputFile = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="File to write.", show_default=False)]
OutputFolder = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to write.", show_default=False)
]
Labeller = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="What reads the tasks: `default`, `parser`, or an encoder that labels, or its folder."
    ),
]

READING = "Reading the data"
ENCODING = "Encoding"
RUNNING = "Running"


@dataclasses.dataclass
class Reading:
    """How the rows of DATA are read; all of it is recognised when no flag is given."""

    field: Annotated[
        str | None,
        typer.Option(help="Field that holds the instruction (a dotted path reaches inside).", rich_help_panel=READING),
    ] = None
    format: Annotated[
        str | None, typer.Option(help="Instruction format, when it is not recognised.", rich_help_panel=READING)
    ] = None
    turn: Annotated[
        Literal["first", "last", "all"],
        typer.Option(help="Which of the user's turns of a conversation.", rich_help_panel=READING),
    ] = "first"
    with_input: Annotated[
        bool, typer.Option("--with-input", help="Append the row's input to its instruction.", rich_help_panel=READING)
    ] = False
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="JSON", help='LLaMA-Factory `columns`, e.g. \'{"prompt": "q"}\'.', rich_help_panel=READING
        ),
    ] = None
    tags: Annotated[
        str | None,
        typer.Option(
            metavar="JSON", help='LLaMA-Factory `tags`, e.g. \'{"role_tag": "who"}\'.', rich_help_panel=READING
        ),
    ] = None
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Stop at the first bad row, not set it aside.", rich_help_panel=READING),
    ] = False

    def open(self, data: str) -> Dataset:
        """Open DATA with these settings."""
        from taskscape.records import open_dataset

        return open_dataset(
            data,
            field=self.field,
            format=self.format,
            turn=self.turn,
            with_input=self.with_input,
            columns=_mapping(self.columns, "--columns"),
            tags=_mapping(self.tags, "--tags"),
            strict=self.strict,
        )


@dataclasses.dataclass
class Encoding:
    """Which encoder, and where embeddings are kept."""

    encoder: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Encoder: default, large, static, minilm, minilm-int8, tfidf, random, st:…, hf:…, openai:…, a folder.",
            rich_help_panel=ENCODING,
        ),
    ] = "default"
    cache_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where embeddings are cached between runs.", rich_help_panel=ENCODING),
    ] = None
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither use nor keep cached embeddings.", rich_help_panel=ENCODING)
    ] = False


@dataclasses.dataclass
class Running:
    """What every command has: a seed, and how it reports."""

    seed: Annotated[int, typer.Option(help="Seed: the same one gives the same result.", rich_help_panel=RUNNING)] = 0
    json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.", rich_help_panel=RUNNING)
    ] = False
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No progress and no notes on standard error.", rich_help_panel=RUNNING)
    ] = False

    @property
    def console(self) -> Console:
        """The terminal, by these settings."""
        return Console(json=self.json, quiet=self.quiet)


def _mapping(text: str | None, flag: str) -> dict[str, str] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageError(f'{flag} is no JSON object: {error}. Write it as \'{{"prompt": "question"}}\'.') from error
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise UsageError(f'{flag} must be a JSON object of strings, such as \'{{"prompt": "question"}}\'.')
    return value


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of flags as single parameters.

    Parameters
    ----------
    command
        A function whose parameters may be annotated with `Reading`, `Encoding` or `Running`.

    Returns
    -------
    callable
        The same command as typer should see it: each group replaced by its flags.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and dataclasses.is_dataclass(hint)}
    parameters = [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(command).parameters.values()
        if parameter.name not in groups
    ]
    for group in groups.values():
        flags = get_type_hints(group, include_extras=True)
        parameters += [
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=flags[field.name]
            )
            for field in dataclasses.fields(group)
        ]

    @functools.wraps(command)
    def shown(**values: Any) -> None:
        filled = {
            name: group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
            for name, group in groups.items()
        }
        command(**values, **filled)

    shown.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    shown.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return shown
