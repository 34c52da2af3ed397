"""What a model's folder tells of how it was trained to be read: its prompt and its pooling.

``taskscape train`` leaves its settings beside the model, the prompt among them; sentence-transformers leaves the
pooling. A model that is read otherwise than it was trained gives vectors that look right and are not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from taskscape.errors import EncoderError

POOLINGS = {"mean": "mean", "cls": "cls", "lasttoken": "last"}  # as sentence-transformers calls them: as we do


def trained_prompt(path: str) -> str:
    """Give the template that a model was trained with, or ``"none"``.

    Parameters
    ----------
    path
        Its folder; an id tells nothing.
    """
    settings = _held(Path(path).expanduser() / "settings.json")
    ours = {"objective", "prompt"} <= settings.keys()
    return str(settings["prompt"] or "none") if ours else "none"


def told_pooling(path: str) -> str | None:
    """Give the pooling that a sentence-transformers folder names, None where it names none.

    Raises
    ------
    EncoderError
        It names one that is not among ours.
    """
    settings = _held(Path(path).expanduser() / "1_Pooling" / "config.json")
    named = [settings["pooling_mode"]] if "pooling_mode" in settings else []
    named += [name[13:].removesuffix("_tokens").removesuffix("_token") for name in _switched_on(settings)]
    if not named:
        return None
    if len(named) > 1 or named[0] not in POOLINGS:
        raise EncoderError(f"{path} was trained with pooling {' and '.join(map(str, named))}: name one with ?pooling=.")
    return POOLINGS[named[0]]


def _switched_on(settings: dict[str, Any]) -> list[str]:
    """Names like ``pooling_mode_mean_tokens`` that are true, the form of older versions."""
    return [name for name, value in settings.items() if name.startswith("pooling_mode_") and value is True]


def _held(file: Path) -> dict[str, Any]:
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}
