"""Hashes for a page's Content-Security-Policy, which admits a script or a style sheet by its text alone."""

from __future__ import annotations

import base64
import hashlib


def digest(text: str) -> str:
    """Give the source expression that admits a text: ``'sha256-…'``, quotes included."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
