"""The table of instruction formats: how each is recognised, and where its instruction, input, answer and turns are.

A format is a frozen `Layout`. `recognise` tries the layouts in the order of `LAYOUTS` on the first rows of a file; the
first that more than half of them fit is the one. To read another format, add a row to the table.

Paths are dotted and reach into objects and lists: ``instances.0.input``. A key that has a dot itself is tried first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from taskscape.errors import FormatError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USERS = frozenset({"user", "human", "prompter"})
ASSISTANTS = frozenset({"assistant", "gpt", "model", "chatgpt", "bot", "bing", "bard"})
MISSING: Any = object()


class RowError(Exception):
    """A row lacks what its format needs; the message is the reason for people."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How the turns of a conversation are written.

    Attributes
    ----------
    role, content
        Keys of one turn; both None where a turn is a plain string.
    users, assistants
        Values of the role, lower case. With plain strings: `assistants` empty means that every turn is the user's,
        else the two alternate and the user begins.
    """

    role: str | None
    content: str | None
    users: frozenset[str] = USERS
    assistants: frozenset[str] = ASSISTANTS


OPENAI = Turns("role", "content")
SHAREGPT = Turns("from", "value")
ALTERNATING = Turns(None, None)
USER_ONLY = Turns(None, None, assistants=frozenset())


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in a row of one instruction format.

    Attributes
    ----------
    name
        What ``--format`` takes.
    title
        For people.
    instruction
        Path of the text, or of the list of turns; empty where the row itself is the text.
    turns
        How turns are written; None where the instruction is one text.
    also
        Fields that a row must have besides, to be of this format.
    input, answer
        Paths of what the instruction is about and of what was answered: the first that is there counts.
    history
        Path of earlier rounds, a list of ``[instruction, answer]``.
    whole
        Path of a text that joins instruction and input already, used for ``with_input``.
    paragraphs
        Whether the instruction may be a list of texts, joined by line breaks.
    """

    name: str
    title: str
    instruction: str
    turns: Turns | None = None
    also: tuple[str, ...] = ()
    input: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    history: str | None = None
    whole: str | None = None
    paragraphs: bool = False

    def fits(self, row: Any) -> bool:
        """Tell whether a row can be of this format."""
        if not self.instruction:
            return isinstance(row, str)
        if not isinstance(row, dict) or any(find(row, path) is MISSING for path in self.also):
            return False
        value = find(row, self.instruction)
        if self.turns is None:
            return isinstance(value, str) or (self.paragraphs and _is_list(value, str))
        if self.turns.role is None or self.turns.content is None:
            return _is_list(value, str)
        return _is_list(value, dict) and self.turns.role in value[0] and self.turns.content in value[0]

    def needs(self) -> str:
        """Say what a row must have, for messages."""
        if not self.instruction:
            return "each must be a text"
        also = "".join(f", and {path!r}" for path in self.also)
        if self.turns is None:
            return f"each needs a text in {self.instruction!r}{also}"
        if self.turns.role is None:
            return f"each needs a list of texts in {self.instruction!r}{also}"
        return f"each needs a list of turns with {self.turns.role!r} and {self.turns.content!r} in {self.instruction!r}"


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], kind)


_ANSWERS = ("output", "response", "completion", "answer")

# Rows listed under their task; tried in keyed objects only. Their `input` is the whole prompt, instruction included.
IEB = Layout("ieb", "IEB rows", "instruction", also=("input",), answer=("output",), whole="input")

# In the order in which they are tried: what says more about a row stands before what says less.
LAYOUTS = (
    Layout("messages", "OpenAI messages", "messages", OPENAI),
    Layout("sharegpt", "ShareGPT conversations", "conversations", SHAREGPT),
    Layout("conversations", "conversations with roles", "conversations", OPENAI),
    Layout("lima", "LIMA conversations", "conversations", ALTERNATING),
    Layout("lmsys", "LMSYS conversations", "conversation", OPENAI),
    Layout("conversation", "ShareGPT-like conversations", "conversation", SHAREGPT),
    Layout(
        "self-instruct", "Self-Instruct tasks", "instruction",
        also=("instances",), input=("instances.0.input",), answer=("instances.0.output",),
    ),
    Layout("dolly", "Dolly rows", "instruction", also=("context",), input=("context",), answer=("response", *_ANSWERS)),
    Layout("alpaca", "Alpaca rows", "instruction", also=("input",), input=("input",), answer=_ANSWERS),
    Layout("instruction", "instruction rows", "instruction", input=("input", "context"), answer=_ANSWERS),
    Layout(
        "super-ni", "Super-NaturalInstructions tasks", "Definition",
        input=("Instances.0.input", "inputs"), answer=("Instances.0.output.0", "Instances.0.output", "targets"),
        paragraphs=True,
    ),
    Layout(
        "super-ni-flat", "Super-NaturalInstructions rows", "definition",
        also=("inputs",), input=("inputs",), answer=("targets",),
    ),
    Layout("prompt-messages", "prompts as messages", "prompt", OPENAI, answer=("completion", "chosen")),
    Layout("prompt-turns", "prompts with turns", "prompt", USER_ONLY, answer=("reference.0",)),
    Layout("prompt", "prompts", "prompt", answer=("completion", "response", "output", "answer", "canonical_solution")),
    Layout("turns", "benchmark questions with turns", "turns", USER_ONLY, answer=("reference.0",)),
    Layout("question", "questions", "question", answer=_ANSWERS[::-1]),
    Layout("query", "queries", "query", answer=("response", *_ANSWERS)),
    Layout("inputs", "inputs and targets", "inputs", also=("targets",), answer=("targets",)),
    Layout("ultrachat", "UltraChat dialogues", "data", ALTERNATING),
    Layout("text", "texts", "text"),
    Layout("input", "inputs and outputs", "input", also=("output",), answer=("output",)),
    Layout("strings", "texts", ""),
)  # fmt: skip
_BY_NAME = {layout.name: layout for layout in (IEB, *LAYOUTS)}


def find(row: Any, path: str) -> Any:
    """Give what lies at a dotted path of a row, or `MISSING`."""
    if isinstance(row, dict) and path in row:
        return row[path]
    value = row
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def layout_named(name: str) -> Layout:
    """Give a layout by its name.

    Raises
    ------
    UsageError
        There is none; names all.
    """
    if name not in _BY_NAME:
        raise UsageError(f"unknown format {name!r}. Known: {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def layout_for_field(field: str, rows: Sequence[Any]) -> Layout:
    """Make a layout whose instruction is the given field: a text, or a list of turns in any known writing."""
    plain = Layout("field", f"the field {field!r}", field)
    writings = [replace(plain, turns=turns) for turns in (OPENAI, SHAREGPT, USER_ONLY)]
    found = _most_fitting((plain, *writings), rows)
    if found is None and all(find(row, field) is MISSING for row in rows):
        raise FormatError(f"no row has a field {field!r}. {seen(rows)}")
    return found or plain


_COLUMNS = ("prompt", "query", "response", "history", "messages", "system", "tools", "images", "videos", "audios",
            "chosen", "rejected", "kto_tag", "ranking")  # fmt: skip
_TAGS = ("role_tag", "content_tag", "user_tag", "assistant_tag", "observation_tag", "function_tag", "system_tag")


def check_names(given: Mapping[str, str] | None, flag: str) -> None:
    """Raise `UsageError` where `columns` or `tags` have a name that LLaMA-Factory does not know."""
    known = _COLUMNS if flag == "columns" else _TAGS
    unknown = [name for name in given or () if name not in known]
    if unknown:
        raise UsageError(f"{flag}: unknown name {unknown[0]!r}. LLaMA-Factory's are: {', '.join(known)}.")


def layout_for_columns(columns: Mapping[str, str]) -> Layout:
    """Make a layout from the `columns` of an entry of LLaMA-Factory's ``dataset_info.json``.

    Source: data/README.md of LLaMA-Factory: ``messages`` names the turns (ShareGPT writing unless `tags` say
    otherwise); else ``prompt``, ``query``, ``response`` and ``history`` are as in Alpaca, by default `instruction`,
    `input`, `output`.
    """
    if "messages" in columns:
        return Layout("columns", "conversations by --columns", columns["messages"], SHAREGPT)
    return Layout(
        "columns",
        "rows by --columns",
        columns.get("prompt", "instruction"),
        input=(columns.get("query", "input"),),
        answer=(columns.get("response", "output"),),
        history=columns.get("history"),
    )


def with_tags(layout: Layout, tags: Mapping[str, str]) -> Layout:
    """Let a layout's turns be written as LLaMA-Factory's `tags` say; what they leave out stays.

    Raises
    ------
    UsageError
        The layout has no turns.
    """
    if layout.turns is None:
        raise UsageError(
            f"tags are for conversations, but these are {layout.title}. Name the turns: columns messages=…"
        )
    users, assistants = tags.get("user_tag"), tags.get("assistant_tag")
    turns = Turns(
        tags.get("role_tag", layout.turns.role or "from"),
        tags.get("content_tag", layout.turns.content or "value"),
        frozenset({users.lower()}) if users else layout.turns.users,
        frozenset({assistants.lower()}) if assistants else layout.turns.assistants or ASSISTANTS,
    )
    return replace(layout, turns=turns)


def recognise(rows: Sequence[Any], *, keyed: bool = False) -> Layout:
    """Find the instruction format of a file by its first rows.

    Parameters
    ----------
    rows
        Some rows that could be read; never empty.
    keyed
        Whether they are listed under their tasks.

    Raises
    ------
    FormatError
        None fits; names the keys that were seen and the flag to use.
    """
    found = _most_fitting((IEB, *LAYOUTS) if keyed else LAYOUTS, rows)
    if found is not None:
        return found
    keys = {key for row in rows if isinstance(row, dict) for key in row}
    if len(keys) == 1:
        only = Layout("text", f"the only field, {next(iter(keys))!r}", next(iter(keys)))
        if _most_fitting((only,), rows):
            return only
    raise FormatError(
        f"no known instruction format. {seen(rows)} Say which holds the instruction by --field NAME "
        f"(or what the format is by --format: {', '.join(_BY_NAME)})."
    )


def _most_fitting(layouts: Sequence[Layout], rows: Sequence[Any]) -> Layout | None:
    return next((layout for layout in layouts if 2 * sum(layout.fits(row) for row in rows) > len(rows)), None)


def seen(rows: Sequence[Any]) -> str:
    """Say what the first rows of a file hold, for messages; rows may be wrapped in the only one."""
    lists = (
        [key for key, value in rows[0].items() if _is_list(value, dict)] if rows and isinstance(rows[0], dict) else []
    )
    if len(rows) == 1 and lists:
        return f"The file is one object with rows under {lists[0]!r}; take them out, such as by: jq .{lists[0]}."
    return keys_seen(rows)


def keys_seen(rows: Sequence[Any]) -> str:
    """Say which keys rows have, for messages."""
    counts = Counter(key for row in rows if isinstance(row, dict) for key in row)
    if not counts:
        return f"The rows are no objects but {type(rows[0]).__name__}s." if rows else "There are no rows."
    shown = ", ".join(str(key)[:40] for key, _ in counts.most_common(20))
    return f"Keys seen: {shown}{', …' if len(counts) > 20 else ''}."
