"""Fit the layer that names the task behind a network that stays as it is.

Why: what the layer reads of a text does not change while it learns, so that every text runs through the network once
and a step costs some milliseconds. The start is in closed form: the pooled vector is turned so that what differs within
tasks shrinks, the words come to point where a general model's vectors of the labels' words point, and the gate tells
texts whose words say what is asked from those whose words do not. Then all of it learns from the tasks.

The price: one pass over all training texts, some four minutes for 140,000 on two cores, and 10 seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from sentence_transformers.util import batch_to_device
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from taskscape.tasks.label import NOTHING
from taskscape.training.joint import undecided
from taskscape.training.modules import TaskHeads
from taskscape.training.naming import TaskNaming, word_features
from taskscape.training.objectives import supervised_contrastive
from taskscape.training.sampling import TaskBatches
from taskscape.vectors.neighbors import unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from taskscape.training.sampling import Groups, Share

_BATCH = 256  # texts that run through the network together
_RIDGE = 0.3


@dataclass(frozen=True, slots=True)
class NamingSettings:
    """How the layer is fitted.

    Parameters
    ----------
    weight
        Length of the task's name beside the pooled vector, which is 1, at the start.
    steps
        Optimiser steps.
    batch
        Texts in a batch.
    learning_rate
        First; falls linearly to 0.
    temperature
        Of the contrastive loss.
    seed
        Of batches and projections.
    """

    weight: float = 0.5
    steps: int = 400
    batch: int = 480
    learning_rate: float = 2e-4
    temperature: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Readings:
    """What the layer reads of texts, float16 to halve the memory.

    Attributes
    ----------
    pooled
        ``(n, d)``.
    verb, noun
        What `taskscape.training.naming.word_features` gives, ``(n, d + classes)``.
    """

    pooled: Tensor
    verb: Tensor
    noun: Tensor

    def rows(self, chosen: Tensor | slice) -> tuple[Tensor, Tensor, Tensor]:
        """Give some rows of the three, in float32."""
        return self.pooled[chosen].float(), self.verb[chosen].float(), self.noun[chosen].float()


def read(model: SentenceTransformer, texts: Sequence[str], tokens: int) -> Readings:
    """Run texts through transformer, pooling and heads, in bf16 where the processor has it.

    Parameters
    ----------
    model
        With task heads, and with hidden states in the transformer's output.
    texts
        At least one.
    tokens
        Longest text; more is cut off.
    """
    model.max_seq_length = tokens
    model.eval()
    heads = next(module for module in model if isinstance(module, TaskHeads))
    order = np.argsort([len(text) for text in texts], kind="stable")
    parts = []
    with torch.no_grad():
        for start in range(0, len(order), _BATCH):
            features = model.preprocess([texts[row] for row in order[start : start + _BATCH]])
            features = batch_to_device(features, model.device)
            with torch.autocast(model.device.type, torch.bfloat16):
                features = model[1](model[0](features))
            features["token_embeddings"] = features["token_embeddings"].float()
            features = heads(features)
            words = [word_features(features, word).half().cpu() for word in ("verb", "noun")]
            parts.append((features["sentence_embedding"].half().cpu(), *words))
    back = torch.from_numpy(order.argsort())
    return Readings(*(torch.cat(column)[back] for column in zip(*parts, strict=True)))


def started(
    readings: Readings,
    turn: NDArray[np.float32],
    labels: Sequence[tuple[str, str] | None],
    words: Mapping[str, NDArray[np.float32]],
    named: NDArray[np.bool_],
    *,
    weight: float,
    seed: int = 0,
) -> TaskNaming:
    """Give the layer in closed form.

    Parameters
    ----------
    readings
        Of n texts.
    turn
        The linear map of the pooled vectors, ``(d, d)``, symmetric.
    labels
        Verb and noun of each text whose words say what is asked, None for others.
    words
        Vector of every word of the labels, ``(e,)``; centred and scaled to unit length here. No word
        (``none``) gets a direction at random.
    named
        Texts whose task the label names, bool ``(n,)``: the gate opens for these and closes for all others.
    weight
        Length of the task's name beside the pooled vector.
    seed
        Of the random projections.

    Raises
    ------
    KeyError
        A label's word has no vector.
    """
    generator = torch.Generator().manual_seed(seed)
    pooled, verb, noun = readings.rows(slice(None))
    width = pooled.shape[1]
    naming = TaskNaming(width, verb.shape[1] - width, noun.shape[1] - width)
    table = _word_table(words, seed)
    rows = [row for row, label in enumerate(labels) if label is not None]
    with torch.no_grad():
        for place, (layer, features) in enumerate(((naming.verb, verb), (naming.noun, noun))):
            wanted = np.stack([table[label[place]] for label in labels if label is not None])
            signs = torch.randint(0, 2, (wanted.shape[1], width), generator=generator) * 2.0 - 1
            pointing = _ridge(features[rows].numpy(), wanted) @ signs.numpy()
            layer.weight.copy_(torch.from_numpy(pointing.T / width**0.5))
        directions, _ = torch.linalg.qr(torch.randn(width, width, generator=generator))
        naming.name.weight.copy_(weight * directions)
        naming.turn.weight.copy_(torch.from_numpy(turn))
        gate = LogisticRegression(C=10.0, max_iter=500).fit(unit_rows(pooled.numpy()), named)
        naming.gate.weight.copy_(torch.from_numpy(gate.coef_))
        naming.gate.bias.copy_(torch.from_numpy(gate.intercept_))
    return naming


def fitted(
    naming: TaskNaming,
    readings: Readings,
    tasks: Tensor,
    labels: Tensor,
    loose: Tensor,
    shares: Sequence[Share | Groups],
    settings: NamingSettings,
) -> TaskNaming:
    """Train the layer, in place, to draw the texts of a task together and all others apart.

    Parameters
    ----------
    naming
        As `started` gives it.
    readings
        Of n texts.
    tasks, labels, loose
        Number of each text's task and label, and whether it is loose, as `taskscape.training.targets.numbered` gives
        them.
    shares
        Which rows make up a batch.
    settings
        How.
    """
    optimiser = torch.optim.Adam(naming.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=settings.steps)
    for batch in TaskBatches(shares, steps=settings.steps, seed=settings.seed):
        rows = torch.tensor(batch)
        embeddings = torch.nn.functional.normalize(naming.joined(*readings.rows(rows)), dim=-1)
        loss = supervised_contrastive(
            embeddings,
            tasks[rows],
            temperature=settings.temperature,
            undecided=undecided(tasks[rows], labels[rows], loose[rows]),
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return naming


def _word_table(words: Mapping[str, NDArray[np.float32]], seed: int) -> dict[str, NDArray[np.float32]]:
    """Centre the vectors of words and scale them to unit length; no word gets a direction of its own."""
    names = sorted(set(words) - {NOTHING})
    vectors = np.stack([words[name] for name in names])
    vectors = unit_rows(vectors - vectors.mean(0))
    nothing = np.random.default_rng(seed).normal(size=(1, vectors.shape[1])).astype(np.float32)
    return {**dict(zip(names, vectors, strict=True)), NOTHING: unit_rows(nothing)[0]}


def _ridge(features: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the linear map from features ``(n, f)`` to what is wanted ``(n, e)``."""
    square = features.T @ features + _RIDGE * np.eye(features.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(square, features.T @ wanted), dtype=np.float32)
