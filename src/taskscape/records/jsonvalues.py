r"""One JSON value: its bytes parsed as tolerantly as Python does, and half characters in it replaced.

The output of a language model may be cut off in half a character (a lone surrogate, ``"\ud83d"``). JSON and Python can
say it, UTF-8 cannot: a row that has one is a good row and its bytes are copied; where UTF-8 is made, it becomes ``?``.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def parse(raw: bytes) -> Any:
    """Parse one JSON value.

    Raises
    ------
    ValueError
        It is none; the message says why and where.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        reason = str(error)
    try:
        return json.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"invalid UTF-8 at byte {error.start} of the row") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"broken JSON: {reason}") from error


def without_halves(value: Any) -> Any:
    """Give a JSON value with ``?`` for each half character in its texts and keys."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, list):
        return [without_halves(item) for item in value]
    if isinstance(value, dict):
        return {without_halves(key): without_halves(item) for key, item in value.items()}
    return value
