"""Texts → vectors: the shipped encoders, the baselines, and any foreign one, behind one protocol."""

from __future__ import annotations

from taskscape.encoders.base import Encoder, Fitted, as_encoder, load_encoder, register, registered_encoders

__all__ = ["Encoder", "Fitted", "as_encoder", "load_encoder", "register", "registered_encoders"]
