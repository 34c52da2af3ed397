"""One row and its layout → the instruction, and where asked for its input and its answer.

Built once per dataset as plain functions, because they run for each row: about a microsecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from taskscape.errors import UsageError
from taskscape.records.formats import MISSING, RowError, find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from taskscape.records.formats import Layout, Turns

Turn: TypeAlias = Literal["first", "last", "all"]
TURNS: tuple[Turn, ...] = ("first", "last", "all")


def instruction_reader(layout: Layout, turn: Turn, *, with_input: bool) -> Callable[[Any], str]:
    """Make the function that takes a row to the text that is embedded.

    Parameters
    ----------
    layout
        Where things are in a row.
    turn
        Which of the user's turns: the first, the last, or all, joined by a blank line.
    with_input
        Append the row's input after a blank line.

    Returns
    -------
    callable
        Row → text: not empty, encodable as UTF-8, without NUL. Raises `RowError` where the row has none.

    Raises
    ------
    UsageError
        `with_input` for a format that has no input.
    """
    if layout.turns or layout.history:
        read = _turns_reader(layout, turn)
    else:
        read = _text_reader(layout.instruction, paragraphs=layout.paragraphs)
    if with_input:
        read = _with_input(layout, read)

    def checked(row: Any) -> str:
        text = read(row)
        if not text or text.isspace():
            raise RowError("the text is empty")
        if "\x00" in text:
            raise RowError("the text has a NUL character")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise RowError(f"the text has half a character (lone surrogate) at {error.start}") from error
        return text

    return checked


def _text_reader(path: str, *, paragraphs: bool = False) -> Callable[[Any], str]:
    if not path:
        return lambda row: row if isinstance(row, str) else _refuse(row, "the row")

    def read(row: Any) -> str:
        value = row.get(path, MISSING) if isinstance(row, dict) else MISSING
        if value is MISSING:
            value = find(row, path)
        if isinstance(value, str):
            return value
        if paragraphs and isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            return "\n".join(value)
        return _refuse(value, f"the field {path!r}", row)

    return read


def _refuse(value: Any, what: str, row: Any = None, *, wanted: str = "text") -> str:
    if value is MISSING:
        if not isinstance(row, dict):
            raise RowError(f"the row is {_kind(row)}, not an object")
        keys = ", ".join(str(key)[:40] for key in list(row)[:10])
        raise RowError(f"{what} is missing; there are: {keys or 'no fields'}")
    raise RowError(f"{what} is {_kind(value)}, not {wanted}")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), f"a value of type {type(value).__name__}")


def _with_input(layout: Layout, read: Callable[[Any], str]) -> Callable[[Any], str]:
    if layout.whole is not None:
        return _text_reader(layout.whole)
    if not layout.input:
        raise UsageError(f"with_input: {layout.title} have no input. Name it by columns, as in query=FIELD.")
    extra = input_reader(layout)

    def joined(row: Any) -> str:
        text, more = read(row), extra(row)
        return f"{text}\n\n{more}" if more and not more.isspace() else text

    return joined


def input_reader(layout: Layout) -> Callable[[Any], str | None]:
    """Make the function that takes a row to its input (what the instruction is about), or to None where it has none."""
    return _part_reader(layout.input)


def answer_reader(layout: Layout, turn: Turn) -> Callable[[Any], str | None]:
    """Make the function that takes a row to its answer, or to None where it has none.

    Of a conversation that is the assistant's first turn; its last one where `turn` is ``last`` or ``all``.
    """
    turns = layout.turns
    if turns is None or not turns.assistants:
        return _part_reader(layout.answer)

    def read(row: Any) -> str | None:
        value = find(row, layout.instruction)
        texts = _texts_of(value, turns, turns.assistants) if isinstance(value, list) else []
        return (texts[0] if turn == "first" else texts[-1]) if texts else None

    return read


def _part_reader(paths: Sequence[str]) -> Callable[[Any], str | None]:
    """Make the function that takes a row to the text at the first of some paths that has one; None where none has."""

    def read(row: Any) -> str | None:
        for path in paths:
            value = find(row, path)
            if isinstance(value, str):
                return value
            if isinstance(value, list) and value:
                return _content(value)
        return None

    return read


def _turns_reader(layout: Layout, turn: Turn) -> Callable[[Any], str]:
    users = user_turns_reader(layout)

    def read(row: Any) -> str:
        texts = users(row)
        if turn == "all":
            return "\n\n".join(texts)
        return texts[0] if turn == "first" else texts[-1]

    return read


def user_turns_reader(layout: Layout) -> Callable[[Any], list[str]]:
    """Make the function that takes a row to the user's turns, never none."""
    turns, path = layout.turns, layout.instruction
    if turns is None:
        return _history_reader(layout)

    def read(row: Any) -> list[str]:
        value = find(row, path)
        if not isinstance(value, list):
            _refuse(value, f"the field {path!r}", row, wanted="a list of turns")
        texts = _texts_of(value, turns, turns.users)
        if not texts:
            raise RowError(f"the field {path!r} has no turn of the user{_roles(value, turns)}")
        return texts

    return read


def _history_reader(layout: Layout) -> Callable[[Any], list[str]]:
    current = _text_reader(layout.instruction)

    def read(row: Any) -> list[str]:
        earlier = find(row, layout.history or "")
        rounds = earlier if isinstance(earlier, list) else []
        asked = [pair[0] for pair in rounds if isinstance(pair, list) and pair and isinstance(pair[0], str)]
        return [*asked, current(row)]

    return read


def _texts_of(value: list[Any], turns: Turns, speakers: frozenset[str]) -> list[str]:
    """Give the turns of some speakers: of the user, or of the assistant."""
    if turns.role is None or turns.content is None:
        begins = 1 if speakers is turns.assistants else 0
        chosen = value[begins::2] if turns.assistants else value
        return [text if isinstance(text, str) else _refuse(text, "a turn") for text in chosen]
    texts = []
    for entry in value:
        if not isinstance(entry, dict):
            raise RowError(f"a turn is {_kind(entry)}, not an object")
        role = entry.get(turns.role)
        if isinstance(role, str) and role.lower() in speakers:
            text = _content(entry.get(turns.content))
            if text is not None:
                texts.append(text)
            elif speakers is turns.users:
                raise RowError(f"the {turns.content!r} of a user's turn is {_kind(entry.get(turns.content))}, not text")
    return texts


def _content(value: Any) -> str | None:
    """Give the text of a message: a string, or the text parts of a list of parts; images and sounds are left out."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return None
    texts = [part if isinstance(part, str) else part.get("text") for part in value if isinstance(part, (str, dict))]
    return "\n".join(text for text in texts if isinstance(text, str))


def _roles(value: list[Any], turns: Turns) -> str:
    if turns.role is None:
        return ""
    roles = dict.fromkeys(str(entry.get(turns.role))[:40] for entry in value if isinstance(entry, dict))
    return f"; roles seen: {', '.join(roles) or 'none'}. A user's role is one of: {', '.join(sorted(turns.users))}"
