"""The folder in which an ONNX encoder lives, and its settings.

Layout::

    model.onnx       `input_ids` in; `embedding` out, and one output for each head
    tokenizer.json   Hugging Face tokenizers
    config.json      `EncoderConfig`, with where the weights come from and their licence

`taskscape.training.export` writes such folders, `taskscape.encoders.packaged` runs them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Literal

from taskscape.errors import EncoderError
from taskscape.tasks.label import NOTHING

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
LAYOUT = "taskscape-onnx-1"  # the mark by which config.json is told from a BERT folder's


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Settings of an ONNX encoder.

    Raises
    ------
    EncoderError
        `window_head` names no text head with a class ``none``.

    Attributes
    ----------
    dimension
        Length of an embedding.
    max_tokens
        Longest input of the network, special tokens counted. A longer text is read in windows of this length.
    layers
        Transformer layers, for people.
    pooling
        How token vectors become one: ``"mean"``, or ``"named"`` where the task's name is added to it. For people: the
        graph does it.
    quantised
        True where weights are 8-bit integers.
    token_heads
        Name → number of logits at every token; the graph's output is ``token_NAME.logits``.
    text_heads
        Name → the classes whose logits it gives for every text; the graph's output is ``text_NAME.logits``.
    windows
        At most the tokens of so many windows of an overlong text are read, half of them from its head, half from its
        tail.
    window_tokens
        Length of those windows where they are cut at the ends of sentences; 0 lays windows of ``max_tokens`` evenly.
    window_head
        The text head that tells which window of an overlong text holds the request: it has a class ``none``. None to
        weigh all alike.
    window_sharpness
        Weights of the windows are ``softmax(window_sharpness * log odds against none)``.
    origin, licence
        Where the weights come from, and under which licence they may be used.
    """

    dimension: int
    max_tokens: int
    layers: int
    pooling: Literal["mean", "named"] = "mean"
    quantised: bool = False
    token_heads: dict[str, int] = field(default_factory=dict)
    text_heads: dict[str, list[str]] = field(default_factory=dict)
    windows: int = 2
    window_tokens: int = 0
    window_head: str | None = None
    window_sharpness: float = 0.0
    origin: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        """Refuse a head for windows that cannot tell which of them asks for nothing."""
        head = self.window_head
        if head is None or NOTHING in self.text_heads.get(head, ()):
            return
        lack = f"its classes lack {NOTHING!r}" if head in self.text_heads else "there is no such text head"
        raise EncoderError(
            f"window_head={head!r} cannot weigh windows: {lack}. Name a text head with a class {NOTHING!r} (train one "
            f"with texts that ask for nothing), or leave window_head out to weigh all windows alike."
        )

    def write(self, folder: Path) -> None:
        """Write ``config.json`` into a folder."""
        text = json.dumps({"layout": LAYOUT, **asdict(self)}, indent=2, ensure_ascii=False)
        (folder / CONFIG).write_text(text + "\n", encoding="utf-8")

    def reading(self) -> dict[str, object]:
        """Give the settings that decide vectors beside the weights: what a fingerprint must cover."""
        names = ("max_tokens", "windows", "window_tokens", "window_head", "window_sharpness")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def read(cls, folder: Path) -> EncoderConfig:
        """Read ``config.json`` of a folder.

        Raises
        ------
        EncoderError
            The folder is not in this layout.
        """
        for name in (MODEL, TOKENIZER, CONFIG):
            if not (folder / name).is_file():
                raise EncoderError(
                    f"{folder} is no encoder: it has no {name}. Export one with `python -m taskscape.training.export`."
                )
        try:
            values = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            layout = values.pop("layout")
        except (ValueError, AttributeError, KeyError) as error:
            raise EncoderError(
                f"{folder / CONFIG} is not an encoder's settings (no JSON object with `layout`)."
            ) from error
        if layout != LAYOUT:
            raise EncoderError(f"{folder / CONFIG} has layout {layout!r}; this version of taskscape reads {LAYOUT!r}.")
        known = {entry.name for entry in fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise EncoderError(f"{folder / CONFIG} has settings that are not known: {', '.join(unknown)}.")
        try:
            return cls(**values)
        except EncoderError as error:
            raise EncoderError(f"{folder / CONFIG}: {error}") from error
        except TypeError as error:
            raise EncoderError(f"{folder / CONFIG} lacks a setting: {error}.") from error


def is_encoder_folder(folder: Path) -> bool:
    """Tell whether a folder is in this layout (and not, say, a sentence-transformers one)."""
    return (folder / MODEL).is_file() and (folder / CONFIG).is_file() and LAYOUT in (folder / CONFIG).read_text("utf-8")
