from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from taskscape.errors import StoreError
from taskscape.vectors.files import append_line, digest, locked, make_folder, write_bytes

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import pathlib, sys
from taskscape.vectors.files import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"before")
    record = write_bytes(path, b"after that")
    assert path.read_bytes() == b"after that"
    assert (record.bytes, record.xxh3) == (10, digest(path))
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_a_second_process_is_refused_and_a_dead_one_is_not_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=f"is being written by process {holder.pid} on "), locked(tmp_path):
            pass
        holder.kill()
        holder.wait()
        assert (tmp_path / "LOCK").exists()
        with locked(tmp_path):
            pass
    assert not (tmp_path / "LOCK").exists()


def test_what_cannot_be_written_is_said_with_the_path_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for attempt in (
        lambda: write_bytes(tmp_path / "file" / "below", b"x"),
        lambda: append_line(tmp_path, "a line"),
        lambda: make_folder(tmp_path / "file" / "below"),
    ):
        with pytest.raises(StoreError, match=r"cannot be written: .*the same command continues from there"):
            attempt()
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_a_disk_that_gives_back_something_else_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.vectors.files.digest", lambda _: "other")
    with pytest.raises(StoreError, match="differs from what was written"):
        write_bytes(tmp_path / "file", b"x")
    assert not (tmp_path / "file").exists()
