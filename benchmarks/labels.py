"""Print every figure on labels: ``python benchmarks/labels.py --ieb DIR``.

DIR holds the published files `ift_test.json`, `eft_test.json` and, for the rate, `eft_train_unsup.json`. The rules were
developed on `ift_test` and on our own gold set; `eft_test` is only reported. ``--misses FILE`` also writes every miss,
for reading by hand.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import itertools
import json
import lzma
import os
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from taskscape.benchmark.label_line import label_agreement
from taskscape.encoders import load_encoder
from taskscape.tasks.lemmas import lemmatise
from taskscape.tasks.synonyms import SEPARATOR, merge_synonyms
from taskscape.tasks.syntax import ParserLabeller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskscape.tasks import Task

    Labeller = Callable[[list[str]], list[Task]]

GOLD = Path(__file__).resolve().parent.parent / "tests" / "tasks" / "gold.jsonl"
_BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.01)


def ieb_rows(path: Path) -> list[tuple[str, str]]:
    """Read instruction and label of each sample of an IEB file."""
    tasks = json.loads(path.read_text(encoding="utf-8"))
    return [(sample["instruction"], label) for label, task in tasks.items() for sample in task["samples"]]


def alternatives(label: str, part: int | None = None) -> set[str]:
    """Give the labels of a group, or only their verbs (0) or nouns (1)."""
    labels = label.split(SEPARATOR)
    return set(labels) if part is None else {one.split("|")[part] for one in labels}


def agreement(name: str, rows: list[tuple[str, str]], tasks: list[Task]) -> None:
    """Print how often label, verb and noun agree."""
    found = label_agreement([label for _, label in rows], tasks)
    if found is None:
        raise SystemExit(f"{name}: the right labels are not of the form verb|noun")
    print(
        f"{name:10} {len(rows):5} instructions: exact {found.exact:.4f}, verb {found.verb:.4f}, noun {found.noun:.4f}"
    )


def misses(rows: list[tuple[str, str]], tasks: list[Task]) -> list[tuple[str, str, Task]]:
    """List text, right label and wrong task of each miss."""
    return [
        (text, label, task)
        for (text, label), task in zip(rows, tasks, strict=True)
        if str(task) not in alternatives(label)
    ]


def miss_kind(label: str, task: Task) -> str:
    """Say what is wrong with a miss."""
    classes = {"knowledge", "math", "task"}
    right = alternatives(label, 1)
    if task.verb in alternatives(label, 0):
        if right & classes:
            return "noun found where IEB has a class"
        if task.noun in classes:
            return "class given where IEB has a noun"
        return "no noun found" if task.noun == "none" else "another noun"
    if right & classes:
        return "task found where IEB has knowledge or math"
    if task.noun in classes:
        return "knowledge or math given where IEB has a task"
    return "another verb, same noun" if task.noun in right else "another verb and noun"


def miss_table(name: str, wrong: list[tuple[str, str, Task]]) -> None:
    """Print the misses by kind."""
    print(f"{name}: {len(wrong)} misses by kind")
    for kind, count in Counter(miss_kind(label, task) for _, label, task in wrong).most_common():
        print(f"  {count:4}  {kind}")


def reliability(name: str, rows: list[tuple[str, str]], tasks: list[Task]) -> None:
    """Print how often labels of like confidence are right, and the expected calibration error."""
    right = [(task.confidence, str(task) in alternatives(label)) for (_, label), task in zip(rows, tasks, strict=True)]
    error = 0.0
    print(f"{name}: confidence, count, mean confidence, share right")
    for low, high in itertools.pairwise(_BINS):
        inside = [(sure, good) for sure, good in right if low <= sure < high]
        if inside:
            sure = sum(sure for sure, _ in inside) / len(inside)
            good = sum(good for _, good in inside) / len(inside)
            error += abs(sure - good) * len(inside) / len(right)
            print(f"  {low:.2f}-{min(high, 1):.2f} {len(inside):5} {sure:.3f} {good:.3f}")
    print(f"  expected calibration error {error:.3f}")


def gold(name: str, label: Labeller) -> None:
    """Print the agreement with our own gold set, by kind."""
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    tasks = label([row["text"] for row in rows])
    agreement(name, [(row["text"], row["task"]) for row in rows], tasks)
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row, task in zip(rows, tasks, strict=True):
        kinds[row["kind"]].append(str(task) in alternatives(row["task"]))
    print("  " + ", ".join(f"{kind} {sum(right)}/{len(right)}" for kind, right in kinds.items()))


def same_pairs(groups: Iterable[Iterable[str]]) -> set[tuple[str, str]]:
    """List the pairs of labels that share a group."""
    return {pair for group in groups for pair in itertools.combinations(sorted(group), 2)}


def synonyms(name: str, path: Path) -> None:
    """Print how the merging agrees with the groups of an IEB file, over pairs of labels."""
    tasks = json.loads(path.read_text(encoding="utf-8"))
    counts = {label: task["number"] for group, task in tasks.items() for label in group.split(SEPARATOR)}
    theirs = same_pairs(group.split(SEPARATOR) for group in tasks)
    ours = same_pairs(group.split(SEPARATOR) for group in set(merge_synonyms(counts).values()))
    both = len(theirs & ours)
    precision, recall = both / max(1, len(ours)), both / max(1, len(theirs))
    score = 2 * both / max(1, len(ours) + len(theirs))
    print(
        f"synonyms, {name}: {len(theirs)} pairs in IEB, {len(ours)} in ours, "
        f"precision {precision:.3f}, recall {recall:.3f}, F1 {score:.3f}"
    )


def lemmas(path: Path) -> None:
    """Print how often lemmas agree with a treebank: ours, and those of two libraries where they are installed."""
    words: Counter[tuple[str, Literal["noun", "verb"], str]] = Counter()
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for fields in (line.split("\t") for line in lines):
            if len(fields) == 10 and fields[3] in {"NOUN", "VERB"} and fields[1].isalpha():
                words[fields[1].lower(), "noun" if fields[3] == "NOUN" else "verb", fields[2].lower()] += 1
    ways: dict[str, Callable[[str, Literal["noun", "verb"]], str]] = {"ours": lemmatise}
    if importlib.util.find_spec("simplemma"):
        simplemma = importlib.import_module("simplemma")
        ways["simplemma"] = lambda word, _: str(simplemma.lemmatize(word, "en"))
    if importlib.util.find_spec("lemminflect"):
        lemminflect = importlib.import_module("lemminflect")
        ways["lemminflect"] = lambda word, part: str((lemminflect.getLemma(word, part.upper()) or (word,))[0])
    for name, way in ways.items():
        right = sum(count for (word, part, lemma), count in words.items() if way(word, part) == lemma)
        print(f"lemmas, {name}: {right / words.total():.4f} of {words.total():,} nouns and verbs")


def rate(texts: list[str], processes: int) -> None:
    """Print instructions per second, by the clock and by processor time of one process."""
    single = ParserLabeller()
    single.label(texts[:200])
    begin, used = time.perf_counter(), time.process_time()
    single.label(texts)
    clock, used = time.perf_counter() - begin, time.process_time() - used
    print(
        f"rate, one process: {len(texts) / clock:,.0f}/s by the clock, "
        f"{len(texts) / used:,.0f} per second of processor time"
    )
    many = ParserLabeller(processes=processes)
    begin = time.perf_counter()
    many.label(texts)
    clock = time.perf_counter() - begin
    print(
        f"rate, {processes} processes with their start: {len(texts) / clock:,.0f}/s by the clock "
        f"(load {os.getloadavg()[0]:.1f})"
    )


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ieb", type=Path, required=True, help="folder of the published IEB files")
    parser.add_argument("--no-eft", action="store_true", help="leave eft_test alone, as while developing")
    parser.add_argument("--misses", type=Path, help="file to write the misses to")
    parser.add_argument("--treebank", type=Path, help="UD file (.conllu.xz) to measure lemmas on")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--encoders", nargs="*", default=["default", "large"], help="encoders whose labels to hold beside"
    )
    given = parser.parse_args()
    labeller = ParserLabeller()
    gold("gold", labeller.label)
    for name in given.encoders:
        gold(f"gold, {name}", load_encoder(name).tasks)  # type: ignore[attr-defined]  # those asked for have heads
    names = ["ift_test"] if given.no_eft else ["ift_test", "eft_test"]
    written = []
    for name in names:
        rows = ieb_rows(given.ieb / f"{name}.json")
        tasks = labeller.label([text for text, _ in rows])
        agreement(name, rows, tasks)
        wrong = misses(rows, tasks)
        miss_table(name, wrong)
        reliability(name, rows, tasks)
        synonyms(name, given.ieb / f"{name}.json")
        written += [{"file": name, "ieb": label, "ours": str(task), "text": text} for text, label, task in wrong]
    if given.misses:
        given.misses.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in written), encoding="utf-8"
        )
    if given.treebank:
        lemmas(given.treebank)
    rate(json.loads((given.ieb / "eft_train_unsup.json").read_text(encoding="utf-8")), given.processes)


if __name__ == "__main__":
    main()
