"""What every stage of the recipe needs: its material, files that are kept, vectors of many texts, one training run."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from taskscape.records.output import replacing
from taskscape.training import mixture
from taskscape.training.folders import HEADS, open_base
from taskscape.training.loop import fit
from taskscape.training.modules import TaskHeads
from taskscape.training.pairs import Supervision
from taskscape.training.sampling import Groups, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.training.pairs import Example
    from taskscape.training.settings import Settings
    from taskscape.training.targets import Targets

_LOG = logging.getLogger("taskscape.training")


@dataclass(frozen=True, slots=True)
class Material:
    """Everything the stages train on.

    Parameters
    ----------
    parts
        The mixture.
    traps
        Groups against word matching.
    held_out
        Labelled texts of tasks that are in no part.
    alike
        Family of phrasings → families that are the same task or a part of it, which must not be told from it.
    """

    parts: tuple[mixture.Part, ...]
    traps: tuple[tuple[Example, ...], ...]
    held_out: tuple[Example, ...]
    alike: Mapping[str, Collection[str]] = field(default_factory=dict)


def kept(file: Path, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    """Read rows from a file; make and write them where it is not there."""
    if not file.is_file():
        keep(file, make())
    return np.asarray(np.load(file), dtype=np.float32)


def keep(file: Path, rows: NDArray[np.float32]) -> None:
    """Write rows into a file, whole or not at all."""
    with replacing(file) as partial, partial.open("wb") as stream:
        np.save(stream, rows)


def vectors_of(model: SentenceTransformer, texts: Sequence[str], tokens: int) -> NDArray[np.float32]:
    """Give the unit vectors of many texts, in bf16 where the processor has it."""
    model.max_seq_length = tokens
    device = model.device.type
    with torch.autocast(device, torch.bfloat16):
        vectors = model.encode(list(texts), batch_size=128, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float32)


def training_rows(material: Material, batch: int) -> tuple[tuple[Example, ...], list[Share | Groups]]:
    """Give all training rows, traps last, and which of them make up a batch."""
    examples, shares = mixture.mixed(material.parts, batch)
    rows, groups = list(examples), []
    for group in material.traps:
        groups.append(range(len(rows), len(rows) + len(group)))
        rows += group
    left = batch - sum(share.draw for share in shares)
    return tuple(rows), [*shares, Groups(groups, left)]


def train(
    material: Material,
    base: Path | None,
    output: Path,
    settings: Settings,
    extend: Callable[[Targets], None],
    *,
    prepare: Callable[[SentenceTransformer], None] | None = None,
) -> Path:
    """Train one transformer on, from a checkpoint if there is one, unless it is there.

    Parameters
    ----------
    material
        What to train on.
    base
        Folder to start from, with task heads; None for MiniLM.
    output
        Folder to write.
    settings
        How.
    extend
        Adds a teacher or a geometry to the targets.
    prepare
        Changes the network before.
    """
    if (output / "training.json").is_file():
        return output
    examples, shares = training_rows(material, settings.batch)
    model = open_base(base)
    if prepare is not None:
        prepare(model)
    if base is not None:
        model = with_heads(model, base)
    supervision = Supervision(examples, material.held_out, 0, 0)
    trained = fit(
        model, supervision, output, settings=settings, shares=shares, extend=extend, resume=True, notes=_LOG.info
    )
    _LOG.info("%s: %s", output.name, trained.figures)
    return output


def with_heads(model: SentenceTransformer, folder: Path) -> SentenceTransformer:
    """Put the task heads before the last module of a model, unless they are there."""
    if any(isinstance(module, TaskHeads) for module in model):
        return model
    return before_last(model, HEADS, TaskHeads.load(str(folder / HEADS)))


def before_last(model: SentenceTransformer, name: str, module: torch.nn.Module) -> SentenceTransformer:
    """Give a model of the same modules and one more, before the last, which normalises."""
    *first, last = model.named_children()
    return SentenceTransformer(modules=OrderedDict([*first, (name, module), last]), device=str(model.device))
