"""Templates that are put around an instruction before a model reads it: the published ones by name, and one's own.

A template is a text with the slot ``{instruction}``, once, and for models of BERT's kind optionally ``{mask}``, once,
where the embedding is then read.

Sources
-------
`SEMANTIC` and `PIE` are the strings of Li et al. (2024), "Instruction Embedding", arXiv 2409.19680, character by
character as its published code has them (``instruction_embedding/encode.py`` at commit cecb90f of
https://github.com/Yiwei98/instruction-embedding-benchmark). That code puts a full stop after an instruction that ends
in none of ``. ? " '``, as `taskscape.benchmark.evaluation` does for every encoder, and gives BERT no mask: it reads
``[CLS]``. The forms with a mask are ours, after PromptBERT (Jiang et al. 2022, arXiv 2201.04337), whose template ends
in ``means [MASK].``
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from taskscape.errors import UsageError

NONE = "{instruction}"
SEMANTIC = 'This sentence of "{instruction}" means:'
PIE = (
    "The essence of an instruction is its task intention. With this in mind, given the instruction below:\n\n"
    "{instruction}\n\n"
    "after thinking step by step, the task of the given instruction is:"
)
SEMANTIC_MASK = 'This sentence of "{instruction}" means {mask}.'
PIE_MASK = f"{PIE} {{mask}}."

TEMPLATES = {"none": NONE, "semantic": SEMANTIC, "pie": PIE, "semantic-mask": SEMANTIC_MASK, "pie-mask": PIE_MASK}
INSTRUCTION, MASK = "{instruction}", "{mask}"


@dataclass(frozen=True, slots=True)
class Template:
    """A template, taken apart at its slots.

    Parameters
    ----------
    text
        With ``{instruction}`` once and ``{mask}`` at most once.

    Raises
    ------
    UsageError
        A slot is missing or stands there twice.
    """

    text: str

    def __post_init__(self) -> None:
        count = self.text.count(INSTRUCTION)
        if count != 1:
            raise UsageError(
                f"the template {_shortened(self.text)!r} has {count or 'no'} {INSTRUCTION} in it: write it once, where "
                "the text goes."
            )
        if self.text.count(MASK) > 1:
            raise UsageError(f"the template {_shortened(self.text)!r} has more than one {MASK}: write it at most once.")

    @property
    def has_mask(self) -> bool:
        """Whether a masked word is to stand in it."""
        return MASK in self.text

    @property
    def mask_is_last(self) -> bool:
        """Whether the mask comes after the instruction."""
        return self.text.find(MASK) > self.text.find(INSTRUCTION)

    def fill(self, instruction: str, mask: str = "") -> str:
        """Put an instruction, and the tokenizer's mask, into the slots; slots inside the instruction stay as they are.

        Parameters
        ----------
        instruction
            The text.
        mask
            What the tokenizer reads as its mask, such as ``[MASK]``.
        """
        parts = re.split(r"(\{instruction\}|\{mask\})", self.text)
        return "".join(instruction if part == INSTRUCTION else mask if part == MASK else part for part in parts)


def read_template(given: str | Path) -> Template:
    """Find a template by what a user gave.

    Parameters
    ----------
    given
        A name of `TEMPLATES`; or a text with the slot ``{instruction}``; or a file that holds such a text (its last
        line break is not part of it).

    Raises
    ------
    UsageError
        It is none of these, or has no slot.
    """
    text = str(given)
    if text in TEMPLATES:
        return Template(TEMPLATES[text])
    if INSTRUCTION in text:
        return Template(text)
    try:
        held = Path(given).read_text(encoding="utf-8") if "\n" not in text and Path(given).is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the template file {text} cannot be read as text: {error}") from error
    if held is None:
        raise UsageError(
            f"there is no template {_shortened(text)!r}. Take {', '.join(TEMPLATES)}, a file, or a text with "
            f"{INSTRUCTION} in it."
        )
    return Template(held.removesuffix("\n"))


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
