"""An encoder of ours that also labels: embeddings and tasks from one forward pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.encoders.base import as_texts
from taskscape.encoders.layout import EncoderConfig
from taskscape.encoders.packaged import PackagedEncoder
from taskscape.tasks.heads import HEADS, read_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.encoders.packaged import Floats
    from taskscape.tasks.label import Task


class LabellingEncoder(PackagedEncoder):
    """An ONNX encoder whose heads read tasks; see `PackagedEncoder` for its parameters."""

    def encode_with_tasks(self, texts: Sequence[str]) -> tuple[Floats, list[Task]]:
        """Embed texts and read their tasks, from one forward pass.

        Parameters
        ----------
        texts
            Texts.

        Returns
        -------
        embeddings
            As `encode` gives.
        tasks
            One for each text; see `taskscape.tasks.heads`.
        """
        given = as_texts(texts)[0]
        embeddings, outputs = self.encode_with_heads(given)
        return embeddings, read_tasks(given, outputs, self.config.text_heads)

    def tasks(self, texts: Sequence[str]) -> list[Task]:
        """Read the tasks of texts; see `encode_with_tasks`, whose embeddings cost nothing more."""
        return self.encode_with_tasks(texts)[1]

    def label(self, texts: Sequence[str]) -> list[Task]:
        """Read the tasks of texts, as a labeller of `taskscape.tasks` is asked to."""
        return self.tasks(texts)


def load(folder: str | Path, **settings: Any) -> PackagedEncoder:
    """Load an encoder from a folder: one that labels where the folder has the heads for it.

    Parameters
    ----------
    folder
        A folder that `taskscape.training.export` wrote.
    **settings
        Of `PackagedEncoder`.

    Returns
    -------
    PackagedEncoder
        The encoder.

    Raises
    ------
    EncoderError
        The folder holds no such encoder.
    """
    config = EncoderConfig.read(Path(folder))
    labels = all(name in config.text_heads for name in HEADS)
    return (LabellingEncoder if labels else PackagedEncoder)(folder, **settings)
