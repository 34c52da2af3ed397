"""The task heads: they read the label ``verb|noun`` off the same forward pass that gives the embedding.

One linear layer points at the token where the verb starts and at the one where the noun starts. Words that are not in
the text (``what|knowledge``, ``simplify|math``, ``none``) are classes, and so is the kind of the request. The heads do
not change the embedding, so a model without them is a plain sentence-transformers folder.

The price: 2 + 4 + some 40 rows of a linear layer, under one per cent of one transformer layer.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from sentence_transformers.base.modules import Module
from torch import Tensor, nn

from taskscape.tasks.label import Kind

KINDS = tuple(str(kind) for kind in Kind)
IN_TEXT = "*"  # class of a word that the pointer finds


class OwnModule(Module):  # type: ignore[misc]  # the base is untyped here
    """A module of ours in a sentence-transformers folder: its sizes as JSON, its weights as safetensors."""

    def save(self, output_path: str, *_: Any, safe_serialization: bool = True, **__: Any) -> None:
        """Write sizes and weights."""
        self.save_config(output_path)
        self.save_torch_weights(output_path, safe_serialization=safe_serialization)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **settings: Any) -> Self:
        """Read what `save` wrote."""
        settings.pop("trust_remote_code", None)
        place = {key: settings.get(key) for key in ("token", "cache_folder", "revision")}
        place["local_files_only"] = settings.get("local_files_only", False)
        module = cls(
            **cls.load_config(model_name_or_path, subfolder=subfolder, config_filename=cls.config_file_name, **place)
        )
        cls.load_torch_weights(model_name_or_path, subfolder=subfolder, model=module, **place)
        return module


class TaskHeads(OwnModule):
    """Pointers and classes over token embeddings.

    Parameters
    ----------
    dimension
        Width of the token embeddings.
    verbs, nouns
        Classes; the first is `IN_TEXT`.
    """

    config_keys: ClassVar[list[str]] = ["dimension", "verbs", "nouns"]
    config_file_name = "heads.json"

    def __init__(self, dimension: int, verbs: list[str], nouns: list[str]) -> None:
        super().__init__()
        self.dimension = dimension
        self.verbs = list(verbs)
        self.nouns = list(nouns)
        self.pointers = nn.Linear(dimension, 2)
        self.classes = nn.Linear(dimension, len(verbs) + len(nouns) + len(KINDS))
        for layer in (self.pointers, self.classes):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Add the logits of the pointers ``(n, tokens)`` and of the classes ``(n, classes)``."""
        tokens: Tensor = features["token_embeddings"]
        mask: Tensor = features["attention_mask"]
        weights = mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * weights).sum(1) / weights.sum(1).clamp(min=1)
        pointers = self.pointers(tokens).float().masked_fill(mask.unsqueeze(-1) == 0, -1e4)
        features["verb_logits"], features["noun_logits"] = pointers[..., 0], pointers[..., 1]
        sizes = [len(self.verbs), len(self.nouns), len(KINDS)]
        features.update(
            zip(("verb_class", "noun_class", "kind"), self.classes(mean).float().split(sizes, 1), strict=True)
        )
        return features


def padding_last(mask: Tensor) -> bool:
    """Tell whether padding stands after the text in every row, as it must for a batch to be cut by length."""
    return bool(mask[:, 0].all())


def in_chunks(model: nn.Module, features: dict[str, Tensor], chunks: int) -> dict[str, Tensor]:
    """Run a model over a padded batch in groups of like length, so that short texts do not pay for the longest.

    Parameters
    ----------
    model
        A sentence-transformers model.
    features
        Tensors of shape ``(n, tokens)``, ``attention_mask`` among them.
    chunks
        Number of groups.

    Returns
    -------
    dict of Tensor
        What the model gives with one row for each text, in the order of the batch; logits over tokens padded with -1e4.
    """
    tensors = {name: value for name, value in features.items() if isinstance(value, Tensor) and value.ndim == 2}
    mask = tensors["attention_mask"]
    count, width = mask.shape
    if not padding_last(mask) or count < chunks:
        return _rows(model({**features}), width)
    lengths = mask.sum(1)
    order = lengths.argsort()
    parts = []
    for rows in order.chunk(chunks):
        longest = int(lengths[rows].max())
        parts.append(_rows(model({name: value[rows, :longest] for name, value in tensors.items()}), width))
    back = order.argsort()
    return {name: torch.cat([part[name] for part in parts])[back] for name in parts[0]}


def _rows(output: dict[str, Any], width: int) -> dict[str, Tensor]:
    kept = {"sentence_embedding": nn.functional.normalize(output["sentence_embedding"].float(), dim=-1)}
    for name in ("verb_logits", "noun_logits"):
        if name in output:
            kept[name] = nn.functional.pad(output[name], (0, width - output[name].shape[1]), value=-1e4)
    kept.update({name: output[name] for name in ("verb_class", "noun_class", "kind") if name in output})
    return kept
