"""Writing a file so that it is complete or absent, and one process at a time.

A shard that a full disk or a power cut left half-written must never look like a shard. So bytes go to a temporary
name, are synced, read back and hashed, and only then get their name; the folder is synced too, since a rename lives
there. The price is one read of what was just written, which the page cache answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xxhash

from taskscape.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What a manifest remembers of a file.

    Parameters
    ----------
    bytes
        Length.
    xxh3
        XXH3-128 of the content, hexadecimal.
    """

    bytes: int
    xxh3: str


def digest(path: Path) -> str:
    """Hash a file's content: XXH3-128, hexadecimal. Memory: 1 MiB."""
    state = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def write_bytes(path: Path, data: bytes) -> FileRecord:
    """Write a file in one step: afterwards it is complete, or it is as it was before.

    Parameters
    ----------
    path
        File to write or replace; its folder exists.
    data
        The content.

    Returns
    -------
    FileRecord
        Length and hash, for the manifest.

    Raises
    ------
    StoreError
        The disk is full, the folder cannot be written, or what was read back differs from what was written.
    """
    record = FileRecord(len(data), xxhash.xxh3_128_hexdigest(data))
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if digest(temporary) != record.xxh3:
            raise StoreError(f"{path}: what was read back differs from what was written. Check the disk.")
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise unwritable(path, error) from error
    return record


def append_line(path: Path, line: str) -> None:
    """Add a line to a journal and wait until the disk has it.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unwritable(path, error) from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are missing.

    Raises
    ------
    StoreError
        It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def sync_folder(path: Path) -> None:
    """Wait until the disk knows the names in a folder. Windows has no such call and needs none."""
    if sys.platform != "win32":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unwritable(path: Path, error: OSError) -> StoreError:
    """Say that a path cannot be written, and what helps."""
    return StoreError(
        f"{path} cannot be written: {error.strerror or error}. Free some space or choose another folder; "
        "what is complete is kept, and the same command continues from there."
    )


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a folder for this process while the block runs.

    The lock is the kernel's, held on the file ``LOCK``: it ends with its process however that ends, so the file that a
    killed process left behind stops nobody.

    Parameters
    ----------
    folder
        An existing folder.

    Raises
    ------
    StoreError
        Another process holds it; it is named.
    """
    path = folder / "LOCK"
    handle = _open_locked(path)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"process": os.getpid(), "host": socket.gethostname()}).encode())
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows removes no open file: an unheld LOCK does no harm
            path.unlink()
        os.close(handle)


def _open_locked(path: Path) -> int:
    """Open the lock file and lock it; again when the last holder removed it in between."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            _lock(handle)
        except OSError as error:
            holder = _holder(handle)
            os.close(handle)
            raise StoreError(
                f"{path.parent} is being written by {holder}. Wait until it ends, or choose another folder."
            ) from error
        if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
            return handle
        os.close(handle)


def _holder(handle: int) -> str:
    try:
        written = json.loads(os.pread(handle, 4096, 0)) if sys.platform != "win32" else {}
        return f"process {written['process']} on {written['host']}"
    except (ValueError, KeyError):
        return "another process"  # it has the lock and has not yet written its name


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
