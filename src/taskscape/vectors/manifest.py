"""What a store says of itself: where its vectors come from, how they were made, and the hash of every file.

`Settings` is everything that decides the vectors. Two stores with equal settings hold equal vectors; a run continues
a store only under equal settings, and where they differ the difference is named. Paths are remembered for people and
for reopening the source, and do not count: a file that moved is the same file while its hash is.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import xxhash

from taskscape.errors import StoreError
from taskscape.vectors.files import FileRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A file that texts were read from.

    Parameters
    ----------
    path
        Where it was, absolute.
    bytes
        Length.
    xxh3
        XXH3-128 of the content, hexadecimal.
    """

    path: str
    bytes: int
    xxh3: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides the content of a store.

    Parameters
    ----------
    sources
        The files, in reading order.
    reading
        How they were read: format, field, turn, with_input and the like; plain JSON values.
    encoder, fingerprint
        The encoder's name and the hash of its weights, tokenizer, prompt and pooling.
    dimension
        Length of a vector.
    dtype
        ``"float16"`` or ``"float32"``.
    tasks
        Whether the encoder labels as it embeds.
    rules
        Version of the rules by which the tasks were read; 0 where there are none.
    shard_rows
        Most vectors in a shard. A shard is the unit of work, so this decides the batches that the encoder saw.
    """

    sources: tuple[Source, ...]
    reading: Mapping[str, Any]
    encoder: str
    fingerprint: str
    dimension: int
    dtype: str
    tasks: bool
    rules: int
    shard_rows: int

    @property
    def identity(self) -> dict[str, Any]:
        """What must agree for two stores to be one: all but paths and the encoder's name."""
        identity = asdict(self)
        del identity["encoder"]
        identity["reading"] = {name: value for name, value in self.reading.items() if value is not None}
        identity["sources"] = [(source.bytes, source.xxh3) for source in self.sources]
        return identity

    @property
    def key(self) -> str:
        """Hash of the identity, hexadecimal: the name of a cached store."""
        canonical = json.dumps(self.identity, sort_keys=True, ensure_ascii=True)
        return xxhash.xxh3_128_hexdigest(canonical.encode())

    def differences(self, asked: Settings) -> list[str]:
        """Name what differs from other settings.

        Parameters
        ----------
        asked
            The settings that are wanted; ``self`` are those of the store.

        Returns
        -------
        list of str
            One phrase per difference, empty when the two agree.
        """
        found = []
        if self.identity["sources"] != asked.identity["sources"]:
            found.append(_source_difference(self.sources, asked.sources))
        if self.fingerprint != asked.fingerprint:
            found.append(
                f"encoder: it holds {self.encoder} ({self.fingerprint}), now {asked.encoder} ({asked.fingerprint})"
            )
        for name in sorted({*self.reading, *asked.reading}):
            then, now = self.reading.get(name), asked.reading.get(name)
            if then != now:
                found.append(f"{name}: it was read with {then!r}, now {now!r}")
        for name in ("dimension", "dtype", "tasks", "shard_rows"):
            then, now = getattr(self, name), getattr(asked, name)
            if then != now:
                found.append(f"{name}: it has {then}, now {now}")
        if self.tasks == asked.tasks and self.rules != asked.rules:
            found.append("rules: its tasks were read by another version of taskscape")
        return found


def _source_difference(held: tuple[Source, ...], asked: tuple[Source, ...]) -> str:
    paths = {source.path: source.xxh3 for source in held}
    changed = [source.path for source in asked if paths.get(source.path, source.xxh3) != source.xxh3]
    if changed:
        return f"source: {', '.join(changed)} changed since"
    return f"source: it was made from {_named(held)}, now {_named(asked)}"


def _named(sources: tuple[Source, ...]) -> str:
    names = [source.path for source in sources[:3]]
    return ", ".join(names) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")


@dataclass(frozen=True, slots=True)
class Shard:
    """A finished shard: vectors ``start`` to ``stop`` of the store.

    Parameters
    ----------
    start, stop
        Range of positions, half open.
    files
        ``"vectors"``, ``"rows"`` and, where the encoder labels, ``"tasks"``: length and hash of each file.
    """

    start: int
    stop: int
    files: Mapping[str, FileRecord]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON data."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Shard:
        """Read back what `to_json` gave; KeyError or TypeError where it is something else."""
        files = {name: FileRecord(int(file["bytes"]), str(file["xxh3"])) for name, file in value["files"].items()}
        return cls(int(value["start"]), int(value["stop"]), files)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``manifest.json`` holds. It is written last, so that its presence means that the store is complete.

    Parameters
    ----------
    settings
        How the store was made.
    rows
        Number of vectors.
    rejected
        Number of rows of the source that were set aside in ``rejects.jsonl``.
    shards
        The shards, in order.
    """

    settings: Settings
    rows: int
    rejected: int
    shards: tuple[Shard, ...]

    def to_bytes(self) -> bytes:
        """As the content of ``manifest.json``."""
        value = {
            "schema": SCHEMA,
            **settings_to_json(self.settings),
            "rows": self.rows,
            "rejected": self.rejected,
            "shards": [shard.to_json() for shard in self.shards],
        }
        # In ASCII, which holds the names of files that are no UTF-8 too.
        return (json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode()

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read a manifest.

        Parameters
        ----------
        path
            ``manifest.json`` of a store.

        Raises
        ------
        StoreError
            It cannot be read, is no manifest, or was written by a newer taskscape.
        """
        try:
            value = json.loads(path.read_bytes())
            if value["schema"] != SCHEMA:
                raise StoreError(
                    f"{path} has schema {value['schema']}, this taskscape reads {SCHEMA}: install the version that "
                    "made it, or embed again into another folder."
                )
            shards = tuple(Shard.from_json(shard) for shard in value["shards"])
            manifest = cls(settings_from_json(value), int(value["rows"]), int(value["rejected"]), shards)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                f"{path} is no manifest of a store ({type(error).__name__}: {error}). Embed again into another folder."
            ) from error
        manifest._check_ranges(path)
        return manifest

    def _check_ranges(self, path: Path) -> None:
        ends = [0, *(shard.stop for shard in self.shards)]
        if [shard.start for shard in self.shards] != ends[:-1] or ends[-1] != self.rows:
            raise StoreError(
                f"{path}: its shards do not add up to its {self.rows} rows. Embed again into another folder."
            )


def settings_to_json(settings: Settings) -> dict[str, Any]:
    """Give settings as plain JSON data, as they stand in a manifest."""
    return asdict(settings) | {"sources": [asdict(source) for source in settings.sources]}


def settings_from_json(value: Mapping[str, Any]) -> Settings:
    """Read back what `settings_to_json` gave; KeyError or TypeError where it is something else."""
    return Settings(
        sources=tuple(Source(str(s["path"]), int(s["bytes"]), str(s["xxh3"])) for s in value["sources"]),
        reading=dict(value["reading"]),
        encoder=str(value["encoder"]),
        fingerprint=str(value["fingerprint"]),
        dimension=int(value["dimension"]),
        dtype=str(value["dtype"]),
        tasks=bool(value["tasks"]),
        rules=int(value["rules"]),
        shard_rows=int(value["shard_rows"]),
    )
