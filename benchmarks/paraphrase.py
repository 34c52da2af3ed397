"""Prints what encoders reach on our paraphrase sets, on user requests and on requests buried in pasted text.

    python benchmarks/paraphrase.py default static minilm tfidf
    python benchmarks/paraphrase.py default --split dev --words 0 --json

The sets lie in ``benchmarks/data`` (its README says how they were made). Choose on ``dev``; report ``test``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from taskscape.benchmark.paraphrase import CONTEXT_WORDS, SPLITS, evaluate_paraphrase, read_sets
from taskscape.encoders.base import load_encoder
from taskscape.errors import TaskscapeError

MISSING = "–"
DATA = Path(__file__).resolve().parent / "data"
MEASURES = {
    "pairs: AUC against traps": ("pairs_auc",),
    "pairs: AUC against unrelated": ("unrelated_auc",),
    "templates: P@1": ("templates_p1",),
    "user requests: P@1": ("requests_p1",),
    "user requests: ARI": ("requests_ari",),
    **{
        f"pasted text {place}: {name}": ("long", place, key)
        for place in ("before", "after")
        for name, key in (
            ("cosine", "cosine"),
            ("5th percentile", "cosine_p5"),
            ("request found", "found"),
            ("label stays", "label"),
        )
    },
}


def _cell(scores: dict[str, Any], keys: tuple[str, ...]) -> str:
    value: Any = scores
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return MISSING if value is None else f"{value:.3f}"


def print_table(results: dict[str, dict[str, Any]]) -> None:
    """Show one row per measure and one column per encoder, which stays readable with any number of measures."""
    table = Table("measure", *results)
    for measure, keys in MEASURES.items():
        cells = [_cell(scores, keys) for scores in results.values()]
        if set(cells) != {MISSING}:
            table.add_row(measure, *cells)
    table.add_row("seconds", *(f"{scores['seconds']:.1f}" for scores in results.values()))
    Console().print(table)


def main() -> int:
    """Read the flags, measure each encoder, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoders", nargs="+", help="names that taskscape --encoder takes")
    parser.add_argument("--split", choices=SPLITS, default="test", help="half of the sets to use (default: test)")
    parser.add_argument("--words", type=int, default=CONTEXT_WORDS, help="length of pasted text; 0 leaves it out")
    parser.add_argument("--seed", type=int, default=0, help="seed of the pasted texts")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the evaluation sets")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    try:
        sets = read_sets(options.data, split=options.split)
        for name in options.encoders:
            started = time.perf_counter()
            scores = evaluate_paraphrase(load_encoder(name), sets, words=options.words, seed=options.seed)
            results[name] = {**scores.to_dict(), "seconds": time.perf_counter() - started}
    except TaskscapeError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if options.json:
        print(json.dumps({"split": options.split, "words": options.words, "encoders": results}, indent=2))
    else:
        print_table(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
