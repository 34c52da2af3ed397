"""The part of the embedding that names the task: the product of a vector of its verb and a vector of its noun.

Why: the heads find verb and noun of an unseen task better than a mean over all tokens can show them. The product of two
projected vectors is a kernel that needs both: two texts gain by it as the likeness of their verbs times the likeness of
their nouns, so that ``write|poem`` and ``compose|verse`` come near each other while ``write|poem`` and
``write|function`` do not. The words' vectors come from the network's own input table, so that a word never seen in
training has one too. A gate, one logistic unit, leaves the product out where words say little of what is asked ("My
card got stolen, what now?").

The price: five products of one row of 384 for each text, next to nothing beside one transformer layer.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskscape.training.modules import OwnModule


class TaskNaming(OwnModule):
    """Turns the pooled vector and adds the task's name to it; stands behind the pooling and the task heads.

    Parameters
    ----------
    dimension
        Width of the token embeddings, and of the embedding.
    verbs, nouns
        Number of classes of the heads, the first of which says that the word is in the text.

    Notes
    -----
    Source of the product: Kar and Karnick (2012), "Random feature maps for dot product kernels", of degree two, with
    learned in place of random projections.
    """

    config_keys: ClassVar[list[str]] = ["dimension", "verbs", "nouns"]
    config_file_name = "naming.json"

    def __init__(self, dimension: int, verbs: int, nouns: int) -> None:
        super().__init__()
        self.dimension, self.verbs, self.nouns = dimension, verbs, nouns
        self.turn = nn.Linear(dimension, dimension, bias=False)
        self.verb = nn.Linear(dimension + verbs, dimension, bias=False)
        self.noun = nn.Linear(dimension + nouns, dimension, bias=False)
        self.name = nn.Linear(dimension, dimension, bias=False)
        self.gate = nn.Linear(dimension, 1)

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Change ``sentence_embedding`` ``(n, dimension)``, which then has no set length."""
        features["sentence_embedding"] = self.joined(
            features["sentence_embedding"], word_features(features, "verb"), word_features(features, "noun")
        )
        return features

    def joined(self, pooled: Tensor, verb: Tensor, noun: Tensor) -> Tensor:
        """Join pooled vectors ``(n, dimension)`` with what `word_features` gives of their words."""
        mean = functional.normalize(pooled, dim=-1)
        words = functional.normalize(self.verb(verb), dim=-1) * functional.normalize(self.noun(noun), dim=-1)
        named = torch.sigmoid(self.gate(mean)) * self.name(functional.normalize(words, dim=-1))
        return functional.normalize(self.turn(mean), dim=-1) + named


def word_features(features: dict[str, Any], word: str) -> Tensor:
    """Give what is known of the verb or the noun of each text, ``(n, dimension + classes)``.

    The input vectors of its tokens by the shares of the pointer, times the share of the class that says that the word
    is in the text, and the shares of all classes.
    """
    inputs: Tensor = features["all_layer_embeddings"][0]
    shares = features[f"{word}_class"].softmax(-1)
    pointers = features[f"{word}_logits"].softmax(-1).to(inputs.dtype)
    pointed = (pointers.unsqueeze(1) @ inputs).squeeze(1)
    return torch.cat([shares[:, :1] * pointed, shares], dim=1)
