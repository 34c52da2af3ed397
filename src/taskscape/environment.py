"""What this installation has: versions, models, cores, extras, cache; what is missing and how to get it.

`examine` looks and does not load: an installed package is known by its metadata, a model by its files. `try_encoder`
is the one step that loads something, the shipped encoder, for about half a second.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from taskscape.places import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MODELS = Path(__file__).resolve().parent / "models"
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution that taskscape asks for.

    Attributes
    ----------
    name
        Name on the package index.
    wanted
        Versions that will do, such as ``">=1.5"``; empty for any.
    installed
        The version that is there, None where there is none.
    """

    name: str
    wanted: str
    installed: str | None

    @property
    def fits(self) -> bool:
        """Whether it is there in a version that will do."""
        wanted = Requirement(f"{self.name}{self.wanted}").specifier
        return self.installed is not None and wanted.contains(self.installed, prereleases=True)


@dataclass(frozen=True, slots=True)
class Extra:
    """An optional part of taskscape, and the packages that it needs.

    Attributes
    ----------
    name
        What stands in the brackets of ``pip install 'taskscape[name]'``.
    packages
        What it installs.
    """

    name: str
    packages: tuple[Package, ...]

    @property
    def missing(self) -> tuple[Package, ...]:
        """Packages that are not there or too old."""
        return tuple(package for package in self.packages if not package.fits)

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"pip install 'taskscape[{self.name}]'"


@dataclass(frozen=True, slots=True)
class Model:
    """A model inside the package.

    Attributes
    ----------
    name
        Name of its folder.
    megabytes
        Size of its files, 1 MB = 10⁶ bytes.
    licence
        As its own description says; empty where that says nothing.
    """

    name: str
    megabytes: float
    licence: str


@dataclass(frozen=True, slots=True)
class Cache:
    """The cache folder.

    Attributes
    ----------
    folder
        Where it is, or would be.
    megabytes
        Size of what is in it.
    writable
        Whether it, or the nearest folder above it that exists, can be written.
    """

    folder: Path
    megabytes: float
    writable: bool


@dataclass(frozen=True, slots=True)
class Environment:
    """What `examine` found.

    Attributes
    ----------
    version
        Of taskscape.
    python, system
        Version of the interpreter; operating system and processor.
    cores
        Processor cores that this process may use.
    core
        Packages that taskscape always needs.
    extras
        Optional parts, in the order of their names.
    models
        Models inside the package.
    cache
        The cache folder.
    """

    version: str
    python: str
    system: str
    cores: int
    core: tuple[Package, ...]
    extras: tuple[Extra, ...]
    models: tuple[Model, ...]
    cache: Cache

    @property
    def problems(self) -> list[str]:
        """What must be mended before taskscape can do its main work, each with what to do; empty where all is well."""
        found = [
            f"{package.name} {package.wanted or '(any version)'} is needed, {package.installed or 'none'} is there: "
            f"pip install '{package.name}{package.wanted}'"
            for package in self.core
            if not package.fits
        ]
        if "default" not in {model.name for model in self.models}:
            found.append("the shipped encoder is missing: pip install --force-reinstall taskscape")
        if not self.cache.writable:
            found.append(
                f"the cache folder {self.cache.folder} cannot be written: set TASKSCAPE_CACHE_DIR to one that can, "
                "or use --no-cache"
            )
        return found


def examine(cache_dir: str | Path | None = None) -> Environment:
    """Look at this installation.

    Parameters
    ----------
    cache_dir
        A cache folder other than the usual one.

    Returns
    -------
    Environment
        What is there.
    """
    from taskscape.encoders.base import cores

    core, extras = _requirements(metadata.requires("taskscape") or [])
    return Environment(
        version=metadata.version("taskscape"),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{platform.system()} {platform.machine()}",
        cores=cores(),
        core=core,
        extras=extras,
        models=tuple(_models(MODELS)),
        cache=_cache(cache_folder(cache_dir)),
    )


def try_encoder() -> str:
    """Embed and label one text with the shipped encoder, and give the task that was read.

    Raises
    ------
    EncoderError
        Its files are missing or damaged.
    """
    from taskscape.encoders.shipped import default_labeller

    _, tasks = default_labeller().encode_with_tasks(["Write a poem about rain."])
    return str(tasks[0])


def _requirements(
    lines: Iterable[str], installed: Callable[[str], str | None] | None = None
) -> tuple[tuple[Package, ...], tuple[Extra, ...]]:
    """Sort the requirements of the package into those of the core and those of each extra."""
    find = installed or _installed
    core: list[Package] = []
    extras: dict[str, list[Package]] = {}
    for requirement in map(Requirement, lines):
        package = Package(requirement.name, str(requirement.specifier), find(requirement.name))
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": ""}):
            core.append(package)
            continue
        for name in metadata.metadata("taskscape").get_all("Provides-Extra") or []:
            if marker.evaluate({"extra": name}):
                extras.setdefault(name, []).append(package)
    return tuple(core), tuple(Extra(name, tuple(packages)) for name, packages in sorted(extras.items()))


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _models(folder: Path) -> Iterable[Model]:
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = [file for file in path.rglob("*") if file.is_file()]
        if files:
            yield Model(path.name, sum(file.stat().st_size for file in files) / MB, _licence(path))


def _licence(folder: Path) -> str:
    """Read the licence that a model's own description states."""
    for name, key in (("config.json", "licence"), ("meta.json", "license")):
        path = folder / name
        if path.is_file():
            return str(json.loads(path.read_bytes()).get(key, ""))
    return "see its README.md" if (folder / "README.md").is_file() else ""


def _cache(folder: Path) -> Cache:
    nearest = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    return Cache(folder, size / MB, nearest.is_dir() and os.access(nearest, os.W_OK))
