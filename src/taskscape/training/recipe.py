"""The recipe of the shipped models: ``python -m taskscape.training.recipe DATA`` (``make models``).

Stages, each kept in the work folder and skipped when it is there: labels by the parser, a six-layer teacher on the
mixture, its vectors of all training texts, a student of three of its layers that imitates it, the same sharpened
against word matching, its 8-bit export, and the static tables.

Price: about an hour on two cores with bf16, 4 GB of memory. Seeds are fixed; the threads' order of additions is not, so
that two runs agree in the figures, not in the last bit.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taskscape.training import mixture, stages
from taskscape.training.guards import read_test_sets, refuse_leaks
from taskscape.training.stages import Material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.training.pairs import Example

_LOG = logging.getLogger("taskscape.training")
SHARES = {"tasks": 0.38, "banking77": 0.12, "hwu64": 0.12, "written": 0.30, "grammar": 0.08}
_VALIDATION_TASKS, _VALIDATION_TEXTS = 100, 15  # tasks held out of the labels, texts of each
TESTS = ("ieb/eft_test.json",)


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
    traps = tuple(tuple(group) for group in mixture.draw_traps(test, seed=seed))
    refuse_leaks((e for group in traps for e in group), test)
    return Material(parts, traps, tuple(held_out))


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
    teacher = stages.train_teacher(material, given.work)
    student = stages.train_student(material, teacher, given.work)
    sharpened = stages.sharpen_student(material, student, teacher, given.work)
    stages.export_default(sharpened, given.output / "default")
    stages.train_tables(material, teacher, given.work, given.output / "static")


if __name__ == "__main__":
    main()
