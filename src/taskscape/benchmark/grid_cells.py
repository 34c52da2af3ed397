"""The cells of a grid: one encoder at one test, each measure computed once and kept under a hash of what decides it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from taskscape.analysis.measures import precision_at
from taskscape.benchmark.cluster_scores import score_clusters, score_groups
from taskscape.benchmark.clusterings import SEEDLESS
from taskscape.benchmark.evaluation import NEIGHBOURS, pair_cosines, pair_scores, texts_of
from taskscape.benchmark.ieb import Ieb, read_ieb
from taskscape.benchmark.label_line import TaskLabels, label_agreement
from taskscape.benchmark.labelled import read_labelled_file
from taskscape.encoders import Fitted
from taskscape.encoders.base import digest, labels_too
from taskscape.errors import DataError
from taskscape.records import open_dataset
from taskscape.tasks.labelling import rules_fingerprint
from taskscape.vectors.embedding import embed
from taskscape.vectors.files import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.benchmark.grid_file import Grid
    from taskscape.encoders import Encoder

    Measure = Callable[[], Any]

CELL_VERSION = 2  # raised when a measure changes, so that old cells are not taken for new ones
SHARD_ROWS = 512  # texts that a kill loses at most: some seconds of a 7B model
LABEL_LINE = "labels as clusters"


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a grid, read.

    Attributes
    ----------
    name
        In the table: ``"IEB"`` or the name of a labelled file.
    ieb
        Its texts, labels and pairs.
    k
        Number of clusters; None for as many as tasks.
    key
        Hash of texts, labels and pairs.
    """

    __test__ = False  # for pytest, which takes a class of this name for its own

    name: str
    ieb: Ieb
    k: int | None
    key: str


def read_tests(grid: Grid) -> list[Test]:
    """Read the texts, labels and pairs of all tests of a grid.

    Raises
    ------
    DataError
        One cannot be read, or two have one name.
    """
    read: list[tuple[str, Ieb, int | None]] = [("IEB", read_ieb(grid.ieb), None)] if grid.ieb is not None else []
    for one in grid.labelled:
        found = read_labelled_file(
            one.file, text_field=one.text_field, label_field=one.label_field, cap=one.cap, seed=grid.seed
        )
        read.append((one.shown, Ieb(found.labelled), one.k))
    names = [name for name, _, _ in read]
    if len(set(names)) < len(names):
        raise DataError(f"two tests of the grid have one name ({', '.join(names)}): name them by `as:`.")
    return [Test(name, ieb, k, _content(ieb)) for name, ieb, k in read]


def _content(ieb: Ieb) -> str:
    told: list[Any] = [ieb.labelled.texts, ieb.labelled.labels]
    if ieb.pairs is not None:
        told += [ieb.pairs.first, ieb.pairs.second, ieb.pairs.same.tolist(), ieb.pairs.tasks]
    return digest(orjson.dumps(told))


class Bench:
    """One encoder at one test: the measures, and what they share, computed when the first of them asks for it."""

    def __init__(self, encoder: Encoder | TaskLabels, test: Test, grid: Grid, folder: Path) -> None:
        self.encoder = encoder
        self.test = test
        self.grid = grid
        self.folder = folder
        self.texts, self.both_texts = texts_of(test.ieb)
        if isinstance(encoder, Fitted):
            encoder.fit([*self.texts, *self.both_texts])

    def measures(self) -> Iterator[tuple[str, dict[str, Any], Measure]]:
        """List name, deciding settings and computation of every cell."""
        seeds = {"seed": self.grid.seed, "seeds": self.grid.seeds}
        labelled = self.test.ieb.labelled
        if isinstance(self.encoder, TaskLabels):
            yield LABEL_LINE, {}, lambda: asdict(score_groups(self._tasks, labelled.labels))
        else:
            for name in self.grid.clusterings:
                told = {"k": self.test.k, **(seeds if name not in SEEDLESS else {"seed": self.grid.seed})}
                yield name, told, self._clusters(name)
            yield "neighbours", {"depths": list(NEIGHBOURS)}, self._neighbours
        if self.test.ieb.pairs is not None:
            yield "pairs", {"seen": sorted(self.grid.seen) if self.grid.seen is not None else None}, self._pairs
        if isinstance(self.encoder, TaskLabels) or labels_too(self.encoder):
            # An encoder's fingerprint is that of its weights; what its heads say is read by rules.
            yield "labels", {"rules": rules_fingerprint()}, self._labels

    def cell(self, measure: str, settings: dict[str, Any], compute: Measure) -> tuple[dict[str, Any], bool]:
        """Give a cell, from its file or by computing it now; and whether it was computed."""
        fingerprint = self.encoder.fingerprint
        told = {"version": CELL_VERSION, "fingerprint": fingerprint, "content": self.test.key, "measure": measure}
        told |= settings
        path = self.folder / "cells" / f"{digest(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))}.json"
        kept = _read_cell(path)
        if kept is None:
            began = time.perf_counter()
            figures = compute()
            kept = {"figures": figures, "seconds": round(time.perf_counter() - began, 3), "decided_by": told}
            write_bytes(path, json.dumps(kept, indent=1).encode())
            computed = True
        else:
            computed = False
        cell = {
            "test": self.test.name,
            "measure": measure,
            "fingerprint": fingerprint,
            "dimension": getattr(self.encoder, "dimension", 0),
            "figures": kept["figures"],
            "seconds": kept["seconds"],
        }
        return cell, computed

    def _clusters(self, name: str) -> Measure:
        labels = self.test.ieb.labelled.labels

        def compute() -> dict[str, Any]:
            return asdict(
                score_clusters(
                    self._embeddings,
                    labels,
                    clustering=name,
                    k=self.test.k,
                    seed=self.grid.seed,
                    seeds=self.grid.seeds,
                )
            )

        return compute

    def _neighbours(self) -> dict[str, float]:
        found = precision_at(self._embeddings, self.test.ieb.labelled.labels, NEIGHBOURS)
        return {f"precision_at_{depth}": value for depth, value in zip(NEIGHBOURS, found, strict=True)}

    def _pairs(self) -> dict[str, Any]:
        pairs = self.test.ieb.pairs
        if isinstance(self.encoder, TaskLabels) and pairs is not None:
            names = [str(task) for task in self.encoder.label([*pairs.first, *pairs.second])]
            half = len(names) // 2
            similarities: NDArray[Any] = np.array(
                [one == two for one, two in zip(names[:half], names[half:], strict=True)]
            )
        else:
            similarities = pair_cosines(self._encoded(self.both_texts))
        everything, unseen = pair_scores(similarities, pairs, self.grid.seen)
        return {"all": asdict(everything) if everything else None, "unseen": asdict(unseen) if unseen else None}

    def _labels(self) -> dict[str, Any] | None:
        labelled = self.test.ieb.labelled
        if isinstance(self.encoder, TaskLabels):
            tasks = self.encoder.label(labelled.texts)
        else:
            tasks = self.encoder.encode_with_tasks(labelled.texts)[1]  # type: ignore[attr-defined]
        found = label_agreement(labelled.labels, tasks)
        return None if found is None else asdict(found)

    @cached_property
    def _tasks(self) -> list[str]:
        assert isinstance(self.encoder, TaskLabels)  # noqa: S101 (only asked for by its measures)
        return [str(task) for task in self.encoder.label(self.test.ieb.labelled.texts)]

    @cached_property
    def _embeddings(self) -> NDArray[np.float32]:
        return self._encoded(self.texts)

    def _encoded(self, texts: list[str]) -> NDArray[np.float32]:
        """Embed texts into a store of the results, or find them there."""
        assert not isinstance(self.encoder, TaskLabels)  # noqa: S101 (only asked for by measures of encoders)
        if isinstance(self.encoder, Fitted):
            return self.encoder.encode(texts)  # quick, and as wide as the corpus has words: not worth the disk
        lines = b"".join(orjson.dumps({"text": text}) + b"\n" for text in texts)
        name = digest(lines)
        source = self.folder / "texts" / f"{name}.jsonl"
        if not source.is_file():
            write_bytes(source, lines)
        store = embed(
            open_dataset(source, field="text", strict=True),
            encoder=self.encoder,
            store=self.folder / "embeddings" / digest(self.encoder.fingerprint.encode(), name.encode()),
            dtype="float32",
            shard_rows=SHARD_ROWS,
        )
        return np.asarray(store.embeddings(), np.float32)


def _read_cell(path: Path) -> dict[str, Any] | None:
    """Read a cell that is there; one that cannot be read is computed anew."""
    try:
        kept = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return kept if isinstance(kept, dict) and {"figures", "seconds"} <= kept.keys() else None
