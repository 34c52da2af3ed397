"""Files that appear whole or not at all, and the sinks that write rows into them.

A temporary file beside the target is synced and takes its place in one step.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, BinaryIO

    from taskscape.records.containers import Record


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to; it takes the place of `path` at the end, or goes if anything was raised.

    Parameters
    ----------
    path
        The file to write. It may exist, and may be the file that is being read. Its permissions stay; a link is
        followed.

    Yields
    ------
    Path
        An empty file in the same folder.

    Raises
    ------
    DataError
        It is a folder, a pipe or a device, or its own folder is not there or cannot be written to.
    """
    check_place(path)
    target = Path(path).resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        else:
            temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:  # a full disk, say; what fails in reading is a DataError already
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_place(path: str | Path) -> None:
    """Find out whether a file could stand there, before hours of work.

    Raises
    ------
    DataError
        It is a folder, a pipe or a device, or its own folder is not there.
    """
    place = Path(path)
    if place.is_dir():
        raise DataError(f"{path} is a folder; name a file in it.")
    if place.exists() and not place.is_file():  # a file would take its place, and nobody would read from it any more
        raise DataError(f"{path} is a pipe or a device, which a file would replace; name a file.")
    if not place.resolve().parent.is_dir():
        raise DataError(f"{path} cannot be written: there is no folder {place.parent}.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system can sync a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Sink(ABC):
    """Takes rows one at a time and writes them into a stream in some form."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def add(self, record: Record, added: Mapping[str, Any]) -> None:
        """Write one row, with the values of the added columns."""
        self._stream.write(self._row(record, added))

    def finish(self) -> None:
        """Write what is due at the end."""
        self._stream.write(self._end())

    @abstractmethod
    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        """Give the bytes of one row."""

    def _end(self) -> bytes:
        return b""
