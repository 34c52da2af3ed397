"""A built benchmark → a folder in the form of the published IEB files, with a data card.

The folder is written beside its place and moved there whole, so that it is complete or absent; the current folder is
filled file by file.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from taskscape.benchmark.samples import by_task
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskscape.benchmark.construction import Benchmark, Settings
    from taskscape.benchmark.samples import Sample
    from taskscape.benchmark.similarity_pairs import Pair

# Published name → the split it holds, as a dict keyed by task.
KEYED_FILES = {
    "eft_train_sup.json": "eft_train",
    "eft_test.json": "eft_test",
    "ift_train.json": "ift_train",
    "ift_test.json": "ift_test",
}
# Published name → the split it holds, as Alpaca rows.
ALPACA_FILES = {"ift_train_alpaca_style.json": "ift_train", "ift_test_alpaca_style.json": "ift_test"}
WHOLE_FILE = "full_ieb_data.json"
UNSUPERVISED_FILE = "eft_train_unsup.json"
PAIRS_FILE = "intention_similarity_test.json"
CARD = "README.md"


def write_benchmark(benchmark: Benchmark, folder: Path, settings: Settings) -> None:
    """Write all published files and the card.

    Parameters
    ----------
    benchmark
        As built.
    folder
        Made new; an existing benchmark is replaced whole. A link stays, and what it leads to is replaced.
    settings
        For the card.

    Raises
    ------
    UsageError
        As `check_folder` raises it.
    """
    folder = folder.resolve()  # the name of `.` and the place of a link
    check_folder(folder)
    fresh = folder.with_name(f".{folder.name}.writing")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, content in _contents(benchmark).items():
        (fresh / name).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    (fresh / CARD).write_text(render_card(benchmark, settings), encoding="utf8")
    if folder == Path.cwd():
        _refill(folder, fresh)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)


def _refill(folder: Path, fresh: Path) -> None:
    """Move files into the current folder: were it replaced, a shell in it would stay in the old one and see no file."""
    for path in fresh.iterdir():
        path.replace(folder / path.name)
    fresh.rmdir()


def check_folder(folder: Path) -> None:
    """Find out before the work whether a benchmark could be written there.

    Raises
    ------
    UsageError
        It is a file or lies below one, or the folder holds something that is no benchmark.
    """
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise UsageError(f"{there} is a file: name a new or empty folder with -o")
    if folder.exists() and any(folder.iterdir()) and not (folder / WHOLE_FILE).is_file():
        raise UsageError(f"{folder} holds something else: name a new or empty folder with -o")


def _contents(benchmark: Benchmark) -> dict[str, Any]:
    every = [sample for members in benchmark.splits.values() for sample in members]
    contents: dict[str, Any] = {WHOLE_FILE: _keyed(every)}
    contents |= {name: _keyed(benchmark.splits[split]) for name, split in KEYED_FILES.items()}
    contents |= {name: _alpaca(benchmark.splits[split]) for name, split in ALPACA_FILES.items()}
    contents[UNSUPERVISED_FILE] = [sample.instruction for sample in benchmark.splits["eft_train"]]
    contents[PAIRS_FILE] = [_pair(pair) for pair in benchmark.pairs]
    return contents


def _keyed(samples: Iterable[Sample]) -> dict[str, Any]:
    return {
        task: {
            "number": len(members),
            "samples": [
                {
                    "category": sample.label.split("|"),
                    "instruction": sample.instruction,
                    "input": sample.input,
                    "output": sample.output,
                }
                for sample in members
            ],
        }
        for task, members in by_task(samples).items()
    }


def _alpaca(samples: Iterable[Sample]) -> list[dict[str, str]]:
    return [
        {
            "instruction": sample.instruction,
            "input": sample.input.removeprefix(sample.instruction).strip(),
            "output": sample.output,
        }
        for sample in samples
    ]


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "instruction1": pair.instruction1,
        "intention1": pair.intention1,
        "instruction2": pair.instruction2,
        "intention2": pair.intention2,
        "label": int(pair.same),
    }


def render_card(benchmark: Benchmark, settings: Settings) -> str:
    """Write the data card: sources, counts at every stage, splits, settings and what to know, as Markdown."""
    sources: dict[str, int] = {}
    for members in benchmark.splits.values():
        for sample in members:
            sources[sample.source] = sources.get(sample.source, 0) + 1
    lines = [
        "# An instruction embedding benchmark",
        "",
        "Built by `taskscape ieb build`, after the pipeline of Li et al. (2024), arXiv 2409.19680.",
        "Texts keep the licence of the files they come from.",
        "",
        *_table(["source", "samples kept"], sorted(sources.items())),
        *_table(["stage", "samples", "tasks"], benchmark.stages),
        f"Similarity pairs: {len(benchmark.pairs):,}, of the same task {sum(pair.same for pair in benchmark.pairs):,}.",
        "",
        f"Settings: `{settings}`",
        "",
        *(f"- {note}" for note in benchmark.notes),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *cells]] + [""]
