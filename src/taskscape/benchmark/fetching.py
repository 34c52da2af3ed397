"""The published IEB files, from the authors' public repository at a fixed commit.

Asked for by name only (`taskscape ieb fetch`), never in passing. The checksum of each file is recorded beside it on the
first fetch and compared on every later one. In offline mode nothing is asked, and the message says where files go.
"""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import orjson
import xxhash

from taskscape.errors import DataError, EndpointError, UsageError
from taskscape.vectors.files import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORY = "https://raw.githubusercontent.com/Yiwei98/instruction-embedding-benchmark"
COMMIT = "cecb90fb886c20c56091d7cd67bc718af38fa4a8"
FILES = ("eft_test.json", "eft_train_unsup.json", "ift_test.json", "intention_similarity_test.json")
CHECKSUMS = "checksums.json"
TIMEOUT = 60  # seconds
_OFFLINE = ("TASKSCAPE_OFFLINE", "HF_HUB_OFFLINE")


def fetch(folder: Path, *, base_url: str = f"{REPOSITORY}/{COMMIT}/data") -> list[Path]:
    """Get the published files that are not in a folder yet, and compare all with their recorded checksums.

    Parameters
    ----------
    folder
        Made if it is not there.
    base_url
        Where the files lie; a mirror of the authors' repository serves too.

    Returns
    -------
    list of Path
        The files that were fetched now.

    Raises
    ------
    UsageError
        The folder cannot be made.
    EndpointError
        Offline mode is on, or a file could not be had.
    DataError
        A file is not the one that was recorded, or the record cannot be read.
    StoreError
        A file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made a folder: {error.strerror or error}. Name another folder with -o."
        ) from error
    record = folder / CHECKSUMS
    checksums = _recorded(record) if record.is_file() else {}
    fetched = []
    for name in FILES:
        path = folder / name
        if not path.is_file():
            content = _get(f"{base_url}/{name}", path)
            _compare(name, content, checksums)
            write_bytes(path, content)
            fetched.append(path)
        else:
            _compare(name, path.read_bytes(), checksums)
        write_bytes(record, orjson.dumps(checksums, option=orjson.OPT_INDENT_2))
    return fetched


def _recorded(record: Path) -> dict[str, str]:
    try:
        checksums = orjson.loads(record.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        problem = str(error)
    else:
        if isinstance(checksums, dict) and all(isinstance(one, str) for one in checksums.values()):
            return checksums
        problem = "it should hold a JSON object of names and checksums"
    raise DataError(
        f"{record} cannot be read: {problem}. Delete it, and the files beside it that you are not sure of: what is "
        "there is recorded anew, what is not is fetched again."
    )


def _get(url: str, path: Path) -> bytes:
    by_hand = f"Put the file by hand at {path}."
    if any(os.environ.get(variable, "0").lower() not in ("", "0", "false", "no") for variable in _OFFLINE):
        raise EndpointError(f"offline mode is on, so {url} was not asked for. {by_hand}")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 - an http(s) address of our own
            return bytes(answer.read())
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:  # HTTPException: the answer broke off
        raise EndpointError(f"{url} could not be had: {error}. {by_hand}") from error


def _compare(name: str, content: bytes, checksums: dict[str, str]) -> None:
    digest = xxhash.xxh3_128_hexdigest(content)
    if checksums.setdefault(name, digest) != digest:
        raise DataError(
            f"{name} is not the file that was recorded: its xxh3-128 is {digest}, recorded is {checksums[name]}. "
            f"Delete the file to get it again; delete its line in {CHECKSUMS} if the change is meant."
        )
