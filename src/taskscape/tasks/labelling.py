"""The one door to labels: ``label(texts) -> list[Task]``, with labellers known by name.

A labeller is anything that gives one `Task` per text. ``"default"`` is the shipped encoder, which reads the task in the
pass that embeds; ``"parser"`` is the teacher of `taskscape.tasks.syntax`, which needs spaCy; any encoder that labels is
one too, by its name or folder. Others are added with `register_labeller`.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from taskscape.tasks.label import Task


RULES = 1  # raise it when a text may get another task from the same weights: stores keep the tasks that were read


class Labeller(Protocol):
    """Gives one task per text, in order, for any text."""

    def label(self, texts: Sequence[str]) -> list[Task]:
        """Label texts."""
        ...


def _shipped() -> Labeller:
    # By name: encoders stand above tasks, so the registry points at them and does not import them.
    labeller: Labeller = importlib.import_module("taskscape.encoders.shipped").default_labeller()
    return labeller


def _parser() -> Labeller:
    from taskscape.tasks.syntax import ParserLabeller

    return ParserLabeller()


class _EncoderLabeller:
    """An encoder that labels, as a labeller."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self.fingerprint: str = encoder.fingerprint

    def label(self, texts: Sequence[str]) -> list[Task]:
        tasks: list[Task] = self._encoder.encode_with_tasks(list(texts))[1]
        return tasks


def _encoder(name: str) -> Labeller:
    base = importlib.import_module("taskscape.encoders.base")  # by name, as above
    known = (
        f"Take {', '.join(labellers())}, another encoder that labels, or the folder that "
        "`python -m taskscape.training.export` writes of a model trained with task heads."
    )
    if not base.is_encoder(name):
        raise UsageError(f"no labeller is called {name!r}. {known}")
    encoder = base.load_encoder(name)
    if not base.labels_too(encoder):
        raise UsageError(f"{name!r} reads no labels. {known}")
    return _EncoderLabeller(encoder)


_FACTORIES: dict[str, Callable[[], Labeller]] = {"default": _shipped, "parser": _parser}
_LOADED: dict[str, Labeller] = {}


def register_labeller(name: str, factory: Callable[[], Labeller]) -> None:
    """Make a labeller known by name; a name that is known is replaced.

    Parameters
    ----------
    name
        What a user types.
    factory
        Makes the labeller on first use.
    """
    _FACTORIES[name] = factory
    _LOADED.pop(name, None)


def labellers() -> list[str]:
    """List the names of labellers, sorted; any encoder that labels is one as well."""
    return sorted(_FACTORIES)


def load_labeller(name: str = "default") -> Labeller:
    """Load a labeller once and keep it; one from a folder is read anew each time.

    Parameters
    ----------
    name
        One of `labellers`, or an encoder that labels: ``large``, or a folder that `taskscape.training.export` wrote.

    Returns
    -------
    Labeller
        The same object for the same name.

    Raises
    ------
    EncoderError
        The encoder cannot be loaded.
    MissingExtraError
        The labeller needs an optional package that is not installed.
    UsageError
        The name is unknown, or the encoder does not label.
    """
    if name not in _FACTORIES and Path(name).is_dir():
        return _encoder(name)
    if name not in _LOADED:
        _LOADED[name] = _FACTORIES[name]() if name in _FACTORIES else _encoder(name)
    return _LOADED[name]


def fingerprint_of(labeller: Labeller) -> str | None:
    """Hash what decides a labeller's tasks: its weights, and the rules that read them.

    Parameters
    ----------
    labeller
        As `load_labeller` gives it, or an object of your own, whose attribute ``fingerprint`` stands for its weights.

    Returns
    -------
    str or None
        xxh3-128, in hex; None for an object that has no such attribute.

    Notes
    -----
    Cost: the parser's files are read at each call, 6 MB.
    """
    from taskscape.tasks.syntax import ParserLabeller

    weights: str | None
    if isinstance(labeller, ParserLabeller):
        files = {path: path.read_bytes() for path in sorted(labeller.folder.rglob("*")) if path.is_file()}
        weights = _digest({path.relative_to(labeller.folder).as_posix(): content for path, content in files.items()})
    else:
        weights = getattr(labeller, "fingerprint", None)
    return weights and _digest({"weights": weights.encode(), "rules": rules_fingerprint().encode()})


@cache
def rules_fingerprint() -> str:
    """Hash the rules and word lists by which tasks are read: the sources of this package, and WordNet's words."""
    package = resources.files("taskscape")
    sources = [file for file in (package / "tasks").iterdir() if file.name.endswith(".py")]
    words = package / "models" / "wordnet" / "wordnet.txt.xz"
    return _digest({file.name: file.read_bytes() for file in sorted([*sources, words], key=lambda file: file.name)})


def _digest(parts: dict[str, bytes]) -> str:
    """Hash named contents, each with its length, so that none runs into the next."""
    import xxhash

    hashed = xxhash.xxh3_128()
    for name, content in parts.items():
        hashed.update(f"{name} {len(content)}\n".encode())
        hashed.update(content)
    return hashed.hexdigest()


def label(texts: Sequence[str], *, labeller: str | Labeller = "default") -> list[Task]:
    """Name the task of each text.

    Parameters
    ----------
    texts
        Instructions of any length and kind.
    labeller
        A name that `load_labeller` knows, or an object with ``label(texts)``.

    Returns
    -------
    list of Task
        One per text, in order; ``none|none`` with confidence 0 where nothing can be read.

    Raises
    ------
    EncoderError, MissingExtraError
        The labeller cannot be loaded; see `load_labeller`.
    UsageError
        The name is unknown or of an encoder that does not label, or ``texts`` is a single string.

    Notes
    -----
    Cost of the parser: about a second per 900 instructions and core; bounded for each text, whatever its length. It
    works on one core unless it is given as ``ParserLabeller(processes=2)``.

    Examples
    --------
    >>> [str(task) for task in label(["Write a poem about rain."], labeller="parser")]
    ['write|poem']
    """
    if isinstance(texts, str):
        raise UsageError("label takes a list of texts; got one string: write label([text])")
    chosen = load_labeller(labeller) if isinstance(labeller, str) else labeller
    return chosen.label(texts)
