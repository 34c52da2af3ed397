from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from taskscape.errors import DataError
from taskscape.records.output import check_place, replacing


def test_pipes_and_devices_are_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    with pytest.raises(DataError, match="is a pipe or a device"), replacing(pipe) as partial:
        partial.write_bytes(b"{}")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(DataError, match="is a pipe or a device"):
        check_place(Path(os.devnull))


def test_a_file_or_nothing_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    for name in ("there", "absent"):
        check_place(tmp_path / name)
    with pytest.raises(DataError, match="is a folder"):
        check_place(tmp_path)
