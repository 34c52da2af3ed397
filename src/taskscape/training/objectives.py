"""The losses of training, as plain functions of embeddings and logits.

Why functions: the transformer trainer, the static model's loop and the tests share them. Each takes float tensors of
one batch and gives a scalar. The price is one similarity matrix of the batch, ``O(n² d)``: nothing beside the encoder's
own work.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

IGNORE = -100  # target of a row that a head is not trained on


def supervised_contrastive(
    embeddings: Tensor, tasks: Tensor, *, temperature: float = 0.05, undecided: Tensor | None = None
) -> Tensor:
    """Draw rows of one task together and all others apart.

    Parameters
    ----------
    embeddings
        Unit rows, shape ``(n, d)``.
    tasks
        Task number of each row, shape ``(n,)``; a negative number is a task of its own (it only repels).
    temperature
        Divides the cosines.
    undecided
        Pairs that are neither drawn together nor apart, bool ``(n, n)``.

    Returns
    -------
    Tensor
        Mean over the rows that have a partner; 0 where none has.

    Notes
    -----
    Source: Khosla et al. (2020), the form with the mean outside the logarithm; as batch form of the paper's EFT.
    """
    count = len(tasks)
    itself = torch.eye(count, dtype=torch.bool, device=embeddings.device)
    same = (tasks[:, None] == tasks[None]) & ~itself & (tasks[:, None] >= 0)
    ignored = itself if undecided is None else itself | (undecided & ~same)
    similarities = (embeddings @ embeddings.T / temperature).masked_fill(ignored, -1e9)
    partners = same.sum(1)
    paired = partners > 0
    if not bool(paired.any()):
        return embeddings.sum() * 0.0
    likelihood = (similarities.log_softmax(1) * same).sum(1)
    return -(likelihood[paired] / partners[paired]).mean()


def info_nce(
    anchors: Tensor, positives: Tensor, negatives: Tensor | None = None, *, temperature: float = 0.05
) -> Tensor:
    """Tell each anchor's positive from the other rows' positives and from all hard negatives.

    Parameters
    ----------
    anchors, positives
        Unit rows, shape ``(n, d)``.
    negatives
        One hard negative for each anchor, shape ``(n, d)``, or None (SimCSE's unsupervised form, where anchor and
        positive are two dropout passes of one text).
    temperature
        Divides the cosines; .05 as published.

    Notes
    -----
    Source: Gao et al. (2021), equations 1 and 5; Li et al. (2024), section 4.
    """
    candidates = positives if negatives is None else torch.cat([positives, negatives])
    similarities = anchors @ candidates.T / temperature
    return functional.cross_entropy(similarities, torch.arange(len(anchors), device=anchors.device))


def keep_geometry(embeddings: Tensor, reference: Tensor) -> Tensor:
    """Keep the cosines between the rows of a batch where another model has them.

    Parameters
    ----------
    embeddings, reference
        Unit rows of the model that learns, ``(n, d)``, and of the frozen one, ``(n, e)``.
    """
    return functional.mse_loss(embeddings @ embeddings.T, reference @ reference.T)


def imitate(embeddings: Tensor, teacher: Tensor) -> Tensor:
    """Come to point where the teacher points: 1 - cosine, mean over rows, both ``(n, d)`` with unit rows."""
    return 1.0 - (embeddings * teacher).sum(1).mean()


def point(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy over the tokens of each text.

    Parameters
    ----------
    logits
        Shape ``(n, tokens)``, padding at a large negative number.
    targets
        Index of the token to point at, or `IGNORE`.
    """
    return _cross_entropy(logits, targets)


def classify(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy over classes, shape ``(n, classes)``, targets `IGNORE` where the row has none."""
    return _cross_entropy(logits, targets)


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    if not bool((targets != IGNORE).any()):
        return logits.sum() * 0.0
    return functional.cross_entropy(logits, targets, ignore_index=IGNORE)
