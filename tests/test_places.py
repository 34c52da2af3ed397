from __future__ import annotations

import sys
from pathlib import Path

import pytest

from taskscape.places import cache_folder


@pytest.mark.parametrize(
    ("system", "variables", "folder"),
    [
        ("linux", {"TASKSCAPE_CACHE_DIR": "/own", "XDG_CACHE_HOME": "/xdg"}, "/own"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/taskscape"),
        ("linux", {}, "/home/me/.cache/taskscape"),
        ("darwin", {}, "/home/me/Library/Caches/taskscape"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/taskscape/cache"),
        ("win32", {}, "/home/me/AppData/Local/taskscape/cache"),
    ],
)
def test_the_cache_lies_where_the_system_or_the_user_wants_it(
    monkeypatch: pytest.MonkeyPatch, system: str, variables: dict[str, str], folder: str
) -> None:
    for name in ("TASKSCAPE_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    assert cache_folder() == Path(folder)
    assert cache_folder("here") == Path("here")
