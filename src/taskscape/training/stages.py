"""The stages of the recipe: teacher, student, their export, and the static tables.

Each stage writes into the work folder and is skipped when its result is there; a stage that was cut off goes on from
its last checkpoint.
"""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from taskscape.encoders.exporting import export, read_safetensors
from taskscape.training import mixture
from taskscape.training.folders import HEADS, open_base
from taskscape.training.loop import fit
from taskscape.training.modules import KINDS
from taskscape.training.pairs import Supervision
from taskscape.training.sampling import Groups, Share
from taskscape.training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from taskscape.training.pairs import Example
    from taskscape.training.targets import Targets

_LOG = logging.getLogger("taskscape.training")
TEACHER = Settings(
    steps=600,
    batch=160,
    learning_rate=1e-4,
    tokens=96,
    heads_weight=0.3,
    geometry_weight=3.0,
    validate_every=200,
    patience=0,
)
TEACHER_SEEDS = (0, 1)  # runs whose weights are averaged
STUDENT = replace(TEACHER, steps=800, learning_rate=2e-4, geometry_weight=0.0, teacher_weight=10.0)
STUDENT_LAYERS = (0, 2, 5)  # of the teacher's six
_MAX_TOKENS, _WINDOWS, _WINDOW_TOKENS, _SHARPNESS = 128, 32, 96, 4.0
_ORIGIN = "{} layers of all-MiniLM-L6-v2 (Apache-2.0), trained by taskscape.training.recipe; see docs/models.md"
_LICENCE = "CC BY-NC 4.0"


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
    """

    parts: tuple[mixture.Part, ...]
    traps: tuple[tuple[Example, ...], ...]
    held_out: tuple[Example, ...]


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


def train_teacher(material: Material, work: Path) -> Path:
    """Train all six layers on the mixture, twice, keeping MiniLM's geometry on intents and prose; average the two."""
    examples, _ = training_rows(material, TEACHER.batch)
    keeps = torch.zeros(len(examples), dtype=torch.bool)
    flags = [part.geometry for part in material.parts for _ in part.examples]
    keeps[: len(flags)] = torch.tensor(flags)
    kept = work / "geometry.npy"
    if not kept.is_file():
        geometry = np.zeros((len(examples), 384), dtype=np.float32)
        rows = keeps.nonzero()[:, 0].numpy()
        geometry[rows] = vectors_of(open_base(None), [examples[row].text for row in rows], TEACHER.tokens)
        np.save(kept, geometry)

    def extend(targets: Targets) -> None:
        targets.geometry, targets.keeps = torch.from_numpy(np.load(kept)), keeps

    runs = [
        _train(material, None, work / f"teacher-{seed}", replace(TEACHER, seed=seed), extend) for seed in TEACHER_SEEDS
    ]
    return average(runs, work / "teacher")


def average(folders: Sequence[Path], output: Path) -> Path:
    """Write the model whose weights are the mean of several models'.

    Runs that start from the same weights end near enough to each other that their mean is a model too, and one that
    reads what neither was trained on better than either.

    Parameters
    ----------
    folders
        Models of one shape with the same heads.
    output
        Folder to write.

    Notes
    -----
    Source: Wortsman et al. (2022), "Model soups", the uniform one.
    """
    shutil.copytree(folders[0], output, dirs_exist_ok=True)
    for name in ("model.safetensors", f"{HEADS}/model.safetensors"):
        tensors = [load_file(folder / name) for folder in folders]
        mean = {
            key: torch.stack([one[key].double() for one in tensors]).mean(0).to(value.dtype)
            for key, value in tensors[0].items()
        }
        save_file(mean, output / name, metadata={"format": "pt"})
    return output


def train_student(material: Material, teacher: Path, work: Path) -> Path:
    """Train some of the teacher's layers to do the same work."""
    vectors = torch.from_numpy(teacher_vectors(material, teacher, work))

    def extend(targets: Targets) -> None:
        targets.teacher = vectors

    return _train(material, teacher, work / "student", STUDENT, extend)


def _train(
    material: Material, base: Path | None, output: Path, settings: Settings, extend: Callable[[Targets], None]
) -> Path:
    """Train one transformer, from a checkpoint if there is one, unless it is there."""
    if (output / "training.json").is_file():
        return output
    examples, shares = training_rows(material, settings.batch)
    model = open_base(base)
    if base is not None:
        cut_layers(model, STUDENT_LAYERS)
    supervision = Supervision(examples, material.held_out, 0, 0)
    trained = fit(
        model, supervision, output, settings=settings, shares=shares, extend=extend, resume=True, notes=_LOG.info
    )
    _LOG.info("%s: %s", output.name, trained.figures)
    return output


def cut_layers(model: SentenceTransformer, layers: Sequence[int]) -> SentenceTransformer:
    """Keep only some layers of a BERT encoder, in place."""
    network = model[0].auto_model
    network.encoder.layer = torch.nn.ModuleList([network.encoder.layer[number] for number in layers])
    network.config.num_hidden_layers = len(layers)
    return model


def teacher_vectors(material: Material, teacher: Path, work: Path) -> NDArray[np.float32]:
    """Give the teacher's vectors of all training texts, run by onnxruntime and kept in the work folder."""
    kept = work / "vectors.npy"
    if not kept.is_file():
        from taskscape.encoders.packaged import PackagedEncoder

        folder = export(teacher, work / "teacher-onnx", quantise=False, max_tokens=TEACHER.tokens, windows=1)
        texts = [example.text for example in training_rows(material, TEACHER.batch)[0]]
        np.save(kept, PackagedEncoder(folder).encode(texts))
    return np.asarray(np.load(kept), dtype=np.float32)


def export_encoder(student: Path, output: Path, *, quantise: bool = True) -> Path:
    """Write a trained model as an ONNX encoder of the package, heads included."""
    settings = json.loads((student / "heads" / "heads.json").read_text(encoding="utf-8"))
    weights = read_safetensors(student / "heads" / "model.safetensors")
    layers = json.loads((student / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"]
    heads: dict[str, NDArray[Any]] = {}
    for row, name in enumerate(("verb", "noun")):
        heads[f"token/{name}.weight"] = weights["pointers.weight"][row : row + 1]
        heads[f"token/{name}.bias"] = weights["pointers.bias"][row : row + 1]
    classes = {"verb": settings["verbs"], "noun": settings["nouns"], "kind": list(KINDS)}
    start = 0
    for name, members in classes.items():
        for part in ("weight", "bias"):
            heads[f"text/{name}.{part}"] = weights[f"classes.{part}"][start : start + len(members)]
        start += len(members)
    return export(
        student,
        output,
        quantise=quantise,
        heads=heads,
        classes=classes,
        max_tokens=_MAX_TOKENS,
        windows=_WINDOWS,
        window_tokens=_WINDOW_TOKENS,
        window_head="verb",
        window_sharpness=_SHARPNESS,
        origin=_ORIGIN.format(layers),
        licence=_LICENCE,
    )


def train_tables(material: Material, teacher: Path, work: Path, output: Path) -> None:
    """Train the static encoder from the teacher's vectors of texts and of single tokens."""
    from tokenizers import Tokenizer

    from taskscape.training.static import StaticSettings, train_static, write_static

    settings = StaticSettings()
    examples, shares = mixture.mixed(material.parts, 512)
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    kept = work / "token_vectors.npy"
    if not kept.is_file():
        names = [tokenizer.id_to_token(number) or "" for number in range(tokenizer.get_vocab_size())]
        np.save(kept, vectors_of(open_base(teacher), [name.removeprefix("##") for name in names], 8))
    model = train_static(
        [e.text for e in examples],
        [e.task for e in examples],
        teacher_vectors(material, teacher, work),
        np.load(kept),
        tokenizer,
        shares,
        settings=settings,
    )
    write_static(model, tokenizer, output, origin=_ORIGIN.replace("three layers", "token vectors"), licence=_LICENCE)
