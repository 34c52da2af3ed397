"""The bytes of a file: opened, decompressed or compressed by its suffix, cut into lines."""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK = 1 << 20  # bytes read at a time
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
COMPRESSIONS = (".gz", ".zst", ".xz")


def split_suffix(path: Path) -> tuple[str, str]:
    """Give a path's data suffix and compression suffix, lower case, each empty where there is none.

    ``a.jsonl.gz`` → ``(".jsonl", ".gz")``.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSIONS else ""
    return (suffixes[-1] if suffixes else ""), compression


class _Bytes(io.RawIOBase):
    """A decompressed stream whose failures are `DataError`s that name the file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._read = 0
        self._stream = self._open()

    def _open(self) -> BinaryIO:
        compression = split_suffix(self._path)[1]
        if compression == ".gz":
            return cast("BinaryIO", gzip.open(self._path))
        if compression == ".xz":
            return cast("BinaryIO", lzma.open(self._path))
        if compression == ".zst":
            import pyarrow as pa

            # Arrow's reader, because it tells a truncated stream, which zstandard's takes for the end.
            return cast("BinaryIO", pa.input_stream(str(self._path), compression="zstd"))
        return self._path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # any object with the buffer protocol
        view = memoryview(buffer)
        try:
            data = self._stream.read(len(view))
        except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError) as error:
            raise DataError(f"{self._path}: cannot be read past byte {self._read:,} of its content: {error}") from error
        view[: len(data)] = data
        self._read += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def open_bytes(path: Path) -> io.BufferedReader:
    """Open a file for reading its bytes: decompressed by its suffix, without a byte order mark.

    Raises
    ------
    DataError
        The file cannot be opened, or is UTF-16 text. Later, from ``read``: its compressed stream is damaged.
    """
    try:
        stream: io.BufferedReader = io.BufferedReader(_Bytes(path), CHUNK)
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error
    start = stream.peek(3)[:3]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        stream.close()
        raise DataError(f"{path}: this is UTF-16 text. Convert it to UTF-8, such as by: iconv -f UTF-16 -t UTF-8")
    if start == BYTE_ORDER_MARK:
        stream.read(3)
    return stream


def has_byte_order_mark(path: Path) -> bool:
    """Tell whether the content of a file begins with a UTF-8 byte order mark (Excel wants one in a CSV file)."""
    with io.BufferedReader(_Bytes(path)) as stream:
        return stream.read(3) == BYTE_ORDER_MARK


@contextlib.contextmanager
def open_for_writing(path: Path, *, like: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing bytes that are compressed as the suffix of `like` says."""
    compression = split_suffix(like)[1]
    if compression == ".zst":
        import pyarrow as pa

        with pa.output_stream(str(path), compression="zstd") as stream:
            yield stream
        return
    with path.open("wb") as file:
        if compression == ".gz":
            # No name and time in the header: equal content gives equal files.
            with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                yield cast("BinaryIO", packed)
        elif compression == ".xz":
            with lzma.open(file, "wb") as stream:
                yield cast("BinaryIO", stream)
        else:
            yield file


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    r"""Split a stream at ``\n`` only, for a text may hold U+2028 or form feeds; the ``\n`` is left out."""
    rest: list[bytes] = []
    while chunk := stream.read(CHUNK):
        first, *others = chunk.split(b"\n")
        rest.append(first)
        if others:
            yield b"".join(rest)
            rest = [others.pop()]
            yield from others
    last = b"".join(rest)
    if last:
        yield last
