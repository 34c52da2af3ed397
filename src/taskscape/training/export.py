"""A trained folder → an encoder that runs without torch, and the proof that it gives the same vectors.

``python -m taskscape.training.export FOLDER OUTPUT [--int8]`` exports a BERT or sentence-transformers folder;
``python -m taskscape.training.export --minilm [OUTPUT]`` exports MiniLM in 8 bits, by default to where the package
keeps its own encoder, which serves until one is trained.
"""

from __future__ import annotations

from taskscape.encoders.exporting import export

__all__ = ["export"]
