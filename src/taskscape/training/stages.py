"""The stages of the recipe: teacher, targets, large in three steps, student in two, export, tables.

Each stage writes into the work folder and is skipped when its result is there; a stage that was cut off goes on from
its last checkpoint.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from taskscape.encoders.exporting import export
from taskscape.training import mixture
from taskscape.training.composing import centred, composed, gathered, lent
from taskscape.training.folders import open_base, write_model
from taskscape.training.readout import NamingSettings, Readings, fitted, read, started
from taskscape.training.sampling import words_of
from taskscape.training.settings import Settings
from taskscape.training.sharpening import sharpening, task_scatter
from taskscape.training.shrinking import cut_layers, narrow_layers
from taskscape.training.staging import (
    before_last,
    keep,
    kept,
    train,
    training_rows,
    vectors_of,
    with_heads,
)
from taskscape.training.targets import labelled, numbered
from taskscape.vectors.neighbors import unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from taskscape.training.naming import TaskNaming
    from taskscape.training.pairs import Example
    from taskscape.training.staging import Material
    from taskscape.training.targets import Targets

TEACHER = Settings(
    steps=700,
    batch=160,
    learning_rate=1e-4,
    tokens=96,
    heads_weight=0.3,
    geometry_weight=3.0,
    validate_every=200,
    patience=0,
)
LARGE = replace(TEACHER, steps=1500, learning_rate=2e-4, geometry_weight=0.0, teacher_weight=15.0, validate_every=500)
JOINT = LARGE
STUDENT = replace(LARGE, steps=3000, learning_rate=4e-4, validate_every=750)
POLISH = replace(STUDENT, steps=1600, learning_rate=3e-4, teacher_weight=40.0, validate_every=800)
STUDENT_LAYERS = (0, 1, 3, 5)  # of the six
STUDENT_WIDTH = 512  # inner neurons of 1,536
NAMING = NamingSettings()
NAME = "name"  # of the module
_TEXT_LENGTH = 0.5  # of MiniLM's vector of a whole text, beside the teacher's
_GATHER = 0.5  # how far the student's targets are drawn to their task's mean
_NEIGHBOURED, _NEIGHBOURS = ("banking77", "hwu64", "written", "said"), 5  # parts, and how many tasks are near one
_RECOMBINED, _OTHERS = 0.25, 0.72  # shares of a batch that polishes; what is left are traps
_SCATTER = {"tasks": 0.8, "banking77": 0.05, "hwu64": 0.05, "written": 0.05, "said": 0.05}  # of what within tasks
_SCATTER_TEXTS = 10_000  # of each, at most
_WIDTH_TEXTS = 200  # of each part, at most, on which the neurons are judged
_MAX_TOKENS = 128
_ORIGIN = "{} layers of all-MiniLM-L6-v2 (Apache-2.0), trained by taskscape.training.recipe; see docs/models.md"
LICENCE, CLEAN_LICENCE = "CC BY-NC 4.0", "CC BY-SA 4.0"  # Alpaca's part of IEB asks for the first


def train_teacher(material: Material, work: Path) -> Path:
    """Train all six layers on the mixture, keeping MiniLM's geometry on messages and prose."""
    geometry = torch.from_numpy(_general_vectors(material, work))
    keeps = torch.tensor(_wordless(material))

    def extend(targets: Targets) -> None:
        targets.geometry, targets.keeps = geometry, keeps

    return train(material, None, work / "teacher", TEACHER, extend)


def _wordless(material: Material) -> list[bool]:
    """Tell of each training row whether the words of its label say little of what it asks."""
    found = [part.wordless for part in material.parts for _ in part.examples]
    return found + [False] * sum(len(group) for group in material.traps)


def average(folders: Sequence[Path], output: Path) -> Path:
    """Write the model whose weights are the mean of several models'.

    What is trained on from some weights ends near enough to them that the mean of both is a model too, and one that
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
    shutil.copytree(folders[0], output, dirs_exist_ok=True, ignore=shutil.ignore_patterns("training.*"))
    for name in [path.relative_to(output) for path in output.rglob("*.safetensors")]:
        tensors = [load_file(folder / name) for folder in folders]
        mean = {
            key: torch.stack([one[key].double() for one in tensors]).mean(0).to(value.dtype)
            for key, value in tensors[0].items()
        }
        save_file(mean, output / name, metadata={"format": "pt"})
    return output


def _general_vectors(material: Material, work: Path) -> NDArray[np.float32]:
    """Give MiniLM's unit vectors of the texts of wordless parts, ``(n, d)``; rows of zeros for all others."""

    def make() -> NDArray[np.float32]:
        examples, _ = training_rows(material, TEACHER.batch)
        rows = np.flatnonzero(_wordless(material))
        found = vectors_of(open_base(None), [examples[row].text for row in rows], TEACHER.tokens)
        vectors = np.zeros((len(examples), found.shape[1]), dtype=np.float32)
        vectors[rows] = found
        return vectors

    return kept(work / "geometry.npy", make)


def targets_of_tasks(material: Material, teacher: Path, work: Path) -> NDArray[np.float32]:
    """Give what the shipped models imitate: the teacher's vectors joined with words of tasks and with MiniLM's."""

    def make() -> NDArray[np.float32]:
        examples, _ = training_rows(material, TEACHER.batch)
        wordless = {e.task for e, flag in zip(examples, _wordless(material), strict=True) if flag}
        labels = [e.words if labelled(e) and e.task not in wordless else None for e in examples]
        words = sorted({word for label in labels if label for word in words_of(label)})
        vectors = vectors_of(open_base(None), words, 8)
        lengths = _TEXT_LENGTH * np.array(_wordless(material), dtype=np.float32)
        return composed(
            _teacher_vectors(material, teacher, work),
            [example.task for example in examples],
            labels,
            dict(zip(words, vectors, strict=True)),
            texts=lent(centred(_general_vectors(material, work), lengths), [example.task for example in examples]),
        )

    return kept(work / "targets.npy", make)


def train_large(material: Material, teacher: Path, targets: NDArray[np.float32], work: Path) -> Path:
    """Train the teacher on towards the targets."""
    return train(material, teacher, work / "large", LARGE, _imitating(targets))


def name_tasks(material: Material, model: Path, output: Path) -> Path:
    """Put the layer that names the task behind a model; write both, and beside them their vectors of all training rows.

    The vectors stand in ``OUTPUT.npy``.
    """
    if (output / "modules.json").is_file():
        return output
    examples, shares = training_rows(material, NAMING.batch)
    encoder = with_heads(open_base(model), model)
    encoder[0].auto_model.config.output_hidden_states = True
    readings = read(encoder, [e.text for e in examples], TEACHER.tokens)
    naming = fitted(_first_naming(material, examples, readings), readings, *numbered(examples), shares, NAMING)
    with torch.no_grad():
        parts = [naming.joined(*readings.rows(slice(start, start + 4096))) for start in range(0, len(examples), 4096)]
    keep(output.with_suffix(".npy"), unit_rows(torch.cat(parts).numpy()))
    write_model(before_last(encoder, NAME, naming), output)
    return output


def _first_naming(material: Material, examples: Sequence[Example], readings: Readings) -> TaskNaming:
    """Start the layer; the words of texts that are wordless say little of what is asked."""
    named = ~np.array(_wordless(material))
    labels = [words_of(e.words) if said and labelled(e) else None for e, said in zip(examples, named, strict=True)]
    words = sorted({word for label in labels if label for word in label})
    vectors = vectors_of(open_base(None), words, 8)
    scatter, start = np.zeros((readings.pooled.shape[1],) * 2), 0
    for part in material.parts:
        if part.name in _SCATTER:
            rows = slice(start, start + len(part.examples), -(-len(part.examples) // _SCATTER_TEXTS))
            pooled = unit_rows(readings.pooled[rows].float().numpy())
            scatter += _SCATTER[part.name] * task_scatter(pooled, [e.task for e in examples[rows]])
        start += len(part.examples)
    table = dict(zip(words, vectors, strict=True))
    return started(readings, sharpening(scatter), labels, table, named, weight=NAMING.weight, seed=NAMING.seed)


def neighbouring(material: Material, model: Path) -> Material:
    """Give the same material with intents and families drawn together with those that a model puts nearest them.

    Why: two intents drawn at random are told apart by their subject alone.

    Parameters
    ----------
    material
        What to train on.
    model
        As `name_tasks` writes it, with its vectors of all training rows beside it.
    """
    vectors, start, parts = np.load(model.with_suffix(".npy")), 0, []
    for part in material.parts:
        end = start + len(part.examples)
        near = {}
        if part.name in _NEIGHBOURED:
            near = _nearest([example.task for example in part.examples], vectors[start:end], material.alike)
        parts.append(replace(part, near=near))
        start = end
    return replace(material, parts=tuple(parts))


def _nearest(
    tasks: Sequence[str], vectors: NDArray[np.float32], alike: Mapping[str, Collection[str]]
) -> dict[str, list[str]]:
    """Give the tasks whose mean vectors are nearest each task's; no two of them, and none and it, are the same task."""
    names, numbers = np.unique(tasks, return_inverse=True)
    means = np.zeros((len(names), vectors.shape[1]), dtype=np.float32)
    np.add.at(means, numbers, vectors)
    means = unit_rows(means)
    order = names[np.argsort(-means @ means.T, axis=1, kind="stable")].tolist()
    near = {}
    for name, others in zip(names.tolist(), order, strict=True):
        told = [name]
        for other in others:
            if len(told) <= _NEIGHBOURS and not any(other == one or other in alike.get(one, ()) for one in told):
                told.append(other)
        near[name] = told[1:]
    return near


def train_named(material: Material, named: Path, work: Path) -> Path:
    """Train a model on together with its layer that names the task, half way from its vectors to their task's mean.

    Why: behind a network that stays as it is the layer can only read what is there. Trained together, words that name
    one task in other families' phrasings come nearer, and the pooled vector leaves to the name what the name tells.
    """
    examples, _ = training_rows(material, JOINT.batch)
    targets = gathered(np.load(named.with_suffix(".npy")), [e.task for e in examples], _GATHER)
    return train(material, named, work / "large-joint", JOINT, _imitating(targets))


def keep_vectors(material: Material, model: Path) -> Path:
    """Write beside a model, into ``MODEL.npy``, its vectors of all training rows."""
    texts = [example.text for example in training_rows(material, JOINT.batch)[0]]
    kept(model.with_suffix(".npy"), lambda: vectors_of(open_base(model), texts, TEACHER.tokens))
    return model


def train_student(material: Material, large: Path, work: Path) -> Path:
    """Train some of the layers, made narrower, to point half way from where ``large`` does to the mean of the task."""
    texts = [e.text for part in material.parts for e in part.examples[:: len(part.examples) // _WIDTH_TEXTS + 1]]
    tasks = [e.task for e in training_rows(material, STUDENT.batch)[0]]
    targets = gathered(np.load(large.with_suffix(".npy")), tasks, _GATHER)

    def shrink(model: SentenceTransformer) -> None:
        narrow_layers(cut_layers(model, STUDENT_LAYERS), STUDENT_WIDTH, texts)

    return train(material, large, work / "student", STUDENT, _imitating(targets), prepare=shrink)


def polish_student(material: Material, recombined: Sequence[Example], large: Path, student: Path, work: Path) -> Path:
    """Train the student on to point where ``large`` does, also for texts put together from others.

    Why: near the means of the training tasks it forgets how ``large`` would tell apart what is in none of them.
    """
    known = sum(len(part.examples) for part in material.parts)
    vectors = np.load(large.with_suffix(".npy"))
    texts = [example.text for example in recombined]
    new = kept(work / "recombined.npy", lambda: vectors_of(open_base(large), texts, TEACHER.tokens))
    parts = [replace(part, share=_OTHERS * part.share) for part in material.parts]
    parts.append(mixture.Part("recombined", tuple(recombined), _RECOMBINED, alone=True))
    targets = np.concatenate([vectors[:known], new, vectors[known:]])
    return train(replace(material, parts=tuple(parts)), student, work / "polished", POLISH, _imitating(targets))


def louder(model: Path, factor: float, output: Path) -> Path:
    """Write a model whose layer that names the task adds so many times the name.

    Why: contrast over training tasks, which the pooled vectors tell apart already, makes the name shorter than unseen
    tasks want it.
    """
    shutil.copytree(model, output, dirs_exist_ok=True)
    file = next(output.glob("*_TaskNaming")) / "model.safetensors"
    tensors = load_file(file)
    save_file(tensors | {"name.weight": factor * tensors["name.weight"]}, file, metadata={"format": "pt"})
    return output


def _imitating(targets: NDArray[np.float32]) -> Callable[[Targets], None]:
    vectors = torch.from_numpy(targets)

    def extend(found: Targets) -> None:
        found.teacher = vectors

    return extend


def _teacher_vectors(material: Material, teacher: Path, work: Path) -> NDArray[np.float32]:
    """Give the teacher's vectors of all training texts, run by onnxruntime and kept in the work folder."""

    def make() -> NDArray[np.float32]:
        from taskscape.encoders.packaged import PackagedEncoder

        folder = export(teacher, work / "teacher-onnx", quantise=False, heads={}, max_tokens=TEACHER.tokens, windows=1)
        return PackagedEncoder(folder).encode([e.text for e in training_rows(material, TEACHER.batch)[0]])

    return kept(work / "vectors.npy", make)


def export_encoder(student: Path, output: Path, *, quantise: bool = True, licence: str = LICENCE) -> Path:
    """Write a trained model as an ONNX encoder of the package, heads included."""
    layers = json.loads((student / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"]
    return export(
        student,
        output,
        quantise=quantise,
        max_tokens=_MAX_TOKENS,
        origin=_ORIGIN.format(layers),
        licence=licence,
    )


def train_tables(material: Material, teacher: Path, work: Path, output: Path, *, licence: str = LICENCE) -> None:
    """Train the static encoder from the teacher's vectors of texts and of single tokens.

    Not from the targets: tables that imitate these are better at IEB's tasks and worse at what users say.
    """
    from tokenizers import Tokenizer

    from taskscape.training.static import StaticSettings, train_static, write_static

    settings = StaticSettings()
    examples, shares = mixture.mixed(material.parts, 512)
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    names = [tokenizer.id_to_token(number) or "" for number in range(tokenizer.get_vocab_size())]
    pieces = [name.removeprefix("##") for name in names]
    token_vectors = kept(work / "token_vectors.npy", lambda: vectors_of(open_base(teacher), pieces, 8))
    model = train_static(
        [e.text for e in examples],
        [e.task for e in examples],
        _teacher_vectors(material, teacher, work),
        token_vectors,
        tokenizer,
        shares,
        settings=settings,
    )
    write_static(model, tokenizer, output, origin=_ORIGIN.replace("{} layers", "token vectors"), licence=licence)
