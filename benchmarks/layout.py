"""Which layout for the map: time, memory and what is kept of the neighbourhoods.

    python -m benchmarks.layout DATA [--rows N] [--methods ours umap pacmap pca]

Each method runs in a fresh process, so that its time holds the import and, for umap and pacmap (``pip install
umap-learn pacmap``), the compilation that their first use in a process needs. ``kept`` is the share of a row's 15
nearest rows by cosine that are among its 15 nearest on the map; ``label`` the share of rows whose nearest row on the
map has the same label, where DATA has labels (``label@cosine``: the same before the layout).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

K = 15
METHODS = ("pca", "ours", "umap", "pacmap")


def lay_out(method: str, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make the map by one method."""
    warnings.simplefilter("ignore")
    if method == "pca":
        from sklearn.decomposition import PCA

        return np.asarray(PCA(2, random_state=0).fit_transform(embeddings), np.float32)
    if method == "ours":
        from taskscape.analysis import project

        return project(embeddings).coordinates
    if method == "umap":
        import umap

        return np.asarray(umap.UMAP(metric="cosine", random_state=0, n_jobs=1).fit_transform(embeddings), np.float32)
    import pacmap

    return np.asarray(pacmap.PaCMAP(random_state=0).fit_transform(embeddings, init="pca"), np.float32)


def nearest_on_map(coordinates: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the K nearest points of some rows, without themselves."""
    from scipy.spatial import cKDTree

    found = np.asarray(cKDTree(coordinates).query(coordinates[rows], K + 1)[1])
    return np.array([[other for other in line if other != row][:K] for line, row in zip(found, rows, strict=True)])


def peak_mb() -> float:
    """Give the peak of this process; the kernel's ru_maxrss would count the parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(method: str, folder: Path) -> None:
    """Run one method in this process and print its figures as JSON."""
    embeddings = np.load(folder / "embeddings.npy")
    start = time.perf_counter()
    coordinates = lay_out(method, embeddings)
    seconds = time.perf_counter() - start
    mb = peak_mb()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    from taskscape.vectors import nearest

    rows = np.random.default_rng(0).permutation(len(embeddings))[:4000]
    before = nearest(embeddings, k=K).indices[rows]
    after = nearest_on_map(coordinates, rows)
    kept = np.mean([len(set(a) & set(b)) / K for a, b in zip(before.tolist(), after.tolist(), strict=True)])
    figures: dict[str, Any] = {
        "seconds": seconds,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "mb": mb,
        "kept": float(kept),
    }
    labels = np.array(json.loads((folder / "labels.json").read_text()))
    if len(labels):
        figures["label"] = float(np.mean(labels[after[:, 0]] == labels[rows]))
        figures["label@cosine"] = float(np.mean(labels[before[:, 0]] == labels[rows]))
    sys.stdout.write(json.dumps(figures))


def main() -> None:
    """Prepare the embeddings once, run each method, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="instruction file, or with --measure the prepared folder")
    parser.add_argument("--rows", type=int, help="a seeded sample of so many rows")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    parser.add_argument("--encoder", default="default")
    parser.add_argument("--measure", choices=METHODS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, Path(options.data))
        return
    from taskscape.encoders import load_encoder
    from taskscape.records import open_dataset
    from taskscape.vectors import embed

    dataset = open_dataset(options.data)
    embeddings = embed(dataset, encoder=load_encoder(options.encoder)).embeddings().astype(np.float32)
    labels = dataset.labels() if dataset.labelled else []
    if options.rows:
        chosen = np.random.default_rng(0).permutation(len(embeddings))[: options.rows]
        embeddings, labels = embeddings[chosen], [labels[row] for row in chosen] if labels else []
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "embeddings.npy", embeddings)
        (Path(folder) / "labels.json").write_text(json.dumps(labels))
        print(f"{len(embeddings):,} rows of {options.data}, encoder {options.encoder}")
        print("| method | seconds | processor s | MB | kept | label | label@cosine |\n|---|---|---|---|---|---|---|")
        for method in options.methods:
            command = [sys.executable, "-m", "benchmarks.layout", folder, "--measure", method]
            figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            shown = [f"{figures.get(name, float('nan')):.3f}" for name in ("kept", "label", "label@cosine")]
            print(
                f"| {method} | {figures['seconds']:.1f} | {figures['processor_seconds']:.1f} | {figures['mb']:.0f} | "
                + " | ".join(shown)
                + " |",
                flush=True,
            )


if __name__ == "__main__":
    main()
