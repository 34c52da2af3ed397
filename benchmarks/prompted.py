"""What a prompt does for a small encoder: rows of the IEB for MiniLM, plain and inside PIE's prompt.

Usage: ``python -m benchmarks.prompted IEB_FOLDER [--model FOLDER] [SETTINGS …]``. SETTINGS are what follows the
question mark in the name of an encoder ``hf:``; by default mean pooling without and with PIE's prompt. Also prints by
how much ``hf:`` with mean pooling differs from the encoder ``minilm`` on the test's instructions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from taskscape.benchmark.evaluation import evaluate
from taskscape.benchmark.ieb import read_ieb
from taskscape.encoders import load_encoder
from taskscape.encoders.shipped import minilm_folder

COMPARED = 512  # texts
SETTINGS = ["pooling=mean", "template=pie&pooling=mean"]


def main() -> None:
    """Print a row for each setting."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ieb", type=Path)
    parser.add_argument("settings", nargs="*", default=SETTINGS)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    folder = options.model or minilm_folder()
    tests = read_ieb(options.ieb)
    if options.model is None:
        texts = tests.labelled.texts[:COMPARED]
        apart = load_encoder(f"hf:{folder}?pooling=mean").encode(texts) - load_encoder("minilm").encode(texts)
        print(f"largest difference of a number, hf: with mean pooling and minilm: {np.abs(apart).max():.1e}")
    print("| settings | ARI | purity | homog. | silh. | P@1 | IIS | AUC | texts/s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for settings in options.settings:
        scores = evaluate(load_encoder(f"hf:{folder}?{settings}"), tests, seeds=1)
        ict, iis = scores.clustering, scores.similarity
        assert iis is not None  # noqa: S101 (read_ieb gives both tests)
        figures = (
            ict.ari,
            ict.purity,
            ict.homogeneity,
            ict.silhouette,
            scores.precision_at_1,
            iis.spearman,
            iis.auc,
        )
        cells = " | ".join(f"{figure:.3f}" for figure in figures)
        print(f"| `{settings}` | {cells} | {scores.texts_per_second:.0f} |", flush=True)


if __name__ == "__main__":
    main()
