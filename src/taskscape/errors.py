"""Every error that taskscape raises on purpose.

The tree::

    TaskscapeError            the root: catch this one; at the command line one line and its `exit_code`
    ├── UsageError            a setting is wrong or two do not fit together (exit 2)
    ├── DataError             a file, row or column is not what it should be (exit 3)
    │   └── FormatError       the instruction format of a file was not recognised; names the keys that were seen
    ├── StoreError            a store is damaged, incomplete, or was made from something else (exit 4)
    ├── EncoderError          an encoder is unknown, its files are no model, or its vectors are wrong (exit 5)
    ├── EndpointError         a server that was asked (language model, embeddings) failed for good (exit 6)
    └── MissingExtraError     an optional package is not installed; names the extra (exit 7)

Each message says what was wrong, where (file, row, column), and what to do. A bug is not one of these: it surfaces as
it is.
"""

from __future__ import annotations


class TaskscapeError(Exception):
    """Root of all errors that taskscape raises on purpose."""

    exit_code = 1


class UsageError(TaskscapeError, ValueError):
    """A setting is wrong, or two settings do not fit together."""

    exit_code = 2


class DataError(TaskscapeError, ValueError):
    """A file, a row or a column is not what it should be."""

    exit_code = 3


class FormatError(DataError):
    """The instruction format of a file was not recognised."""


class StoreError(TaskscapeError):
    """A store is damaged, incomplete, or was made from something else."""

    exit_code = 4


class EncoderError(TaskscapeError):
    """An encoder is unknown, its files are no model, or its vectors cannot be right."""

    exit_code = 5


class EndpointError(TaskscapeError):
    """A server that was asked (a language model, an embeddings server) failed for good."""

    exit_code = 6


class MissingExtraError(TaskscapeError, ImportError):
    """An optional package is not installed."""

    exit_code = 7
