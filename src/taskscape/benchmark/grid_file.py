"""The file that describes a grid: encoders × templates × poolings, clusterings and tests, as YAML.

::

    title: What a prompt does to MiniLM
    ieb: ieb                            # folder of the published files; --ieb DIR says the same
    labelled:                           # further clustering tests
      - {file: intents.csv, text-field: text, label-field: category, as: intents, cap: 50}
    encoders:
      - default                         # a name, as `bench` takes it
      - labels:parser
      - name: hf:{minilm}               # {minilm} is the folder of the installed MiniLM
        as: MiniLM
        templates: [none, semantic, pie]
        poolings: [mean, last]
        settings: {dtype: fp32}         # further settings of that encoder
    clusterings: [kmeans, agglomerative]
    seeds: 5
    seed: 0
    seen: training-tasks.txt            # adds IIS on pairs of two unseen tasks

Paths are relative to where the command runs. The names ``paper`` and ``offline`` mean the files in
``taskscape/benchmark/grids``. A key that is not known is an error, so that a misspelt one is not silently left out.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.benchmark.cluster_scores import SEEDS
from taskscape.benchmark.clusterings import CLUSTERINGS
from taskscape.benchmark.label_line import load_contestant
from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection

    from taskscape.benchmark.label_line import TaskLabels
    from taskscape.encoders import Encoder

SHIPPED = Path(__file__).parent / "grids"
MINILM = "{minilm}"
_KEYS = {"title", "ieb", "labelled", "encoders", "clusterings", "seeds", "seed", "seen"}
_ENCODER_KEYS = {"name", "as", "templates", "poolings", "settings"}
_LABELLED_KEYS = {"file", "as", "text-field", "label-field", "cap", "k"}


@dataclass(frozen=True, slots=True)
class Contestant:
    """One encoder of a grid, with its settings.

    Attributes
    ----------
    name
        What `taskscape.load_encoder` takes, or a label line.
    shown
        Its name in tables.
    settings
        Keywords of `taskscape.load_encoder`: ``template`` and ``pooling`` among them.
    """

    name: str
    shown: str
    settings: dict[str, Any] = field(default_factory=dict)

    def load(self) -> Encoder | TaskLabels:
        """Load it."""
        name = self.name
        if MINILM in name:
            from taskscape.encoders.shipped import minilm_folder

            name = name.replace(MINILM, str(minilm_folder()))
        return load_contestant(name, **self.settings)


@dataclass(frozen=True, slots=True)
class LabelledTest:
    """A clustering test on a labelled file; see `taskscape.benchmark.labelled.read_labelled_file`."""

    file: str
    shown: str
    text_field: str | None = None
    label_field: str | None = None
    cap: int | None = None
    k: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """What is to be measured.

    Attributes
    ----------
    title
        For people.
    contestants
        Encoders with their settings, in the order of the table.
    ieb
        Folder of the published files; None where only labelled files are tested on.
    labelled
        Further clustering tests.
    clusterings
        Names of `taskscape.benchmark.clusterings.CLUSTERINGS`.
    seed, seeds
        First seed, and how many.
    seen
        Tasks that training saw; None where nothing is known.
    """

    title: str
    contestants: tuple[Contestant, ...]
    ieb: Path | None
    labelled: tuple[LabelledTest, ...] = ()
    clusterings: tuple[str, ...] = ("kmeans",)
    seed: int = 0
    seeds: int = SEEDS
    seen: tuple[str, ...] | None = None


def find_grid(name: str | Path) -> Path:
    """Find a grid file: a path, or the name of one that is shipped.

    Raises
    ------
    DataError
        There is neither; names those that are shipped.
    """
    shipped = SHIPPED / f"{name}.yaml"
    if Path(name).is_file():
        return Path(name)
    if str(name).isidentifier() and shipped.is_file():
        return shipped
    known = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.yaml")))
    raise DataError(f"there is no grid file {str(name)!r}; shipped are: {known}.")


def read_grid(name: str | Path, *, ieb: str | Path | None = None) -> Grid:
    """Read a grid file.

    Parameters
    ----------
    name
        Its path, or the name of one that is shipped: ``paper``, ``offline``.
    ieb
        Folder of the published IEB files, in place of what the file says.

    Returns
    -------
    Grid
        The grid; nothing of it is loaded yet.

    Raises
    ------
    DataError
        The file is missing, is no YAML, or says something that cannot be; names the place.
    """
    import yaml

    path = find_grid(name)
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}") from error
    _check(told, _KEYS, str(path))
    contestants = tuple(one for entry in _list(told, "encoders", path) for one in _contestants(entry, path))
    if not contestants:
        raise DataError(f"{path} names no encoders: it needs `encoders: [default, …]`.")
    labelled = tuple(_labelled(entry, path) for entry in _list(told, "labelled", path))
    told_ieb = _text(told, "ieb", str(path))
    folder = told_ieb if ieb is None else ieb
    if folder is None and not labelled:
        raise DataError(f"{path} names no test: give --ieb DIR, or name `ieb:` or `labelled:` files in it.")
    clusterings = tuple(map(str, _list(told, "clusterings", path))) or ("kmeans",)
    if unknown := [one for one in clusterings if one not in CLUSTERINGS]:
        raise DataError(f"{path}: clustering {unknown[0]!r} is unknown: take of {', '.join(CLUSTERINGS)}.")
    seen = _text(told, "seen", str(path))
    return Grid(
        title=str(told.get("title", path.stem)),
        contestants=contestants,
        ieb=None if folder is None else Path(folder),
        labelled=labelled,
        clusterings=tuple(dict.fromkeys(clusterings)),
        seed=_number(told, "seed", 0, path, least=0),
        seeds=_number(told, "seeds", SEEDS, path, least=1),
        seen=None if seen is None else read_tasks(seen),
    )


def read_tasks(path: str | Path) -> tuple[str, ...]:
    """Read names of tasks, one a line; empty lines are left out.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as a list of tasks: {error}") from error
    return tuple(line.strip() for line in lines if line.strip())


def _contestants(entry: Any, path: Path) -> list[Contestant]:
    """Spread an entry over its templates and poolings."""
    if isinstance(entry, str):
        return [Contestant(entry, entry)]
    _check(entry, _ENCODER_KEYS, f"{path}, an entry of `encoders`")
    if not isinstance(name := entry.get("name"), str):
        raise DataError(f"{path}: an entry of `encoders` has no `name`: {entry!r}")
    further = entry.get("settings") or {}
    if not isinstance(further, dict):
        raise DataError(f"{path}, encoder {name}: `settings` must be names and values, got {further!r}")
    axes = {"template": _list(entry, "templates", path), "pooling": _list(entry, "poolings", path)}
    given = {axis: values for axis, values in axes.items() if values}
    return [
        Contestant(name, str(entry.get("as", name)), {**further, **dict(zip(given, chosen, strict=True))})
        for chosen in itertools.product(*given.values())
    ]


def _labelled(entry: Any, path: Path) -> LabelledTest:
    _check(entry, _LABELLED_KEYS, f"{path}, an entry of `labelled`")
    if not isinstance(file := entry.get("file"), str):
        raise DataError(f"{path}: an entry of `labelled` has no `file`: {entry!r}")
    where = f"{path}, labelled file {file}"
    return LabelledTest(
        file,
        str(entry.get("as", Path(file).stem)),
        _text(entry, "text-field", where),
        _text(entry, "label-field", where),
        _number(entry, "cap", None, path, least=2),
        _number(entry, "k", None, path, least=2),
    )


def _check(told: Any, known: Collection[str], where: str) -> None:
    """Raise where something is no mapping, or has a key that is not known."""
    if not isinstance(told, dict):
        raise DataError(f"{where} must be names and values, such as `name: default`; got {type(told).__name__}.")
    if unknown := [key for key in told if key not in known]:
        raise DataError(f"{where} has an unknown key {unknown[0]!r}. Known: {', '.join(sorted(known))}.")


def _text(told: dict[str, Any], key: str, where: str) -> str | None:
    value = told.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise DataError(f"{where}: `{key}` must be a text, such as `{key}: name`; got {value!r}")
    return value


def _list(told: dict[str, Any], key: str, path: Path) -> list[Any]:
    value = told.get(key)
    if value is not None and not isinstance(value, list):
        raise DataError(f"{path}: `{key}` must be a list, such as `{key}: [one, other]`; got {value!r}")
    return value or []


def _number(told: dict[str, Any], key: str, default: Any, path: Path, *, least: int) -> Any:
    value = told.get(key, default)
    if value is not default and (not isinstance(value, int) or isinstance(value, bool) or value < least):
        raise DataError(f"{path}: `{key}` must be a whole number from {least}, got {value!r}")
    return value
