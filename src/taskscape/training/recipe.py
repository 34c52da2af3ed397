"""The recipe of the shipped models: ``python -m taskscape.training.recipe DATA`` (``make models``).

Stages, each kept in the work folder and skipped when it is there: labels by the parser, a six-layer teacher on the
mixture, its vectors of all training texts joined with the words of their tasks or with MiniLM's vectors, the teacher
trained on towards these, a layer behind it that names the task, both trained on together (the mean of before and after
is ``large``), four of its layers, narrower, that learn the same in two stages (their mean is ``default``), and the
static tables (``static``).

Price: some four and a half hours of processor time with bf16; memory is that of the largest stage, for each has a
process of its own. Seeds are fixed; the threads' order of additions is not, so that two runs agree in the figures, not
in the last bit.
"""

from __future__ import annotations

import argparse
import json
import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from taskscape.training import mixture, sources, stages
from taskscape.training.guards import read_test_sets, refuse_leaks
from taskscape.training.staging import Material

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from taskscape.training.guards import TestSet
    from taskscape.training.pairs import Example

T = TypeVar("T")
_LOG = logging.getLogger("taskscape.training")
SHARES = {
    "tasks": 0.27,
    "single": 0.02,
    "banking77": 0.08,
    "hwu64": 0.08,
    "written": 0.13,
    "said": 0.09,
    "grammar": 0.04,
    "crossed": 0.07,
    "phrases": 0.02,
    "pasted": 0.04,
    "prose": 0.03,
    "messages": 0.03,
    "requests": 0.02,
}  # of a batch; what is left are traps
LATER_SHARES = SHARES | {
    "tasks": 0.25,
    "banking77": 0.09,
    "hwu64": 0.09,
    "written": 0.14,
    "grammar": 0.03,
    "crossed": 0.04,
    "pasted": 0.03,
    "prose": 0.02,
    "messages": 0.04,
    "requests": 0.02,
}  # once the tasks are learned: more of what people say, of other wordings and of traps
LOUDER = {"large": 1.5, "default": 2.0}  # times the task's name is added, as development tasks want it
_RELATED = ("tasks", "grammar", "crossed")
_ALONE = ("single", "phrases", "prose")
_WORDLESS = (*sources.INTENT_SETS, "said", "phrases", "prose", "messages")  # where words say little of what is asked
_UNSEEN_VERBS, _VERB_TEXTS = 10, (20, 400)  # verbs held out with all their tasks, and how many texts those may have
_VALIDATION_TASKS, _TASK_TEXTS = 100, (8, 60)  # tasks held out of the labels, and how many texts those may have
TESTS = ("ieb/eft_test.json",)
TREEBANK = "ud/en_ewt_train.conllu.xz"


def gather(data: Path, labels: Path, agreed: Collection[str], *, clean: bool = False, seed: int = 0) -> Material:
    """Read and draw the mixture, leaving out all that the tests ask.

    Parameters
    ----------
    data
        Folder of the shared data.
    labels
        The labelled instructions, JSON lines.
    agreed
        The generator's templates that teach the heads.
    clean
        Without IEB's instructions, which come partly from Alpaca (CC BY-NC 4.0).
    seed
        Of the draws and of what is held out.

    Raises
    ------
    DataError
        A test text or a test task is in the mixture.
    """
    test = read_test_sets(data / path for path in TESTS)
    labelled = sources.read_labelled(labels, test)
    everything = labelled["ieb"] + labelled["instructions"]
    tasks, held_out = _hold_out(sources.repeated(everything), seed)
    banned = test.tasks | {example.task for example in held_out}
    intent_labels = {e.text: e for name in sources.INTENT_SETS for e in labelled[name] if e.task not in banned}
    intents, _ = sources.read_intents(data / "intents", intent_labels, seed=seed)
    book = sources.training_book(banned, seed=seed)
    if clean:
        tasks, everything = sources.repeated(labelled["instructions"]), labelled["instructions"]
    found: dict[str, list[Example]] = {
        "tasks": tasks,
        "single": [e for e in sources.repeated(everything, once=True) if e.task not in banned],
        **{name: [e for e in intents if e.task.startswith(f"{name}:")] for name in sources.INTENT_SETS},
        "written": sources.draw_written(book, "task", agreed, seed=seed),
        "said": sources.draw_written(book, "plain", agreed, seed=seed),
        "grammar": sources.draw_grammar(book, seed=seed),
        "crossed": sources.draw_crossed(book, data / TREEBANK, banned, seed=seed),
        "phrases": sources.draw_phrases(book, data / TREEBANK, banned, seed=seed),
        "pasted": sources.draw_pasted(book, agreed, seed=seed),
        "prose": sources.draw_prose(book, data / TREEBANK, seed=seed),
        "messages": sources.draw_messages("said", test),
        "requests": sources.draw_messages("asked", test),
    }
    parts = tuple(
        mixture.Part(
            name,
            tuple(examples),
            SHARES[name],
            related=name in _RELATED,
            wordless=name in _WORDLESS,
            alone=name in _ALONE,
        )
        for name, examples in found.items()
    )
    refuse_leaks((e for part in parts for e in part.examples), test)
    traps = tuple(tuple(group) for group in sources.draw_traps(book, test, agreed, seed=seed))
    refuse_leaks((e for group in traps for e in group), test)
    alike = {name: book.related(name) for name in book.written}
    return Material(parts, traps, tuple(held_out), alike)


def _shared(material: Material, shares: Mapping[str, float]) -> Material:
    """Give the same material with other shares of a batch."""
    return replace(material, parts=tuple(replace(part, share=shares[part.name]) for part in material.parts))


def _recombined(material: Material, test: TestSet) -> list[Example]:
    texts = {part.name: [example.text for example in part.examples] for part in material.parts}
    return sources.draw_recombined(texts, test)


def _hold_out(labelled: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """Hold out tasks that validate: those of some verbs, which are then seen in no label, and others at random."""
    rng = np.random.default_rng(seed)
    counts: dict[str, int] = {}
    verbs: dict[str, int] = {}
    for example in labelled:
        counts[example.task] = counts.get(example.task, 0) + 1
        verb = example.task.partition("|")[0]
        verbs[verb] = verbs.get(verb, 0) + 1
    rare = sorted(verb for verb, count in verbs.items() if _VERB_TEXTS[0] <= count <= _VERB_TEXTS[1])
    unseen = {rare[i] for i in rng.permutation(len(rare))[:_UNSEEN_VERBS]}
    names = sorted(task for task, count in counts.items() if _TASK_TEXTS[0] <= count <= _TASK_TEXTS[1])
    own = [task for task in names if task.partition("|")[0] in unseen]
    others = [task for task in names if task.partition("|")[0] not in unseen]
    order = rng.permutation(len(others))[: max(0, _VALIDATION_TASKS - len(own))]
    chosen = {*own, *(others[i] for i in order)}
    held_out = [e for e in labelled if e.task in chosen]
    kept = [e for e in labelled if e.task not in chosen and e.task.partition("|")[0] not in unseen]
    return kept, held_out


def tasks_seen(material: Material) -> list[str]:
    """All labels ``verb|noun`` that some text of the mixture carries, sorted: what ``bench --seen`` asks for."""
    groups = (*(part.examples for part in material.parts), *material.traps)
    return sorted({e.words for group in groups for e in group if "|" in e.words})


def label_texts(data: Path, output: Path) -> None:
    """Label all training texts with the parser and write JSON lines."""
    from taskscape.records.output import replacing
    from taskscape.tasks import label

    names, texts = zip(*sources.read_texts(data), strict=True)
    tasks = label(texts, labeller="parser")
    with replacing(output) as partial, partial.open("w", encoding="utf-8") as file:
        for name, text, task in zip(names, texts, tasks, strict=True):
            row = {
                "text": text,
                "source": name,
                "task": str(task),
                "kind": str(task.kind),
                "confidence": task.confidence,
                "verb_span": task.verb_span,
                "noun_span": task.noun_span,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_agreed(file: Path) -> frozenset[str]:
    """Read the names of the templates that the parser reads as their writers did; find and write them if need be."""
    from taskscape.records.output import replacing
    from taskscape.training.generator import load_phrasebook

    if not file.is_file():
        found = sources.agreed_templates(load_phrasebook())
        with replacing(file) as partial:
            partial.write_text("\n".join(sorted(found)) + "\n", encoding="utf-8")
    return frozenset(file.read_text(encoding="utf-8").split())


def _train_large(material: Material, teacher: Path, work: Path) -> Path:
    return stages.train_large(material, teacher, stages.targets_of_tasks(material, teacher, work), work)


def _alone(stage: Callable[..., T], *given: Any) -> T:
    """Run a stage in a process of its own: what it took of memory ends with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_log) as pool:
        return pool.submit(stage, *given).result()


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


def main() -> None:
    """Run the stages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the shared data")
    parser.add_argument("--work", type=Path, default=Path("build/models"), help="folder of the stages")
    parser.add_argument(
        "--output", type=Path, default=Path("src/taskscape/models"), help="where the models are written"
    )
    parser.add_argument("--labels", type=Path, help="labelled instructions, in place of labelling")
    parser.add_argument("--clean", action="store_true", help="without IEB's instructions, some of which are Alpaca's")
    given = parser.parse_args()
    _log()
    given.work.mkdir(parents=True, exist_ok=True)
    labels = given.labels or given.work / "labels.jsonl"
    if not labels.is_file():
        label_texts(given.data, labels)
    material = gather(given.data, labels, read_agreed(given.work / "templates.txt"), clean=given.clean)
    for part in material.parts:
        _LOG.info("%s: %d texts, %d tasks", part.name, len(part.examples), len({e.task for e in part.examples}))
    (given.work / "tasks.txt").write_text("\n".join(tasks_seen(material)) + "\n", encoding="utf-8")
    teacher = _alone(stages.train_teacher, material, given.work)
    plain = _alone(_train_large, material, teacher, given.work)
    named = _alone(stages.name_tasks, material, plain, given.work / "large-named")
    recombined = _recombined(material, read_test_sets(given.data / path for path in TESTS))
    shared = stages.neighbouring(_shared(material, LATER_SHARES), named)
    joint = _alone(stages.train_named, shared, named, given.work)
    large = _alone(stages.keep_vectors, shared, stages.average([named, joint], given.work / "large-mean"))
    student = _alone(stages.train_student, shared, large, given.work)
    polished = _alone(stages.polish_student, shared, recombined, large, student, given.work)
    default = stages.average([student, polished], given.work / "default")
    licence = stages.CLEAN_LICENCE if given.clean else stages.LICENCE
    for model, name in ((large, "large"), (default, "default")):
        louder = stages.louder(model, LOUDER[name], given.work / f"{name}-louder")
        stages.export_encoder(louder, given.output / name, licence=licence)
    _alone(partial(stages.train_tables, licence=licence), material, teacher, given.work, given.output / "static")


if __name__ == "__main__":
    main()
