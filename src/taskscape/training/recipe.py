"""The recipe of the shipped models: ``python -m taskscape.training.recipe DATA`` (``make models``).

Stages, each kept in the work folder and skipped when it is there: labels by the parser, a six-layer teacher on the
mixture, its vectors of all training texts, a student of three of its layers that imitates it, its 8-bit export, and the
static tables.

Price: about an hour on two cores with bf16, 4 GB of memory. Seeds are fixed; the threads' order of additions is not, so
that two runs agree in the figures, not in the last bit.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from taskscape.training import mixture
from taskscape.training.folders import open_base
from taskscape.training.guards import read_test_sets, refuse_leaks
from taskscape.training.loop import fit
from taskscape.training.pairs import Supervision
from taskscape.training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from taskscape.training.pairs import Example
    from taskscape.training.targets import Targets

_LOG = logging.getLogger("taskscape.training")
TEACHER = Settings(
    steps=800, batch=128, learning_rate=1e-4, heads_weight=0.2, geometry_weight=3.0, validate_every=300, patience=0
)
STUDENT = replace(TEACHER, steps=900, learning_rate=2e-4, geometry_weight=0.0, teacher_weight=10.0)
STUDENT_LAYERS = (0, 2, 5)  # of the teacher's six
SHARES = {"tasks": 0.38, "banking77": 0.12, "hwu64": 0.12, "written": 0.30, "grammar": 0.08}
_VALIDATION_TASKS, _VALIDATION_TEXTS = 100, 15  # tasks held out of the labels, texts of each
TESTS = ("ieb/eft_test.json",)


@dataclass(frozen=True, slots=True)
class Material:
    """Everything the stages train on.

    Parameters
    ----------
    parts
        The mixture.
    held_out
        Labelled texts of tasks that are in no part.
    """

    parts: tuple[mixture.Part, ...]
    held_out: tuple[Example, ...]


def gather(data: Path, labels: Path, *, clean: bool = False, seed: int = 0) -> Material:
    """Read and draw the mixture, leaving out all that the tests ask.

    Parameters
    ----------
    data
        Folder of the shared data.
    labels
        The labelled instructions, JSON lines.
    clean
        Without the labelled instructions, which come partly from Alpaca (CC BY-NC 4.0): intents and generated texts
        alone.
    seed
        Of the draws and of what is held out.

    Raises
    ------
    DataError
        A test text or a test task is in the mixture.
    """
    test = read_test_sets(data / path for path in TESTS)
    labelled, held_out = _hold_out(mixture.read_labelled(labels, test), seed)
    intents, _ = mixture.read_intents(data / "intents", seed=seed)
    generated, _ = mixture.draw_generated(test, seed=seed)
    sources: dict[str, list[Example]] = {
        "tasks": labelled,
        **{name: [e for e in intents if e.task.startswith(f"{name}:")] for name in mixture.INTENT_SETS},
        "written": [e for e in generated if "|" not in e.task],
        "grammar": [e for e in generated if "|" in e.task],
    }
    if clean:
        del sources["tasks"]
    total = sum(SHARES[name] for name in sources)
    parts = tuple(
        mixture.Part(
            name,
            tuple(examples),
            SHARES[name] / total,
            related=name in ("tasks", "grammar"),
            geometry=name in mixture.INTENT_SETS,
        )
        for name, examples in sources.items()
    )
    refuse_leaks((e for part in parts for e in part.examples), test)
    return Material(parts, tuple(held_out))


def _hold_out(labelled: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    counts: dict[str, int] = {}
    for example in labelled:
        counts[example.task] = counts.get(example.task, 0) + 1
    names = sorted(task for task, count in counts.items() if count >= 8)
    order = np.random.default_rng(seed).permutation(len(names))
    chosen = {names[i] for i in order[:_VALIDATION_TASKS]}
    taken: dict[str, int] = dict.fromkeys(chosen, 0)
    held_out = []
    for example in labelled:
        if example.task in chosen and taken[example.task] < _VALIDATION_TEXTS:
            taken[example.task] += 1
            held_out.append(example)
    return [e for e in labelled if e.task not in chosen], held_out


def label_texts(data: Path, output: Path) -> None:
    """Label IEB's unlabelled training text with the parser and write JSON lines."""
    from taskscape.tasks import label

    texts = json.loads((data / "ieb" / "eft_train_unsup.json").read_text(encoding="utf-8"))
    with output.open("w", encoding="utf-8") as file:
        for text, task in zip(texts, label(texts, labeller="parser"), strict=True):
            row = {
                "text": text,
                "task": str(task),
                "kind": str(task.kind),
                "verb_span": task.verb_span,
                "noun_span": task.noun_span,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def vectors_of(model: SentenceTransformer, texts: Sequence[str], tokens: int) -> NDArray[np.float32]:
    """Give the unit vectors of many texts, in bf16 where the processor has it."""
    model.max_seq_length = tokens
    device = model.device.type
    with torch.autocast(device, torch.bfloat16):
        vectors = model.encode(list(texts), batch_size=128, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float32)


def train_teacher(material: Material, work: Path) -> Path:
    """Train all six layers on the mixture, keeping MiniLM's geometry on intents and phrasings."""
    output = work / "teacher"
    if (output / "training.json").is_file():
        return output
    examples, shares = mixture.mixed(material.parts, TEACHER.batch)
    keeps = torch.tensor([part.geometry for part in material.parts for _ in part.examples])
    kept = work / "geometry.npy"
    if not kept.is_file():
        geometry = np.zeros((len(examples), 384), dtype=np.float32)
        rows = keeps.nonzero()[:, 0].numpy()
        geometry[rows] = vectors_of(open_base(None), [examples[row].text for row in rows], TEACHER.tokens)
        np.save(kept, geometry)

    def extend(targets: Targets) -> None:
        targets.geometry, targets.keeps = torch.from_numpy(np.load(kept)), keeps

    supervision = Supervision(examples, material.held_out, 0, 0)
    trained = fit(
        open_base(None),
        supervision,
        output,
        settings=TEACHER,
        shares=shares,
        extend=extend,
        resume=True,
        notes=_LOG.info,
    )
    _LOG.info("teacher: %s", trained.figures)
    return output


def train_student(material: Material, teacher: Path, work: Path) -> Path:
    """Train some of the teacher's layers to do the same work."""
    output = work / "default"
    if (output / "training.json").is_file():
        return output
    examples, shares = mixture.mixed(material.parts, STUDENT.batch)
    vectors = torch.from_numpy(teacher_vectors(material, teacher, work))

    def extend(targets: Targets) -> None:
        targets.teacher = vectors

    supervision = Supervision(examples, material.held_out, 0, 0)
    model = cut_layers(open_base(teacher), STUDENT_LAYERS)
    trained = fit(
        model, supervision, output, settings=STUDENT, shares=shares, extend=extend, resume=True, notes=_LOG.info
    )
    _LOG.info("student: %s", trained.figures)
    return output


def cut_layers(model: SentenceTransformer, layers: Sequence[int]) -> SentenceTransformer:
    """Keep only some layers of a BERT encoder, in place."""
    network = model[0].auto_model
    network.encoder.layer = torch.nn.ModuleList([network.encoder.layer[number] for number in layers])
    network.config.num_hidden_layers = len(layers)
    return model


def teacher_vectors(material: Material, teacher: Path, work: Path) -> NDArray[np.float32]:
    """Give the teacher's vectors of all training texts, kept in the work folder."""
    kept = work / "vectors.npy"
    if not kept.is_file():
        texts = [example.text for part in material.parts for example in part.examples]
        np.save(kept, vectors_of(open_base(teacher), texts, TEACHER.tokens))
    return np.asarray(np.load(kept), dtype=np.float32)


def export_default(student: Path, output: Path, *, quantise: bool = True) -> Path:
    """Write the student as the ONNX encoder of the package, heads included."""
    from taskscape.encoders.exporting import export, read_safetensors
    from taskscape.training.modules import KINDS

    settings = json.loads((student / "heads" / "heads.json").read_text(encoding="utf-8"))
    weights = read_safetensors(student / "heads" / "model.safetensors")
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
        window_head="verb",
        window_sharpness=_SHARPNESS,
        origin=_ORIGIN,
        licence=_LICENCE,
    )


_MAX_TOKENS, _WINDOWS, _SHARPNESS = 128, 32, 4.0
_ORIGIN = "three layers of all-MiniLM-L6-v2 (Apache-2.0), trained by taskscape.training.recipe; see docs/models.md"
_LICENCE = "CC BY-NC 4.0"


def main() -> None:
    """Run the stages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the shared data")
    parser.add_argument("--work", type=Path, default=Path("build/models"), help="folder of the stages")
    parser.add_argument(
        "--output", type=Path, default=Path("src/taskscape/models"), help="where the models are written"
    )
    parser.add_argument("--labels", type=Path, help="labelled instructions, in place of labelling")
    parser.add_argument("--clean", action="store_true", help="intents and generated texts alone")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given.work.mkdir(parents=True, exist_ok=True)
    labels = given.labels or given.work / "labels.jsonl"
    if not labels.is_file():
        label_texts(given.data, labels)
    material = gather(given.data, labels, clean=given.clean)
    for part in material.parts:
        _LOG.info("%s: %d texts, %d tasks", part.name, len(part.examples), len({e.task for e in part.examples}))
    teacher = train_teacher(material, given.work)
    student = train_student(material, teacher, given.work)
    export_default(student, given.output / "default")
    train_tables(material, teacher, given.work, given.output / "static")


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


if __name__ == "__main__":
    main()
