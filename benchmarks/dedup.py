"""How well duplicates are found, and what is deleted that should not be: ours, semhash and MinHash in one run.

    python -m benchmarks.dedup DATA/ieb/eft_train_unsup.json [--part dev|report] [--seed 1] [--rows 9000]
    python -m benchmarks.dedup DATA/ieb/eft_train_unsup.json --scale 200000

Real rows of DATA, distinct but for spacing and capitals, get planted rows among them (`benchmarks.planted`): copies of
known kinds, and rows of one template with other inputs, which are no copies. Printed is, for each kind, the share of
copies that each tool removes; of the template rows, how many it deletes; its precision over the planted rows; how many
real rows it removes beside (unjudged: the data has paraphrases of its own); and its time, encoding not counted.

``pip install semhash datasketch``. semhash runs with MiniLM (``taskscape[minilm]``), for its own default model is
fetched from a hub, and with our encoder; its threshold is its default, .9. datasketch runs at Jaccard .8 and .7 on runs
of five letters, 128 permutations.

``--scale`` prints instead processor time and memory: of DATA, and of so many rows from our generator.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import taskscape
from benchmarks.planted import Planted, copies, template_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Removal = dict[int, int]  # removed row → the row it was taken for


def ours(texts: Sequence[str], embeddings: NDArray[np.float32] | None, threshold: Any = "auto") -> Removal:
    """Run `taskscape.dedup`."""
    found = taskscape.dedup(texts, embeddings, threshold=threshold)
    return {int(row): int(found.duplicate_of[row]) for row in found.removed}


class Ready:
    """An encoder for semhash whose vectors are there already."""

    def __init__(self, texts: Sequence[str], embeddings: NDArray[np.float32]) -> None:
        self._vectors = dict(zip(texts, embeddings, strict=True))

    def encode(self, inputs: Sequence[str], **_: Any) -> NDArray[np.float32]:
        """Look the vectors up."""
        return np.stack([self._vectors[text] for text in inputs])


def with_semhash(texts: Sequence[str], embeddings: NDArray[np.float32]) -> Removal:
    """Run semhash at its default threshold."""
    from semhash import SemHash

    records = [{"text": text, "row": row} for row, text in enumerate(texts)]
    index = SemHash.from_records(records, columns=["text"], model=Ready(texts, embeddings))
    result = index.self_deduplicate()
    removed: Removal = {}
    for entry in result.filtered:
        record: Any = entry.record
        near: Any = entry.duplicate_of
        removed[record["row"]] = near["row"] if near else -1
    return removed


def with_minhash(texts: Sequence[str], threshold: float) -> Removal:
    """Run datasketch's MinHashLSH, the first of each group staying."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=threshold, num_perm=128)
    removed: Removal = {}
    for row, text in enumerate(texts):
        lowered = text.lower()
        signature = MinHash(num_perm=128)
        signature.update_batch([lowered[at : at + 5].encode() for at in range(max(1, len(lowered) - 4))])
        near = [other for other in lsh.query(signature) if lsh_jaccard(texts[int(other)].lower(), lowered) >= threshold]
        if near:
            removed[row] = int(near[0])
        else:
            lsh.insert(row, signature)
    return removed


def lsh_jaccard(first: str, second: str) -> float:
    """Verify what was proposed, so that MinHash stands at its best."""
    one, other = ({text[at : at + 5] for at in range(max(1, len(text) - 4))} for text in (first, second))
    return len(one & other) / len(one | other)


def judge(removed: Removal, planted: Sequence[Planted], real: int) -> dict[str, Any]:
    """Count what was removed rightly and wrongly."""
    kinds = list(dict.fromkeys(row.kind for row in planted))
    share = {}
    for kind in kinds:
        rows = [real + number for number, row in enumerate(planted) if row.kind == kind]
        share[kind] = sum(row in removed for row in rows) / len(rows)
    templates = sum(real + number in removed for number, row in enumerate(planted) if row.kind == "template")
    right = sum(real + number in removed for number, row in enumerate(planted) if row.kind != "template")
    share.pop("template")
    return {
        **share,
        "templates deleted": templates,
        "precision": right / max(1, right + templates),
        "real rows": sum(row < real for row in removed),
    }


def real_rows(path: str, count: int, part: str) -> list[str]:
    """Take rows that are distinct but for spacing and capitals: even ones for dev, odd ones for report."""
    distinct: dict[str, str] = {}
    for text in taskscape.open_dataset(path).texts():
        distinct.setdefault(" ".join(text.lower().split()).rstrip("."), text.strip())
    return list(distinct.values())[(part == "report") :: 2][:count]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--part", choices=("dev", "report"), default="report")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=9000)
    parser.add_argument("--each", type=int, default=150)
    parser.add_argument("--missed", action="store_true", help="print copies that ours misses and templates it deletes")
    parser.add_argument("--scale", type=int, help="rows to generate")
    options = parser.parse_args()
    if options.scale:
        print_scale(options.data, options.scale)
        return
    real = real_rows(options.data, options.rows, options.part)
    planted = copies(real, options.part, each=options.each, seed=options.seed) + template_rows(options.part)
    texts = real + [row.text for row in planted]
    default = taskscape.load_encoder("default").encode(texts)
    minilm = taskscape.load_encoder("minilm-int8").encode(texts)
    runs: dict[str, Callable[[], Removal]] = {
        "taskscape": lambda: ours(texts, default),
        "taskscape, no embeddings": lambda: ours(texts, None),
        "taskscape, MiniLM": lambda: ours(texts, minilm),
        "taskscape, threshold .95": lambda: ours(texts, default, 0.95),
        "semhash, MiniLM": lambda: with_semhash(texts, minilm),
        "semhash, our encoder": lambda: with_semhash(texts, default),
        "MinHash, .8": lambda: with_minhash(texts, 0.8),
        "MinHash, .7": lambda: with_minhash(texts, 0.7),
    }
    kinds = {kind: sum(row.kind == kind for row in planted) for kind in dict.fromkeys(row.kind for row in planted)}
    print(f"{len(real):,} real rows ({options.part}, seed {options.seed}); planted: {kinds}\n")
    for number, (name, run) in enumerate(runs.items()):
        start = time.perf_counter()
        removed = run()
        seconds = time.perf_counter() - start
        figures = judge(removed, planted, len(real)) | {"seconds": seconds}
        if not number:
            print("| | " + " | ".join(figures) + " |")
            print("|---|" + "---:|" * len(figures))
            if options.missed:
                show_missed(removed, planted, real)
        cells = [f"{value:,}" if isinstance(value, int) else f"{value:.3f}" for value in figures.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


def print_scale(path: str, count: int) -> None:
    """Print what `taskscape.dedup` costs, texts and embeddings not counted."""
    from taskscape.training.generator import generate

    print("| rows | removed | processor time, s | more memory, MB |\n|---|---:|---:|---:|")
    for texts in (taskscape.open_dataset(path).texts(), [row.text for row in generate(count)]):
        embeddings = np.random.default_rng(0).integers(-99, 99, (len(texts), 384), np.int8).astype(np.float16)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        found = taskscape.dedup(texts, embeddings)
        seconds = time.process_time() - start
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"| {len(texts):,} | {found.removed.size:,} | {seconds:.1f} | {more:,.0f} |")


def show_missed(removed: Removal, planted: Sequence[Planted], real: Sequence[str]) -> None:
    """Print what is to be mended."""
    for number, row in enumerate(planted):
        if (len(real) + number in removed) == (row.kind == "template"):
            print(
                f"{row.kind}: {row.text!r} <- {real[row.original]!r}" if row.original >= 0 else f"DELETED {row.text!r}"
            )


if __name__ == "__main__":
    main()
