"""Train the static encoder: tables of token vectors, role weights and hashed pairs, from a teacher and task labels.

The tables start from the teacher's own vectors of single tokens, brought to fewer dimensions; then two things are
learned at once, to point where the teacher points and to draw the rows of a task together. The price: some 60 ms a step
of 512 texts on two cores.

`taskscape.encoders.static` computes the same in NumPy; a test holds the two together.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from taskscape.encoders.static import CONFIG, LAYOUT, PLACES, ROLES, TABLES, TOKENIZER, hash_pairs, joined, packed
from taskscape.training import objectives
from taskscape.training.sampling import TaskBatches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.training.sampling import Share


@dataclass(frozen=True, slots=True)
class StaticSettings:
    """How a static encoder is trained.

    Parameters
    ----------
    dimension
        Length of an embedding.
    buckets
        Rows of the table of pairs.
    steps
        Optimiser steps.
    learning_rate
        Peak; falls linearly to 0.
    temperature
        Of the contrastive loss.
    teacher_weight
        Weight of imitation beside the contrastive loss.
    seed
        Of batches and new weights.
    """

    dimension: int = 256
    buckets: int = 16384
    steps: int = 2000
    learning_rate: float = 4e-3
    temperature: float = 0.05
    teacher_weight: float = 4.0
    seed: int = 0


class StaticModel(nn.Module):  # type: ignore[misc]  # the base is untyped here
    """The tables as parameters.

    Parameters
    ----------
    tokens
        First vectors of the tokens, float32 ``(vocabulary, dimension)``.
    buckets
        Rows of the table of pairs.
    """

    def __init__(self, tokens: NDArray[np.float32], buckets: int) -> None:
        super().__init__()
        size, dimension = tokens.shape
        self.tokens = nn.Parameter(torch.tensor(tokens))
        self.pairs = nn.Parameter(torch.randn(buckets, dimension) * 0.01)
        self.gate = nn.Parameter(torch.ones(buckets))
        self.own = nn.Parameter(torch.zeros(size, ROLES))
        self.before = nn.Parameter(torch.zeros(size, ROLES))
        self.after = nn.Parameter(torch.zeros(size, ROLES))
        self.place = nn.Parameter(torch.zeros(PLACES, ROLES))
        # The verb stands early, the noun soon after it; the rest is learned.
        with torch.no_grad():
            self.place[0, 1] = 2.0
            self.place[2:6, 2] = 1.0
        self.mixing = nn.Parameter(torch.stack([torch.eye(dimension)] * ROLES))

    def forward(self, ids: Tensor, bounds: Tensor) -> Tensor:
        """Embed texts given as one row of token ids with the bounds of each text; unit rows ``(n, dimension)``."""
        lengths = bounds.diff()
        count = len(lengths)
        owner = torch.repeat_interleave(torch.arange(count), lengths)
        before, after = ids.roll(1), ids.roll(-1)
        before[bounds[:-1]] = 0
        after[bounds[1:] - 1] = 0
        places = (torch.arange(len(ids)) - bounds[:-1][owner]).clamp(max=PLACES - 1)
        scores = (
            functional.embedding(ids, self.own)
            + functional.embedding(before, self.before)
            + functional.embedding(after, self.after)
            + self.place[places]
        )
        powers = (scores - scores.detach().max()).clamp(min=-60).exp()
        totals = torch.zeros(count, ROLES).index_add(0, owner, powers)
        shares = powers / totals[owner]
        vectors = functional.embedding(ids, self.tokens)
        result = torch.zeros(count, self.tokens.shape[1])
        for role in range(ROLES):
            summed = torch.zeros_like(result).index_add(0, owner, vectors * shares[:, role : role + 1])
            result = result + summed @ self.mixing[role]
        pairs = torch.from_numpy(hash_pairs(ids.numpy(), after.numpy(), len(self.pairs)))
        weight = (self.gate[pairs] / lengths[owner]).unsqueeze(1)
        result = result.index_add(0, owner, functional.embedding(pairs, self.pairs) * weight)
        return functional.normalize(result, dim=-1)


def reduced(vectors: NDArray[np.float32], dimension: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Directions that hold most of some vectors, and the vectors in them.

    Returns
    -------
    tuple
        float32 ``(d, dimension)`` with orthonormal columns, and ``(n, dimension)``.
    """
    _, axes = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    directions = axes[:, ::-1][:, :dimension].astype(np.float32)
    return directions, vectors @ directions


def train_static(
    texts: Sequence[str],
    tasks: Sequence[str],
    teacher: NDArray[np.float32],
    token_vectors: NDArray[np.float32],
    tokenizer: Any,
    shares: Sequence[Share],
    *,
    settings: StaticSettings,
    watch: Callable[[int, StaticModel], None] | None = None,
) -> StaticModel:
    """Train the tables.

    Parameters
    ----------
    texts, tasks
        Training rows.
    teacher
        Unit vectors of the texts by the teacher ``(n, d)``.
    token_vectors
        The teacher's vectors of the single tokens ``(vocabulary, d)``.
    tokenizer
        The ``tokenizers.Tokenizer`` of the encoder.
    shares
        Which rows make up a batch.
    settings
        How to train.
    watch
        Called every 500 steps with the step and the model.
    """
    torch.manual_seed(settings.seed)
    directions, goals = reduced(teacher, settings.dimension)
    goal = functional.normalize(torch.from_numpy(goals), dim=-1)
    start = token_vectors @ directions
    model = StaticModel(start / max(float(np.linalg.norm(start, axis=1).mean()), 1e-6), settings.buckets)
    rows = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
    numbers: dict[str, int] = {}
    labels = torch.tensor([numbers.setdefault(task, len(numbers)) for task in tasks])
    optimiser = torch.optim.Adam(
        [
            {"params": [model.tokens, model.pairs, model.mixing], "lr": settings.learning_rate * 0.25},
            {
                "params": [model.gate, model.own, model.before, model.after, model.place],
                "lr": settings.learning_rate * 4,
            },
        ]
    )
    warmup = max(1, settings.steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warmup, max(0.0, 1 - step / settings.steps))
    )
    for step, batch in enumerate(TaskBatches(shares, steps=settings.steps, seed=settings.seed), 1):
        ids, bounds = joined([rows[row] for row in batch])
        embeddings = model(torch.from_numpy(ids), torch.from_numpy(bounds))
        chosen = torch.tensor(batch)
        loss = objectives.supervised_contrastive(embeddings, labels[chosen], temperature=settings.temperature)
        imitation = objectives.imitate(embeddings, goal[chosen]) + objectives.keep_geometry(embeddings, goal[chosen])
        loss = loss + settings.teacher_weight * imitation
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if watch is not None and step % 500 == 0:
            watch(step, model)
    return model


def write_static(model: StaticModel, tokenizer: Any, folder: Path, *, origin: str, licence: str) -> None:
    """Write the folder that `taskscape.encoders.static` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().numpy() for name, value in model.named_parameters()}
    np.savez_compressed(folder / TABLES, allow_pickle=False, **packed(weights))
    tokenizer.save(str(folder / TOKENIZER))
    config = {"layout": LAYOUT, "dimension": model.mixing.shape[2], "origin": origin, "licence": licence}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
