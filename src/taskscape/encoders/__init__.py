"""Texts → vectors: the shipped encoders, the baselines, and any foreign one, behind one protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.encoders.base import Encoder, as_encoder, load_encoder, register, registered_encoders
from taskscape.tasks.labelling import register_labeller

if TYPE_CHECKING:
    from taskscape.tasks.labelling import Labeller

__all__ = ["Encoder", "as_encoder", "load_encoder", "register", "registered_encoders"]


def _default_labeller() -> Labeller:
    from taskscape.encoders.shipped import default_labeller

    return default_labeller()


# The tasks layer cannot look up to where the model is; so the model makes itself known to it.
register_labeller("default", _default_labeller)
