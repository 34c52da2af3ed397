"""A query and its demonstrations as one ready prompt, the nearest demonstration last.

Models attend most to what stands just before the query, so the order is turned: the least similar comes first. Four
forms: the text of Alpaca's training, plain headings, ChatML text (for a completion endpoint), and a list of messages
(for a chat endpoint, whose own template then applies).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from taskscape.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Messages = list[dict[str, str]]

Form = Literal["alpaca", "chatml", "messages", "plain"]
FORMS: tuple[Form, ...] = get_args(Form)
_ALPACA = {
    False: "Below is an instruction that describes a task. Write a response that appropriately completes the request.",
    True: "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.",
}


@dataclass(frozen=True, slots=True)
class Example:
    """What a row asks, of what, and what was answered.

    Parameters
    ----------
    instruction
        What is asked.
    input
        What it is about; None or empty where it has none.
    answer
        None for a query.
    """

    instruction: str
    input: str | None = None
    answer: str | None = None

    @property
    def request(self) -> str:
        """Instruction and input, parted by a blank line: what a user would send."""
        return f"{self.instruction}\n\n{self.input}" if self.has_input else self.instruction

    @property
    def has_input(self) -> bool:
        """Whether there is an input that says something."""
        return bool(self.input and not self.input.isspace())


def few_shot(query: Example, demonstrations: Sequence[Example], *, form: Form = "plain") -> str | Messages:
    """Write a prompt.

    Parameters
    ----------
    query
        What is to be answered; its own answer is not shown.
    demonstrations
        Examples with answers, the nearest first, as `taskscape.retrieve` gives them; may be empty.
    form
        ``"alpaca"``, ``"chatml"``, ``"messages"`` or ``"plain"``.

    Returns
    -------
    str or list of dict
        The prompt, which ends where the answer begins; for ``"messages"`` a list of ``{"role", "content"}``.

    Raises
    ------
    UsageError
        The form is unknown.
    DataError
        A demonstration has no answer.

    Notes
    -----
    In ChatML the marks ``<|im_start|>`` and ``<|im_end|>`` inside a text are written with spaces, so that no row can
    end its own turn and speak as somebody else.

    Examples
    --------
    >>> print(few_shot(Example("Spell dog."), [Example("Spell cat.", answer="C-A-T")]))
    Instruction: Spell cat.
    Response: C-A-T
    <BLANKLINE>
    Instruction: Spell dog.
    Response:
    """
    if form not in FORMS:
        raise UsageError(f"The form {form!r} is unknown: take one of {', '.join(FORMS)}.")
    shown = list(reversed(demonstrations))
    for example in shown:
        if example.answer is None:
            raise DataError(f"A demonstration has no answer: {example.instruction[:80]!r}.")
    if form == "messages":
        return _messages(query, shown)
    return _TEXTS[form](query, shown)


def _plain(query: Example, shown: Sequence[Example]) -> str:
    def part(example: Example) -> str:
        extra = f"\nInput: {example.input}" if example.has_input else ""
        return f"Instruction: {example.instruction}{extra}\nResponse:"

    return "\n\n".join([*(f"{part(example)} {example.answer}" for example in shown), part(query)])


def _alpaca(query: Example, shown: Sequence[Example]) -> str:
    def part(example: Example) -> str:
        extra = f"\n\n### Input:\n{example.input}" if example.has_input else ""
        return f"### Instruction:\n{example.instruction}{extra}\n\n### Response:\n"

    with_input = any(example.has_input for example in (query, *shown))
    parts = [*(f"{part(example)}{example.answer}" for example in shown), part(query)]
    return "\n\n".join([_ALPACA[with_input], *parts])


def _messages(query: Example, shown: Sequence[Example]) -> Messages:
    turns = [
        {"role": role, "content": text}
        for example in shown
        for role, text in (("user", example.request), ("assistant", example.answer or ""))
    ]
    return [*turns, {"role": "user", "content": query.request}]


def _chatml(query: Example, shown: Sequence[Example]) -> str:
    def safe(text: str) -> str:
        return text.replace("<|im_start|>", "<| im_start |>").replace("<|im_end|>", "<| im_end |>")

    turns = [f"<|im_start|>{turn['role']}\n{safe(turn['content'])}<|im_end|>\n" for turn in _messages(query, shown)]
    return "".join(turns) + "<|im_start|>assistant\n"


_TEXTS: dict[str, Callable[[Example, Sequence[Example]], str]] = {
    "alpaca": _alpaca,
    "chatml": _chatml,
    "plain": _plain,
}
