"""What an encoder is, and the registry in which encoders are found by name.

`load_encoder` takes what a user types: a name (``default``, ``minilm``, ``tfidf`` …), a prefixed name
(``st:PATH_OR_ID``) or a folder that holds an encoder of ours. Another module adds its own by one line, `register`;
what it names is imported only when somebody asks for it, so that the registry costs nothing.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from taskscape.errors import DataError, EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into unit vectors; ``encode`` can be called as sentence-transformers' is.

    Attributes
    ----------
    name
        What a user types, and a manifest records.
    dimension
        Length of an embedding.
    fingerprint
        Hash of weights, tokenizer, prompt and pooling: equal fingerprint, equal vectors.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 (told above)
    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def fingerprint(self) -> str: ...  # noqa: D102

    def encode(
        self, sentences: str | Sequence[str], *, batch_size: int = 256, show_progress_bar: bool = False, **_: Any
    ) -> NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        sentences
            Texts, or a single one.
        batch_size
            At most so many texts go through the network together.
        show_progress_bar
            Accepted for compatibility; encoders of ours never draw.

        Returns
        -------
        ndarray
            float32 rows of unit length, shape ``(n, dimension)``; ``(dimension,)`` for a single text.
        """
        ...


@runtime_checkable
class Fitted(Protocol):
    """An encoder that must see the corpus before it can embed: TF-IDF."""

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn from the texts that are to be embedded."""
        ...


@dataclass(frozen=True, slots=True)
class Registration:
    """An encoder that can be asked for.

    Attributes
    ----------
    name
        What a user types; one that ends in a colon is a prefix, and what follows it goes to the loader.
    home
        ``"module:function"`` that loads it: ``function(rest, **settings)``.
    summary
        One line for people.
    rest
        What follows a prefix, for people.
    """

    name: str
    home: str
    summary: str
    rest: str = ""


_REGISTRY: dict[str, Registration] = {}


def register(name: str, home: str, summary: str, rest: str = "") -> None:
    """Make an encoder known by name.

    Parameters
    ----------
    name
        Name, or a prefix that ends in a colon.
    home
        ``"package.module:function"``, imported on first use. The function is called with what follows the name (empty
        for a plain name) and with the settings given to `load_encoder`.
    summary
        One line for people.
    rest
        What follows a prefix, for people: ``"PATH_OR_ID"``.
    """
    _REGISTRY[name] = Registration(name, home, summary, rest)


def registered_encoders() -> list[Registration]:
    """All encoders that can be asked for, in the order of their registration."""
    return list(_REGISTRY.values())


_SHORTEST = 1e-15  # a float32 loses the squares of much shorter rows
_HERE = "taskscape.encoders"
register("default", f"{_HERE}.shipped:load_default", "the encoder in this package: four layers, embeds and labels")
register("large", f"{_HERE}.shipped:load_large", "six layers: nearer to what users say, half as fast")
register("static", f"{_HERE}.shipped:load_static", "token tables in this package: fastest, needs no onnxruntime")
register("minilm", f"{_HERE}.shipped:load_minilm", "all-MiniLM-L6-v2, 32-bit weights (extra: minilm)")
register("minilm-int8", f"{_HERE}.shipped:load_minilm_int8", "all-MiniLM-L6-v2, 8-bit weights (extra: minilm)")
register("tfidf", f"{_HERE}.baselines:load_tfidf", "TF-IDF of words: a baseline, fitted on the texts it is to embed")
register("random", f"{_HERE}.baselines:load_random", "a random direction for each text: the floor of any figure")
register("st:", f"{_HERE}.transformer:load", "any sentence-transformers model (extra: st)", "PATH_OR_ID")
register(
    "hf:", f"{_HERE}.prompted:load", "any causal or masked language model, with a prompt (extra: torch)", "PATH_OR_ID"
)
register("openai:", f"{_HERE}.remote:load", "a server with /v1/embeddings (extra: remote)", "MODEL@BASE_URL")


def load_encoder(name: str | Path, **settings: Any) -> Encoder:
    """Load an encoder.

    Parameters
    ----------
    name
        A registered name (``taskscape encoders`` lists them), a prefix with what it names (``"st:my/model"``), or the
        path of a folder that holds an encoder of ours.
    **settings
        Settings of that encoder, such as ``threads`` or ``max_tokens``.

    Returns
    -------
    Encoder
        The encoder.

    Raises
    ------
    EncoderError
        No encoder has that name, or its files are none, or it has no such setting.
    MissingExtraError
        The encoder needs a package that is not installed.
    """
    found = _find(str(name))
    if found is None:
        known = ", ".join(entry.name + ("…" if entry.name.endswith(":") else "") for entry in _REGISTRY.values())
        raise EncoderError(f"there is no encoder {str(name)!r}. Known: {known}, or the folder of an exported encoder.")
    load, rest = found
    try:
        encoder: Encoder = load(rest, **settings)
    except TypeError as error:
        if settings and "unexpected keyword argument" in str(error):
            raise EncoderError(f"encoder {str(name)!r} does not know a setting that was given: {error}") from error
        raise
    return encoder


def is_encoder(name: str) -> bool:
    """Tell whether `load_encoder` knows a name, or whether it is a folder, without loading it."""
    return _find(name) is not None


def labels_too(encoder: Any) -> bool:
    """Tell whether an encoder labels: it has the method, and where it tells of heads for it, has these too."""
    return callable(getattr(encoder, "encode_with_tasks", None)) and bool(getattr(encoder, "has_heads", True))


def _find(name: str) -> tuple[Callable[..., Any], str] | None:
    """Find the loader, and the rest of the name that it gets."""
    prefix = name.partition(":")[0] + ":"
    if name in _REGISTRY and not name.endswith(":"):
        return _imported(_REGISTRY[name].home), ""
    if prefix in _REGISTRY and len(name) > len(prefix):
        return _imported(_REGISTRY[prefix].home), name[len(prefix) :]
    if Path(name).is_dir():
        kind = "static" if (Path(name) / "static.npz").is_file() else "labelling"
        return _imported(f"{_HERE}.{kind}:load"), name
    return None


def _imported(home: str) -> Callable[..., Any]:
    module, _, function = home.partition(":")
    loader: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loader


def as_encoder(candidate: Any, *, name: str | None = None) -> Encoder:
    """Make an encoder of anything that has ``encode``.

    Parameters
    ----------
    candidate
        An encoder (given back as it is), or an object whose ``encode(texts)`` gives one vector for each text: a
        sentence-transformers or model2vec model, or your own.
    name
        Its name in tables and manifests; by default the name of its class.

    Returns
    -------
    Encoder
        The encoder, which checks shapes and makes rows unit length.

    Raises
    ------
    EncoderError
        The object has no ``encode``.
    """
    if isinstance(candidate, Encoder):
        return candidate
    if not callable(getattr(candidate, "encode", None)):
        raise EncoderError(f"a {type(candidate).__name__} is no encoder: it has no method `encode(texts)`.")
    return _Adapted(candidate, name or type(candidate).__name__)


PROBE = (
    "Write a poem about the sea.",
    "What is the capital of France?",
    "def f(x): return x",
)  # for _Adapted.fingerprint


class _Adapted:
    """A foreign object as an `Encoder`. Its fingerprint is a hash of its vectors of three fixed texts."""

    def __init__(self, candidate: Any, name: str) -> None:
        self._candidate = candidate
        self.name = name
        probe = unit_rows(self._raw(list(PROBE)), name)
        self.dimension = probe.shape[1]
        self.fingerprint = digest(name.encode(), probe.round(3).tobytes())

    def _raw(self, texts: list[str]) -> NDArray[np.float32]:
        vectors = np.asarray(self._candidate.encode(texts), dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise EncoderError(f"encoder {self.name!r} gave an array of shape {vectors.shape} for {len(texts)} texts.")
        return vectors

    def encode(self, sentences: str | Sequence[str], **_: Any) -> NDArray[np.float32]:
        """Embed texts as float32 rows of unit length."""
        texts, single = as_texts(sentences)
        rows = unit_rows(self._raw(texts), self.name) if texts else np.empty((0, self.dimension), np.float32)
        return rows[0] if single else rows


def as_texts(sentences: str | Sequence[str]) -> tuple[list[str], bool]:
    """Check what was given to ``encode``.

    Parameters
    ----------
    sentences
        One text, or a sequence of them.

    Returns
    -------
    texts
        A list of strings.
    single
        True where one text was given.

    Raises
    ------
    DataError
        An entry is not a string; names its position.
    """
    if isinstance(sentences, str):
        return [sentences], True
    texts = list(sentences)
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"text {position} (counted from 0) is not a string but a {type(text).__name__}.")
    return [str(text) for text in texts] if any(type(text) is not str for text in texts) else texts, False


def unit_rows(vectors: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    """Scale rows to unit length; a row of zeros (a text without a known word) stays as it is.

    Raises
    ------
    EncoderError
        A number is not finite.
    """
    if not np.isfinite(vectors).all():
        bad = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise EncoderError(f"encoder {name!r} gave a vector that is not finite, for text {bad} of its batch.")
    return of_unit_length(vectors)


def of_unit_length(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Copy rows as float32 of unit length.

    A row of zeros, or with a number that is not finite, stays as it is.
    """
    with np.errstate(over="ignore"):  # set right below
        rows = np.array(vectors, np.float32, order="C")
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    measured = (lengths > _SHORTEST) & (lengths < np.inf)
    np.divide(rows, lengths, out=rows, where=measured)
    odd = np.flatnonzero(~measured)
    if len(odd):
        exact = np.asarray(vectors[odd], np.float64)
        largest = np.abs(exact).max(axis=1, keepdims=True, initial=0)
        exact = exact / np.where((largest > 0) & (largest < np.inf), largest, 1)
        lengths = np.linalg.norm(exact, axis=1, keepdims=True)
        rows[odd] = exact / np.where((lengths > 0) & (lengths < np.inf), lengths, 1)
    return rows


def digest(*parts: bytes) -> str:
    """Hash what decides an encoder's vectors: xxh3-128, in hex."""
    return digest_each(parts)


def digest_each(parts: Iterable[bytes]) -> str:
    """Hash many parts as `digest` does, with one in memory at a time."""
    import xxhash

    hashed = xxhash.xxh3_128()
    for part in parts:
        hashed.update(len(part).to_bytes(8, "little"))
        hashed.update(part)
    return hashed.hexdigest()


def cores() -> int:
    """Count the cores that this process may use; under a scheduler they may be fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
