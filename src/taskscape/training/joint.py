"""The joint objective: contrast, task heads, kept geometry and imitation, over one forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from taskscape.training import objectives
from taskscape.training.modules import in_chunks

if TYPE_CHECKING:
    from taskscape.training.settings import Settings
    from taskscape.training.targets import Targets

_CHUNKS = 4  # groups of like length that a batch is run in


class JointObjective(nn.Module):  # type: ignore[misc]  # the base is untyped here
    """Loss in the form sentence-transformers' trainer calls: ``(features of each column, labels)`` → scalar.

    Parameters
    ----------
    model
        The sentence-transformers model that learns.
    targets
        What is known of each row; the labels of a batch are row numbers.
    settings
        Weights and temperature.
    """

    def __init__(self, model: nn.Module, targets: Targets, settings: Settings) -> None:
        super().__init__()
        self.model = model
        self.targets = targets
        self.settings = settings

    def forward(self, sentence_features: Any, labels: Tensor) -> Tensor:
        """Sum of the weighted losses of a batch."""
        output = in_chunks(self.model, next(iter(sentence_features)), _CHUNKS)
        return self.loss(output, labels.cpu())

    def loss(self, output: dict[str, Tensor], rows: Tensor) -> Tensor:
        """Sum of the weighted losses, from what the model gave for these rows."""
        settings, targets = self.settings, self.targets
        embeddings = output["sentence_embedding"]
        place = embeddings.device
        total = objectives.supervised_contrastive(
            embeddings,
            targets.task[rows].to(place),
            temperature=settings.temperature,
            undecided=undecided(targets.task[rows], targets.label[rows], targets.loose[rows]).to(place),
        )
        if "verb_logits" in output and settings.heads_weight:
            total = total + settings.heads_weight * self._heads(output, rows)
        if targets.geometry is not None and targets.keeps is not None and settings.geometry_weight:
            keeps = targets.keeps[rows]
            if int(keeps.sum()) > 1:
                kept = objectives.keep_geometry(embeddings[keeps.to(place)], targets.geometry[rows[keeps]].to(place))
                total = total + settings.geometry_weight * kept
        if targets.teacher is not None and settings.teacher_weight:
            teacher = targets.teacher[rows].to(place)
            taught = teacher.any(dim=1)  # rows of zeros have no teacher
            if bool(taught.any()):
                pupil, teacher = embeddings[taught], teacher[taught]
                imitation = objectives.imitate(pupil, teacher) + objectives.keep_geometry(pupil, teacher)
                total = total + settings.teacher_weight * imitation
        return total

    def _heads(self, output: dict[str, Tensor], rows: Tensor) -> Tensor:
        place = output["kind"].device
        losses = [
            objectives.point(output[f"{word}_logits"], getattr(self.targets, f"{word}_token")[rows].to(place))
            for word in ("verb", "noun")
        ]
        losses += [
            objectives.classify(output[name], getattr(self.targets, name)[rows].to(place))
            for name in ("verb_class", "noun_class", "kind")
        ]
        return torch.stack(losses).sum()

    def get_config_dict(self) -> dict[str, Any]:
        """Weights, for the model card that sentence-transformers writes."""
        names = ("temperature", "heads_weight", "geometry_weight", "teacher_weight")
        return {name: getattr(self.settings, name) for name in names}


def undecided(tasks: Tensor, labels: Tensor, loose: Tensor) -> Tensor:
    """Pairs that may be one task under two names.

    A family of phrasings and the label that some of them carry; a loose text and any that is not.
    """
    named = (tasks[:, None] == labels[None]) & (tasks[:, None] >= 0)
    return named | named.T | (loose[:, None] ^ loose[None])
