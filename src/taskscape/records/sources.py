"""What a user names as DATA → the files behind it.

A file, a folder, a glob, a folder made by `datasets.save_to_disk`, or the id of a dataset on the Hugging Face hub all
end as a list of `SourceFile`. A word that looks like a path but names nothing is an error, never a request to the
hub: a typing mistake must not leave the machine.

Price: listing a folder; the digest of a file reads it once (about 2 GB/s), and only when it is asked for.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from taskscape.errors import DataError, UsageError
from taskscape.extras import require
from taskscape.records.streams import CHUNK, COMPRESSIONS, split_suffix

if TYPE_CHECKING:
    from collections.abc import Sequence


# Suffix → the family of containers. What the bytes are is looked at later: a .json may hold lines, a .jsonl an array.
SUFFIXES = {
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "txt",
    ".parquet": "parquet",
    ".arrow": "arrow",
}

# Files that lie beside data and describe it.
_DESCRIPTIONS = re.compile(
    r"^(dataset_infos?|dataset_dict|state|croissant|config|manifest|package(-lock)?)\.json$"
    r"|^(readme|licen[cs]e|notice|changelog|requirements.*)(\.\w+)*$",
    re.IGNORECASE,
)
_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(?::(?P<split>[\w.-]+))?$")


@dataclass(frozen=True)
class SourceFile:
    """One file of a dataset, as it was when the dataset was opened.

    Attributes
    ----------
    path
        Where it is.
    size
        Bytes on disk (compressed, if it is).
    modified
        Time of its last change, in nanoseconds: a second pass refuses a file that was changed meanwhile.
    """

    path: Path
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> SourceFile:
        """Look a file up on disk.

        Raises
        ------
        DataError
            It is not there.
        """
        try:
            status = path.stat()
        except OSError as error:
            raise DataError(f"{path}: cannot be found: {error.strerror or error}") from error
        return cls(path, status.st_size, status.st_mtime_ns)

    @cached_property
    def digest(self) -> str:
        """xxh3-128 of the bytes, in hex. Read once, on first use."""
        state = xxhash.xxh3_128()
        with self.path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                state.update(chunk)
        return state.hexdigest()

    def check_unchanged(self) -> None:
        """Raise `DataError` when the file is not the one that was opened."""
        if SourceFile.of(self.path) != self:
            raise DataError(f"{self.path} was changed since it was opened. Start again from the changed file.")


def find_files(data: str | Path | Sequence[str | Path]) -> list[SourceFile]:
    """Find the files that DATA names.

    Parameters
    ----------
    data
        A file, a folder (searched whole; all its data files must be of one family), a glob, a folder made by
        `datasets.save_to_disk`, or a dataset id ``owner/name`` or ``owner/name:split`` (needs the package `datasets`).
        Or a list of files of one family.

    Returns
    -------
    list of SourceFile
        Never empty; in the order of their names, or of the dataset's own list or the given one.

    Raises
    ------
    DataError
        Nothing is there, or a folder or list mixes families of files.
    """
    if not isinstance(data, (str, Path)):
        files = [_checked(Path(one)) for one in data]
        if not files:
            raise DataError("the list of files is empty: name at least one.")
        _same_family([file.path for file in files], "the list of files")
        return files
    path = Path(data)
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except OSError as error:  # a name that is too long, say
        raise DataError(f"{str(data)[:100]}: no such file or folder ({error.strerror or error}).") from error
    if is_file:
        return [_checked(path)]
    if is_folder:
        return [SourceFile.of(found) for found in _files_in(path)]
    if str(data) == "-" or path.exists():  # a pipe, or another thing that can be read once
        raise DataError(f"{data}: data is read more than once, so it must be a file. Save what is piped to one first.")
    if has_magic(str(data)):
        return [SourceFile.of(found) for found in _same_family(_expand(str(data)), str(data))]
    return [SourceFile.of(found) for found in _hub_files(str(data))]


def _checked(path: Path) -> SourceFile:
    suffix, compression = split_suffix(path)
    if suffix not in SUFFIXES:
        raise DataError(f"{path}: unknown kind of file. Known: {known_suffixes()}.")
    if compression and SUFFIXES[suffix] in ("parquet", "arrow"):
        raise DataError(f"{path}: {suffix} files are compressed inside; unpack the {compression} first.")
    return SourceFile.of(path)


def known_suffixes() -> str:
    """List what can be read, for messages."""
    return f"{', '.join(SUFFIXES)}, the text ones also with {', '.join(COMPRESSIONS)}"


def _expand(pattern: str) -> list[Path]:
    path = Path(pattern)
    root = Path(path.anchor) if path.is_absolute() else Path()
    relative = str(path.relative_to(path.anchor)) if path.is_absolute() else pattern
    try:
        found = sorted(match for match in root.glob(relative) if match.is_file())
    except (ValueError, NotImplementedError) as error:
        raise DataError(
            f"{pattern}: this is no pattern for files: {error}. ** stands alone between slashes, as in data/**/*.jsonl."
        ) from error
    if not found:
        raise DataError(f"{pattern}: no file fits this pattern.")
    return [_checked(match).path for match in found]


def _same_family(found: Sequence[Path], where: str) -> Sequence[Path]:
    families: dict[str, list[str]] = {}
    for path in found:
        families.setdefault(SUFFIXES[split_suffix(path)[0]], []).append(path.name)
    if len(families) > 1:
        counts = "; ".join(f"{len(names)} {family} (such as {names[0]})" for family, names in families.items())
        raise DataError(f"{where} mixes kinds of files: {counts}. Name one kind by a glob, such as '*.jsonl'.")
    return found


def _files_in(folder: Path) -> Sequence[Path]:
    if (folder / "dataset_dict.json").is_file():  # made by DatasetDict.save_to_disk
        splits = _saved(folder / "dataset_dict.json", "splits")
        chosen = choose_split(splits, None, str(folder), hint=f"name its folder: {folder}/{splits[0]}")
        return _files_in(folder / chosen)
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():  # Dataset.save_to_disk
        return [folder / Path(part["filename"]).name for part in _saved(folder / "state.json", "_data_files")]
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and split_suffix(path)[0] in SUFFIXES
        and not _DESCRIPTIONS.match(path.name)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        raise DataError(f"{folder}: no data file in this folder. Known: {known_suffixes()}.")
    return _same_family(found, str(folder))


def _saved(path: Path, key: str) -> list[Any]:
    """Give a list from a file that `datasets` wrote beside the data."""
    try:
        found = json.loads(path.read_bytes())[key]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not as the package datasets writes it: {error!r}") from error
    if not isinstance(found, list) or not found:
        raise DataError(f"{path}: {key!r} lists nothing.")
    return found


def choose_split(splits: Sequence[str], wanted: str | None, where: str, *, hint: str) -> str:
    """Choose the split that is wanted, else the only one or ``train``; else raise `DataError` with names and hint."""
    if wanted is not None and wanted in splits:
        return wanted
    if wanted is None and len(splits) == 1:
        return splits[0]
    if wanted is None and "train" in splits:
        return "train"
    problem = f"has no split {wanted!r}" if wanted is not None else "has several splits"
    raise DataError(f"{where} {problem}; there are: {', '.join(splits)}. To choose one, {hint}.")


def _hub_files(name: str) -> list[Path]:
    match = _HUB_ID.match(name)
    if match is None or split_suffix(Path(name))[0] in SUFFIXES:
        raise DataError(f"{name}: no such file or folder.")
    if Path(name).parent.is_dir():
        # `data/alpaka` where ./data exists: far more likely a slip than a dataset of somebody called "data".
        raise DataError(f"{name}: no such file or folder in {Path(name).parent}.")
    require("datasets", purpose=f"{name} is no file here; reading it as a dataset id of the Hugging Face hub")
    return cached_dataset_files(name.partition(":")[0], split=match["split"])


def cached_dataset_files(name: str, *, split: str | None = None) -> list[Path]:
    """Let the package `datasets` load a dataset, and give the Arrow files of one split in its cache.

    Parameters
    ----------
    name
        A dataset id, or a folder that `datasets` can load.
    split
        Which split; without it ``train``, or the only one.

    Raises
    ------
    DataError
        The dataset cannot be had; the reason of `datasets` is in the message.
    """
    datasets = require("datasets", purpose="Loading a dataset by its id")
    try:
        loaded = datasets.load_dataset(name)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        raise DataError(f"{name}: no such file, and as a dataset id it could not be loaded: {error}") from error
    part = choose_split(list(loaded), split, name, hint=f"write {name}:{next(iter(loaded))}")
    return [Path(entry["filename"]) for entry in loaded[part].cache_files]


def require_suffix(path: Path) -> tuple[str, str]:
    """Give an output's data suffix and compression suffix, or raise `UsageError` naming the known ones."""
    suffix, compression = split_suffix(path)
    if suffix not in SUFFIXES:
        raise UsageError(f"{path}: cannot tell from its name what to write. Known: {known_suffixes()}.")
    if compression and SUFFIXES[suffix] in ("parquet", "arrow"):
        raise UsageError(f"{path}: {suffix} files are compressed inside; leave {compression} away.")
    return suffix, compression
