"""A trained folder → an encoder that runs without torch, and the proof that it gives the same vectors.

``python -m taskscape.training.export FOLDER OUTPUT [--int8] [--check TEXTS]`` exports a BERT or sentence-transformers
folder, with the task heads that training put beside it unless ``--no-heads`` is given, and with ``--check`` compares
both on a file of texts, one a line. ``--minilm`` in place of the folder exports MiniLM from the extra ``minilm``.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taskscape.encoders.exporting import export
from taskscape.encoders.labelling import load
from taskscape.encoders.layout import EncoderConfig
from taskscape.encoders.shipped import export_minilm, minilm_folder
from taskscape.encoders.transformer import SentenceTransformersEncoder
from taskscape.errors import TaskscapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["agreement", "export"]


def agreement(folder: str | Path, output: str | Path, texts: Sequence[str]) -> NDArray[np.float32]:
    """Compare an exported encoder with the folder it came from, run by sentence-transformers.

    Parameters
    ----------
    folder
        sentence-transformers folder.
    output
        What `export` made of it.
    texts
        Texts that fit into one window; of a longer one sentence-transformers reads the head only.

    Returns
    -------
    ndarray
        float32 ``(n,)``, the cosine of both embeddings of each text: above .9999 for float32, above .99 for 8 bits.
    """
    theirs = SentenceTransformersEncoder(str(folder), device="cpu").encode(texts)
    ours = load(output).encode(texts)
    return np.asarray((theirs * ours).sum(axis=1))


def main() -> None:
    """Read the command line and export; what cannot be exported is told in one line."""
    parser = argparse.ArgumentParser(prog="python -m taskscape.training.export", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="BERT or sentence-transformers folder")
    parser.add_argument("output", type=Path, help="folder to write")
    parser.add_argument("--minilm", action="store_true", help="export MiniLM; no folder is given then")
    parser.add_argument("--int8", action="store_true", help="8-bit weights and products")
    parser.add_argument("--no-heads", action="store_true", help="leave the task heads out: embeddings alone")
    parser.add_argument("--check", type=Path, metavar="TEXTS", help="compare with sentence-transformers on these texts")
    given = parser.parse_args()
    if given.minilm == bool(given.folder):
        parser.error("give either a folder or --minilm")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        _export(given)
    except TaskscapeError as error:
        parser.exit(error.exit_code, f"{parser.prog}: {error}\n")


def _export(given: argparse.Namespace) -> None:
    log = logging.getLogger("taskscape.training.export")
    if given.minilm:
        export_minilm(given.output, quantise=given.int8)
    else:
        export(given.folder, given.output, quantise=given.int8, heads={} if given.no_heads else None)
        classes = EncoderConfig.read(given.output).text_heads
        found = ", ".join(f"{name} ({len(members)} classes)" for name, members in classes.items())
        log.info("task heads: %s", found or "none, it gives no labels")
    size = sum(file.stat().st_size for file in given.output.iterdir())
    log.info("%s: %.1f MB", given.output, size / 1e6)
    if given.check:
        texts = given.check.read_text(encoding="utf-8").splitlines()
        cosines = agreement(given.folder or minilm_folder(), given.output, texts)
        log.info("cosine to sentence-transformers: mean %.5f, lowest %.5f", cosines.mean(), cosines.min())


if __name__ == "__main__":
    main()
