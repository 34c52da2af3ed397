"""What sentence-transformers' trainer is given for an objective: rows, loss, and batches of our own."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch.utils.data import BatchSampler

from taskscape.training.joint import JointObjective
from taskscape.training.modules import TaskHeads
from taskscape.training.pairs import triplets
from taskscape.training.sampling import Groups, Share, TaskBatches
from taskscape.training.targets import targets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch

    from taskscape.training.pairs import Example
    from taskscape.training.settings import Settings
    from taskscape.training.targets import Targets


def material_of(
    model: SentenceTransformer,
    examples: Sequence[Example],
    settings: Settings,
    batch: int,
    shares: Sequence[Share | Groups] | None,
    extend: Callable[[Targets], None] | None,
) -> tuple[Dataset, torch.nn.Module, Batches | None]:
    """Make the data set, the loss and the batches of an objective."""
    texts = [prompted(example.text, settings) for example in examples]
    if settings.objective == "supcon":
        heads = next((module for module in model if isinstance(module, TaskHeads)), None)
        targets = targets_of(
            _shifted(examples, settings),
            model.tokenizer,
            tokens=settings.tokens,
            verbs=heads.verbs if heads else [],
            nouns=heads.nouns if heads else [],
        )
        if extend is not None:
            extend(targets)
        parts = shares or [Share(range(len(examples)), [e.task for e in examples], settings.batch)]
        parts = [copy.copy(part) for part in parts]  # the caller's keep their size when memory runs out
        for part in parts:
            part.draw = part.draw * batch // settings.batch
        rows = Dataset.from_dict({"text": texts, "label": list(range(len(texts)))})
        return rows, JointObjective(model, targets, settings), _sampler(parts, settings)
    loss = MultipleNegativesRankingLoss(model, scale=1.0 / settings.temperature)
    if settings.objective == "simcse":
        return Dataset.from_dict({"anchor": texts, "positive": texts}), loss, None
    found = triplets(examples, seed=settings.seed)
    columns = {name: [texts[t[place]] for t in found] for place, name in enumerate(("anchor", "positive", "negative"))}
    return Dataset.from_dict(columns), loss, None


class Batches(BatchSampler):  # type: ignore[misc]  # the base is untyped here
    """`TaskBatches` as torch's loader wants it."""

    def __init__(self, batches: TaskBatches) -> None:
        self.batches = batches
        self.batch_size = sum(share.draw for share in batches.shares)
        self.drop_last = False

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.batches)


class BatchTrainer(SentenceTransformerTrainer):  # type: ignore[misc]  # the base is untyped here
    """Sentence-transformers' trainer with batches of our own."""

    def __init__(self, batches: Batches | None, **settings: Any) -> None:
        self.batches = batches
        super().__init__(**settings)

    def get_batch_sampler(self, *inputs: Any, **settings: Any) -> Any:
        """Our batches, where the objective has them."""
        return super().get_batch_sampler(*inputs, **settings) if self.batches is None else self.batches


def _sampler(parts: Sequence[Share | Groups], settings: Settings) -> Batches:
    return Batches(TaskBatches(parts, steps=settings.steps, seed=settings.seed))


def prompted(text: str, settings: Settings) -> str:
    """Put the prompt around a text."""
    return settings.prompt.replace("{instruction}", text) if settings.prompt else text


def _shifted(examples: Sequence[Example], settings: Settings) -> list[Example]:
    """Examples with the prompt around the text and the spans moved with it."""
    if not settings.prompt:
        return list(examples)
    before = settings.prompt.index("{instruction}")

    def moved(span: tuple[int, int] | None) -> tuple[int, int] | None:
        return (span[0] + before, span[1] + before) if span else None

    return [
        dataclasses.replace(
            e, text=prompted(e.text, settings), verb_span=moved(e.verb_span), noun_span=moved(e.noun_span)
        )
        for e in examples
    ]
