"""The one door to labels: ``label(texts) -> list[Task]``, with labellers known by name.

A labeller is anything that gives one `Task` per text. ``"default"`` is the shipped encoder, which reads the task in the
pass that embeds; ``"parser"`` is the teacher of `taskscape.tasks.syntax`, which needs spaCy; any encoder that labels is
one too, by its name or folder. Others are added with `register_labeller`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from taskscape.errors import EncoderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from taskscape.tasks.label import Task


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


def _encoder(name: str) -> Labeller:
    """Load an encoder that labels: a shipped one, or a folder."""
    known = f"there are {', '.join(labellers())}, and encoders that label, by name or folder."
    try:
        encoder = importlib.import_module("taskscape.encoders.base").load_encoder(name)
    except EncoderError as error:
        if Path(name).is_dir():
            raise
        raise UsageError(f"no labeller is called {name!r}; {known}") from error
    if not callable(getattr(encoder, "label", None)):
        raise UsageError(f"the encoder {name!r} has no task heads to label with; {known}")
    labeller: Labeller = encoder
    return labeller


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
    """List the names that `label` knows, sorted."""
    return sorted(_FACTORIES)


def load_labeller(name: str = "default") -> Labeller:
    """Load a labeller once and keep it.

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
        The folder holds no encoder.
    UsageError
        The name is unknown, or the encoder does not label.
    """
    if name not in _LOADED:
        _LOADED[name] = _FACTORIES[name]() if name in _FACTORIES else _encoder(name)
    return _LOADED[name]


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
    UsageError
        The name is unknown, or ``texts`` is a single string.
    MissingExtraError
        The labeller needs an optional package that is not installed.

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
