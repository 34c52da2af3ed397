"""Where taskscape keeps what it can make again."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder(cache_dir: str | Path | None = None) -> Path:
    """Give taskscape's cache folder, which need not exist.

    Parameters
    ----------
    cache_dir
        Asked for by the user; None takes, in this order, ``TASKSCAPE_CACHE_DIR``, ``taskscape`` below
        ``XDG_CACHE_HOME``, and ``taskscape`` below the platform's cache folder (``~/.cache``, on macOS
        ``~/Library/Caches``, on Windows ``%LOCALAPPDATA%``).

    Returns
    -------
    Path
        The folder. It may be deleted at any time.
    """
    if cache_dir is not None:
        return Path(cache_dir)
    if own := os.environ.get("TASKSCAPE_CACHE_DIR"):
        return Path(own)
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "taskscape"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "taskscape"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "taskscape" / "cache"
    return Path.home() / ".cache" / "taskscape"
