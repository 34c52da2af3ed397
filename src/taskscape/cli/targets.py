"""The tasks of the rows, and the mix of tasks that a selection is to meet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from taskscape.cli.inputs import embed_cached, open_like
from taskscape.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from taskscape.cli.console import Console
    from taskscape.cli.options import Encoding
    from taskscape.records import Dataset
    from taskscape.vectors import Store


def tasks_of(dataset: Dataset, store: Store, console: Console, *, needed: bool) -> list[str] | None:
    """Give the task of each row of a store: from the store, or where its encoder does not label, labelled now.

    Parameters
    ----------
    dataset, store
        The rows.
    console
        Where it is said that rows are labelled.
    needed
        Whether to label them; else None.
    """
    found = store.tasks()
    if found is None and needed:
        import taskscape.encoders  # noqa: F401 (makes the shipped model known as the default labeller)
        from taskscape.tasks import label

        console.note(f"{store.manifest.settings.encoder} reads no tasks: the default labeller does")
        found = label(dataset.texts())
    return None if found is None else [str(task) for task in found]


def read_mix(
    path: Path, source: Dataset, tasks: Sequence[str], encoding: Encoding, console: Console
) -> Mapping[str, float]:
    """Read a target mix.

    Parameters
    ----------
    path
        YAML (``.yaml``, ``.yml``) of ``verb|noun: share``; or a store or data, whose rows' tasks are counted.
    source
        The rows to choose from: data is read as they are, or else as it is recognised.
    tasks
        Their tasks. Tasks of another dataset that do not occur in them are left out, and the shares of the others grow.
    encoding
        What reads the tasks of data, and where that is cached.
    console
        Where it is said what the mix is.

    Returns
    -------
    mapping
        Task → share.

    Raises
    ------
    DataError
        The file is no such YAML, or the datasets have no task in common.
    """
    if path.suffix in (".yaml", ".yml"):
        return _from_yaml(path)
    from taskscape.vectors import Store, is_store

    if is_store(path):
        store = Store.open(path)
        dataset = store.open_dataset()
    else:
        dataset = open_like(source, path)
        store = embed_cached(dataset, encoding, console)
    counts = Counter(tasks_of(dataset, store, console, needed=True) or [])
    common = counts.keys() & set(tasks)
    if not common:
        raise DataError(f"{path} asks for none of the tasks of the data, so its mix cannot be met.")
    total = sum(counts[task] for task in common)
    share = total / counts.total()
    console.note(f"{path}: {len(common):,} of its {len(counts):,} tasks ({share:.0%} of its rows) occur in the data")
    return {task: counts[task] / total for task in sorted(common)}


def _from_yaml(path: Path) -> Mapping[str, float]:
    import yaml

    try:
        mix = yaml.safe_load(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(mix, dict) or not all(isinstance(task, str) for task in mix):
        raise UsageError(f"{path} is no mix: write lines such as `write|poem: 0.2`.")
    return mix
