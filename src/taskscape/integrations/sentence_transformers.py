"""Our encoders as sentence-transformers models, and as folders that it opens. Needs ``taskscape[st]``.

Whatever takes a `SentenceTransformer`, or the path of one, so takes our encoders: indexes, evaluators, training of
rankers on top. The folder holds the name of the encoder, not its weights: taskscape must be installed where it is
opened. The network runs in onnxruntime on the processor as always; torch only carries the rows. Prompts and
``truncate_dim`` are sentence-transformers' own and work as there. The encoders are not trained further in this form;
`taskscape train` writes a folder of plain torch weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from taskscape.encoders import load_encoder
from taskscape.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import InputModule
else:
    InputModule = require("sentence_transformers.base.modules", purpose="TaskModule").InputModule

_WHERE = ("subfolder", "token", "cache_folder", "revision", "local_files_only")  # of what loading a module is given


class TaskModule(InputModule):  # type: ignore[misc]
    """Texts in, task embeddings out: the one module of such a model.

    Parameters
    ----------
    encoder
        What `taskscape.load_encoder` takes.

    Raises
    ------
    EncoderError
        There is no such encoder.
    """

    config_keys: ClassVar[list[str]] = ["encoder"]

    def __init__(self, encoder: str = "default") -> None:
        super().__init__()
        self.encoder = encoder
        self._loaded = load_encoder(encoder)

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Hand the texts on: the encoder has its own tokenizer."""
        return {"texts": [f"{prompt or ''}{text}" for text in inputs]}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Embed; the rows go to ``sentence_embedding``, float32 of unit length."""
        import torch

        return features | {"sentence_embedding": torch.from_numpy(self._loaded.encode(features["texts"]))}

    def get_embedding_dimension(self) -> int:
        """Length of an embedding."""
        return self._loaded.dimension

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Write the name of the encoder."""
        self.save_config(output_path)

    @classmethod
    def load(cls, model_name_or_path: str, **settings: Any) -> Self:
        """Read it back."""
        where = {name: value for name, value in settings.items() if name in _WHERE}
        return cls(**cls.load_config(model_name_or_path, **where))


def as_sentence_transformer(encoder: str = "default") -> SentenceTransformer:
    """Give an encoder as a `SentenceTransformer`.

    Parameters
    ----------
    encoder
        What `taskscape.load_encoder` takes.

    Returns
    -------
    SentenceTransformer
        Its ``encode`` gives the rows that the encoder gives; ``save_pretrained(folder)`` writes a folder that
        ``SentenceTransformer(folder, trust_remote_code=True)`` opens where taskscape is installed; the flag is what
        sentence-transformers asks for before it imports a module that is not its own.

    Raises
    ------
    EncoderError
        There is no such encoder.
    MissingExtraError
        sentence-transformers is not installed.
    """
    library = require("sentence_transformers", purpose="as_sentence_transformer")
    model: SentenceTransformer = library.SentenceTransformer(modules=[TaskModule(encoder)], device="cpu")
    return model
