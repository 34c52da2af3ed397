"""Parts for tests of a grid: encoders that are registered under ``toy:``, and a small benchmark on disk."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.encoders.base import register
from tests.toy import HashingEncoder, LabellingEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

VERBS = ("write", "list", "sort", "draw")
THINGS = ("poem", "map", "river", "word", "tree", "song")
CALLS: list[int] = []  # how many texts each call of a toy encoder got


class ToyEncoder(HashingEncoder):
    """Counts what it is asked for; slow or broken where its name says so."""

    def __init__(self, kind: str, *, template: str = "none", pooling: str = "mean") -> None:
        super().__init__(dimension=24)
        self.name = f"toy:{kind}"
        self.kind = kind
        self.template = template
        self.fingerprint = f"toy-{kind}-{template}-{pooling}"
        self.remarks = ["a word or two"] if kind == "remarking" else []

    def encode(
        self, sentences: str | Sequence[str], *, batch_size: int = 256, show_progress_bar: bool = False, **_: Any
    ) -> NDArray[np.float32]:
        CALLS.append(1 if isinstance(sentences, str) else len(sentences))
        if self.kind == "broken":
            raise MemoryError("the toy has no memory left")
        if self.kind == "slow":
            time.sleep(0.3)
        texts = [sentences] if isinstance(sentences, str) else sentences
        return super().encode([f"{self.template} {text}" if self.template != "none" else text for text in texts])


def load(rest: str, **settings: Any) -> HashingEncoder:
    """Load ``toy:KIND``."""
    if rest == "missing":
        raise OSError("the disk is gone <script>")
    return LabellingEncoder() if rest == "labelling" else ToyEncoder(rest, **settings)


HOME = "tests.benchmark.grids:load"


def write_ieb(folder: Path) -> Path:
    """Write both tests: 24 texts of four tasks, and pairs of neighbours."""
    folder.mkdir(parents=True)
    rows = [(f"{verb} a {thing} {number}", f"{verb}|{thing}") for verb in VERBS for number, thing in enumerate(THINGS)]
    tasks: dict[str, Any] = {f"{verb}|thing": {"samples": []} for verb in VERBS}
    for text, label in rows:
        tasks[f"{label.split('|')[0]}|thing"]["samples"].append({"instruction": text})
    pairs = [
        {
            "instruction1": one,
            "intention1": label,
            "instruction2": two,
            "intention2": other,
            "label": int(label.split("|")[0] == other.split("|")[0]),
        }
        for (one, label), (two, other) in itertools.pairwise(rows)
    ]
    (folder / "eft_test.json").write_text(json.dumps(tasks))
    (folder / "intention_similarity_test.json").write_text(json.dumps(pairs))
    return folder


def main() -> None:
    """Run a grid of slow encoders, for the test that kills it: ``python -m tests.benchmark.grids IEB OUTPUT``."""
    import sys

    from taskscape.benchmark.grid import run_grid
    from taskscape.benchmark.grid_file import Contestant, Grid

    register("toy:", HOME, "for tests")
    grid = Grid(
        "slow", tuple(Contestant("toy:slow", "slow", {"template": str(i)}) for i in range(40)), Path(sys.argv[1])
    )
    run_grid(grid, sys.argv[2])


if __name__ == "__main__":
    main()
