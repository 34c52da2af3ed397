"""The guide: a larger general model, taught the tasks for a few steps, that tells where people's messages lie.

Why: where words say little of what is asked ("My card got stolen, what now?"), neither the labels nor six small layers
tell messages apart as well as twelve large ones do. A few steps teach those what a task is; more would take hours on
two cores. Its vectors are imitated, itself it is not shipped.

The price on two cores: less than 10 s a step, and a minute for 8,000 messages.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from taskscape.training.folders import open_base
from taskscape.training.sampling import TaskBatches
from taskscape.training.stages import TEACHER
from taskscape.training.staging import kept, of_each_row, train, training_rows, vectors_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from taskscape.training.staging import Material
    from taskscape.training.targets import Targets

GUIDE = replace(TEACHER, steps=200, learning_rate=8e-5, validate_every=100)


def train_guide(material: Material, base: Path, work: Path) -> Path:
    """Train the upper half of a general model on the mixture, keeping its own geometry on what is wordless.

    Parameters
    ----------
    material
        What to train on.
    base
        sentence-transformers folder of the general model.
    work
        Folder of the stages.
    """

    def extend(targets: Targets) -> None:
        targets.geometry = torch.from_numpy(kept(work / "guide-geometry.npy", lambda: _own_geometry(material, base)))
        targets.keeps = targets.geometry.any(dim=1)

    return train(material, base, work / "guide", GUIDE, extend, prepare=_freeze_lower_half, heads=False)


def guide_vectors(material: Material, guide: Path, work: Path) -> NDArray[np.float32]:
    """Give the guide's unit vectors of the texts of guided parts, ``(n, d)``; rows of zeros for all others."""

    def make() -> NDArray[np.float32]:
        examples, _ = training_rows(material, GUIDE.batch)
        rows = [row for row, weight in enumerate(of_each_row(material, lambda part: part.guided, 0.0)) if weight]
        found = vectors_of(open_base(guide), [examples[row].text for row in rows], GUIDE.tokens)
        vectors = np.zeros((len(examples), found.shape[1]), dtype=np.float32)
        vectors[rows] = found
        return vectors

    return kept(work / "guide.npy", make)


def _own_geometry(material: Material, base: Path) -> NDArray[np.float32]:
    """Give the general model's own vectors of those texts whose geometry is kept and that the batches will hold."""
    examples, shares = training_rows(material, GUIDE.batch)
    drawn = {row for batch in TaskBatches(shares, steps=GUIDE.steps, seed=GUIDE.seed) for row in batch}
    flags = of_each_row(material, lambda part: part.wordless, otherwise=False)
    rows = sorted(row for row in drawn if flags[row])
    found = vectors_of(open_base(base), [examples[row].text for row in rows], GUIDE.tokens)
    vectors = np.zeros((len(examples), found.shape[1]), dtype=np.float32)
    vectors[rows] = found
    return vectors


def _freeze_lower_half(model: SentenceTransformer) -> None:
    """Leave all but the upper half of the layers as it is: half the memory, two thirds of the time."""
    network = model[0].auto_model
    network.requires_grad_(requires_grad=False)
    layers = network.encoder.layer
    for layer in layers[len(layers) // 2 :]:
        layer.requires_grad_()
