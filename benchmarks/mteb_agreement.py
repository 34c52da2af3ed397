"""Prints the figures of both IEB tests as `mteb` measures them and as ``taskscape bench`` does, and their difference.

    python -m benchmarks.mteb_agreement DIR static default

DIR holds the published IEB files. Needs the extra ``mteb``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import mteb

from taskscape.benchmark.evaluation import evaluate
from taskscape.benchmark.ieb import read_ieb
from taskscape.benchmark.mteb import ieb_tasks, model_meta
from taskscape.encoders import load_encoder


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("encoders", nargs="+")
    given = parser.parse_args()
    for name in given.encoders:
        done = mteb.evaluate(model_meta(name), ieb_tasks(given.folder), cache=None, show_progress_bar=False)
        clusters, pairs = (result.scores["test"][0] for result in done.task_results)
        ours = evaluate(load_encoder(name), read_ieb(given.folder))
        if ours.similarity is None:
            raise SystemExit(f"{given.folder} holds no pairs")
        rows = [
            ("ARI", clusters["ari"], ours.clustering.ari),
            ("ARI, mean of seeds", clusters["ari_mean"], ours.clustering.ari_mean),
            ("purity", clusters["purity"], ours.clustering.purity),
            ("homogeneity", clusters["homogeneity"], ours.clustering.homogeneity),
            ("V", clusters["v_measure"], ours.clustering.v_measure),
            ("silhouette", clusters["silhouette"], ours.clustering.silhouette or 0.0),
            ("IIS Spearman", pairs["cosine_spearman"], ours.similarity.spearman),
            ("IIS AUC", pairs["cosine_auc"], ours.similarity.auc),
        ]
        for figure, theirs, own in rows:
            print(f"{name:10} {figure:20} mteb {theirs:.6f}  bench {own:.6f}  difference {abs(theirs - own):.1e}")


if __name__ == "__main__":
    main()
