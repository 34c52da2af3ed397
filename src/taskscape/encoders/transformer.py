"""Any sentence-transformers model as an encoder (``st:PATH_OR_ID``; extra ``st``).

Nothing is fetched unless asked for: an id that is not in the local cache of models needs ``download=True``, or the
model's folder in place of the id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.base import as_texts, digest, unit_rows
from taskscape.errors import EncoderError
from taskscape.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class SentenceTransformersEncoder:
    """A sentence-transformers model.

    Parameters
    ----------
    path
        Folder or hub id.
    device
        ``"cpu"``, ``"cuda"`` …; by default the model's own choice.
    prompt
        Put before each text.
    download
        Allow a fetch from the hub.

    Raises
    ------
    MissingExtraError
        sentence-transformers is not installed.
    EncoderError
        There is no such model.
    """

    def __init__(self, path: str, *, device: str | None = None, prompt: str = "", download: bool = False) -> None:
        library = require("sentence_transformers", purpose=f"The encoder st:{path}")
        try:
            self.model: Any = library.SentenceTransformer(path, device=device, local_files_only=not download)
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"sentence-transformers cannot open {path!r}: {_why(error, download=download)}"
            ) from error
        self.name = f"st:{path}"
        self.prompt = prompt
        self.dimension = int(self.model.get_embedding_dimension())
        self.fingerprint = self._fingerprint()

    def encode(self, sentences: str | Sequence[str], *, batch_size: int = 32, **_: Any) -> NDArray[np.float32]:
        """Embed texts; see `taskscape.encoders.base.Encoder.encode`."""
        texts, single = as_texts(sentences)
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self.model.encode(
            [self.prompt + text for text in texts],
            batch_size=batch_size,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        rows = unit_rows(np.asarray(vectors, dtype=np.float32), self.name)
        return rows[0] if single else rows

    def _fingerprint(self) -> str:
        """Hash weights, words, the make-up of the modules, and the prompt."""
        weights = (
            name.encode() + np.ascontiguousarray(value.detach().cpu().float().numpy()).tobytes()
            for name, value in sorted(self.model.state_dict().items())
        )
        vocabulary = repr(sorted(self.model.tokenizer.get_vocab().items())).encode()
        return digest(*weights, vocabulary, f"{self.model} {self.prompt}".encode())


def _why(error: Exception, *, download: bool) -> str:
    """Say why a model cannot be opened, and what to do."""
    told = str(error)
    if "taskscape.training.modules" in told:
        return (
            "it holds layers of taskscape's own. It is a checkpoint of an unfinished run of `taskscape train`: finish "
            "the run with --resume, and give the folder that -o named; or a stage of our models: give its export."
        )
    if "trust_remote_code" in told:
        return "it names code beside sentence-transformers' own, which is not run; an encoder of taskscape has a name."
    return told if download else f"{told} Give the path of its folder, or download=True for an id on the hub."


def load(path: str, **settings: Any) -> SentenceTransformersEncoder:
    """Load a sentence-transformers model; see `SentenceTransformersEncoder`."""
    return SentenceTransformersEncoder(path, **settings)
