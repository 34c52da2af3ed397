"""Any causal or masked language model as an encoder, with or without a prompt (``hf:PATH_OR_ID``; extra ``torch``).

The name says everything, as the address of a web page does::

    hf:PATH_OR_ID?template=pie&pooling=last-2&layer=16&dtype=bf16&adapter=FOLDER

and each setting can as well be a keyword of ``load_encoder("hf:PATH", template="pie", …)``:

============= ======== ================================================================================================
setting       default  meaning
============= ======== ================================================================================================
template      auto     none, semantic, pie, semantic-mask, pie-mask, a file, or a text with ``{instruction}`` in it;
                       auto is the prompt that ``taskscape train`` gave the model, or none
pooling       auto     cls, last, last-2, first-last, mid or mean; auto is ``last`` where the template has a mask, else
                       what a sentence-transformers folder says, else ``last-2`` (causal) or ``mean`` (not causal)
layer         -1       layer in the place of the last one: 0 to L, or -1 (the last), -2 …
dtype         auto     fp32, bf16, fp16 or int8; auto is bf16 on a GPU, fp32 elsewhere
adapter                folder of a LoRA adapter
device        auto     cpu, cuda, cuda:1 …; ``cuda:0,cuda:1`` or ``all`` run one process on each; auto is the first GPU
padding       right    side of the padding: left or right; the vectors are the same
max_tokens    0        longest input; 0 is what the model says, at most 2,048
batch_tokens  0        tokens in a batch, padding included; 0 is 16,384 on a GPU, 2,048 elsewhere
download      no       yes allows a fetch of an id from the hub
============= ======== ================================================================================================

Prompt, poolings and their sources: `taskscape.encoders.prompts`, `taskscape.encoders.pooling`. A text that is too long
is cut inside the slot, so that the template stays whole; `PromptedEncoder.cut` counts such texts.

The price: one pass through the network a text; what is saved of it, `taskscape.encoders.reading` tells.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.base import as_texts, digest, unit_rows
from taskscape.encoders.batching import Budget
from taskscape.encoders.checkpoints import PURPOSE, Checkpoint, open_checkpoint
from taskscape.encoders.pooling import PLACES, check_pooling, layers_of
from taskscape.encoders.prompts import Template, read_template
from taskscape.encoders.provenance import told_pooling, trained_prompt
from taskscape.encoders.queries import parse, spell
from taskscape.encoders.reading import read
from taskscape.errors import EncoderError, UsageError
from taskscape.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taskscape.encoders.base import Encoder

DEFAULTS: dict[str, Any] = {
    "template": "auto",
    "pooling": "auto",
    "layer": -1,
    "dtype": "auto",
    "adapter": "",
    "device": "auto",
    "padding": "right",
    "max_tokens": 0,
    "batch_tokens": 0,
    "download": False,
}
MOST_TOKENS = 2048
GPU_TOKENS, CPU_TOKENS = 16_384, 2_048
CHARACTERS_PER_TOKEN = 12  # generous: what lies beyond is not even tokenised
PIECE = 1024  # texts tokenised together


class PromptedEncoder:
    """A language model that reads an instruction inside a template, on one device.

    Parameters
    ----------
    path
        Folder, or id on the hub.
    template, pooling, layer, dtype, adapter, device, padding, max_tokens, batch_tokens, download
        See the table in this module.

    Attributes
    ----------
    name
        The name by which `taskscape.load_encoder` gives the same vectors.
    cut
        Texts so far that were too long, and of which the end was not read.

    Raises
    ------
    EncoderError
        It is no model, lacks the layer or the mask, or has no room for the template.
    UsageError
        A setting is wrong.
    """

    def __init__(
        self,
        path: str,
        *,
        template: str = "auto",
        pooling: str = "auto",
        layer: int = -1,
        dtype: str = "auto",
        adapter: str = "",
        device: str = "auto",
        padding: str = "right",
        max_tokens: int = 0,
        batch_tokens: int = 0,
        download: bool = False,
    ) -> None:
        told = {"template": template, "pooling": pooling, "layer": layer, "dtype": dtype, "adapter": adapter}
        self.name = spell("hf:", path, {**told, "max_tokens": max_tokens}, DEFAULTS)
        self.template = read_template(trained_prompt(path) if template == "auto" else template)
        if pooling != "auto":
            check_pooling(pooling)
        if padding not in ("left", "right"):
            raise UsageError(f"there is no padding {padding!r}: take left or right.")
        self.checkpoint = open_checkpoint(
            path, precision=dtype, device=one_device(device), adapter=adapter or None, download=download
        )
        self.dimension = self.checkpoint.dimension
        self.pooling = _default_pooling(self.template, self.checkpoint, path) if pooling == "auto" else pooling
        self.layers = layers_of(self.pooling, blocks=self.checkpoint.blocks, layer=layer)
        self.padding = padding
        self.cut = 0
        self._mask = _mask_of(self.template, self.checkpoint, path)
        self.max_tokens = max_tokens or min(self.checkpoint.longest or MOST_TOKENS, MOST_TOKENS)
        self._frame = len(self._tokenise([""])[0])  # tokens of the template alone
        if self._frame >= self.max_tokens:
            raise EncoderError(
                f"{path} reads {self.max_tokens} tokens, and the template alone has {self._frame}: no room is left."
            )
        on_gpu = self.checkpoint.model.device.type == "cuda"
        self._budget = Budget(batch_tokens or (GPU_TOKENS if on_gpu else CPU_TOKENS))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of weights, tokenizer, precision, template, pooling, layers and longest input."""
        told = (self.template.text, PLACES[self.pooling], self.layers, self.max_tokens)
        return digest(b"prompted", self.checkpoint.fingerprint().encode(), repr(told).encode())

    @property
    def remarks(self) -> list[str]:
        """What a user should know after the work: how many texts were cut."""
        return [f"{self.cut:,} texts have more than {self.max_tokens} tokens and were cut"] if self.cut else []

    def encode(self, sentences: str | Sequence[str], *, batch_size: int | None = None, **_: Any) -> NDArray[np.float32]:
        """Embed texts; see `taskscape.encoders.base.Encoder.encode`."""
        texts, single = as_texts(sentences)
        ids = self._fitting(texts)
        vectors = self._budget.run(
            np.array([len(one) for one in ids], np.int64),
            lambda batch: self._forward([ids[number] for number in batch]),
            dimension=self.dimension,
            release=self._release,
            rows=batch_size,
        )
        rows = unit_rows(vectors, self.name)
        return rows[0] if single else rows

    def _fitting(self, texts: list[str]) -> list[list[int]]:
        """Tokenise texts inside the template, cutting those that are too long."""
        readable = [text.encode("utf-8", "replace").decode() for text in texts]  # half characters are no UTF-8
        most = self.max_tokens * CHARACTERS_PER_TOKEN
        ids: list[list[int]] = []
        for start in range(0, len(readable), PIECE):
            ids += self._tokenise([text[:most] for text in readable[start : start + PIECE]])
        for number, text in enumerate(readable):
            if len(text) > most or len(ids[number]) > self.max_tokens:
                self.cut += 1
                ids[number] = self._shortened(text[:most], ids[number])
        return ids

    def _tokenise(self, texts: list[str]) -> list[list[int]]:
        filled = [self.template.fill(text, self._mask) for text in texts]
        with_specials = self.checkpoint.tokenizer(filled, return_attention_mask=False, verbose=False)
        ids: list[list[int]] = with_specials["input_ids"]
        return ids

    def _shortened(self, text: str, ids: list[int]) -> list[int]:
        """Cut a text until it fits together with its template."""
        room = self.max_tokens - self._frame
        while len(ids) > self.max_tokens:
            kept = int(len(text) * room / (len(ids) - self._frame))
            text = text[: min(kept, len(text) - 1)]
            ids = self._tokenise([text])[0]
        return ids

    def _forward(self, texts: list[list[int]]) -> NDArray[np.float32]:
        return read(
            self.checkpoint,
            texts,
            [self._anchor(ids) for ids in texts],
            layers=self.layers,
            place=PLACES[self.pooling],
            padding=self.padding,
        )

    def _anchor(self, ids: list[int]) -> int:
        """Find where the last-token poolings read: the template's mask, or the last token."""
        if not self.template.has_mask:
            return len(ids) - 1
        mask = self.checkpoint.tokenizer.mask_token_id
        # An instruction may hold the word [MASK] itself; the template's own is the one on the outside.
        return len(ids) - 1 - ids[::-1].index(mask) if self.template.mask_is_last else ids.index(mask)

    def _release(self) -> None:
        import torch

        if self.checkpoint.model.device.type == "cuda":
            torch.cuda.empty_cache()


def _default_pooling(template: Template, checkpoint: Checkpoint, path: str) -> str:
    return "last" if template.has_mask else told_pooling(path) or ("last-2" if checkpoint.causal else "mean")


def _mask_of(template: Template, checkpoint: Checkpoint, path: str) -> str:
    """Give what the tokenizer reads as its mask, where the template has a slot for it."""
    if not template.has_mask:
        return ""
    mask = checkpoint.tokenizer.mask_token
    if mask is None or checkpoint.causal:
        raise EncoderError(f"{path} is no masked language model: take a template without {{mask}}.")
    return str(mask)


def one_device(device: str) -> str:
    """Resolve ``auto``: the first GPU, or the processor."""
    if device != "auto":
        return device
    return "cuda" if require("torch", purpose=PURPOSE).cuda.is_available() else "cpu"


def devices_of(device: str) -> list[str]:
    """List the devices that a setting names: one, several with commas between, or ``all`` GPUs."""
    if device != "all":
        return [part.strip() for part in device.split(",") if part.strip()] or ["auto"]
    count = require("torch", purpose=PURPOSE).cuda.device_count()
    return [f"cuda:{number}" for number in range(count)] or ["cpu"]


def load(rest: str, **settings: Any) -> Encoder:
    """Load a language model as an encoder, on one device or on several; see this module for the settings."""
    path, told = parse(rest, DEFAULTS, settings, encoder="hf:")
    devices = devices_of(told["device"])
    if len(devices) == 1:
        return PromptedEncoder(path, **{**told, "device": devices[0]})
    from taskscape.encoders.devices import SpreadEncoder

    return SpreadEncoder(path, devices=devices, settings=told)
