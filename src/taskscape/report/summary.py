"""Results → one plain dict that holds everything the page shows.

The dict is plain JSON (strings, numbers, lists, dicts), so that a page, a server or a test can read it alike. Texts are
cut to an excerpt and coordinates become 16-bit integers: at 20,814 instructions the page weighs 2 MB this way, where
whole texts and floats would weigh three times that. At the deepest zoom of the page one step of a coordinate is
less than a pixel.

The keys::

    version     1
    title, source, recognised, encoder
    rows        rows of the source that were read; `shown` of them are points, the others were left out by sampling
    rejected    rows set aside
    stages      seconds per stage, in order
    points      {"row", "x", "y", "text"}: lists of one entry per point; x and y 0 to 65535, y grows downwards
    groupings   ways to group the points: clusters first, then tasks where there are labels; each
                {"key", "title", "one", "many", "members", "groups"}; `members` holds each point's group, -1 for none;
                a group is {"name", "size", "x", "y", "slot"}, a cluster also {"terms", "typical"}, a task
                {"verb", "noun"}; largest first

An analysis that gets a section of its own on the page adds a key here and a panel in ``web/src/panels``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from taskscape.errors import UsageError
from taskscape.report.excerpt import excerpt
from taskscape.report.placement import HUES, SHADES, anchor, colour_slots
from taskscape.report.sunburst import WORD
from taskscape.tasks.label import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.tasks.label import Task

VERSION = 1
EXCERPT = 240  # characters of each text that go into the page
NAME = 120  # characters of a group's name
STEPS = 65535  # a coordinate is 16 bits


class ClusterSummary(TypedDict):
    """One cluster, as the report needs it.

    ``size`` counts all rows of the source, also those that are no points; ``typical`` are positions in ``texts``.
    """

    name: str
    size: int
    terms: Sequence[str]
    typical: Sequence[int]


def summarise(
    *,
    title: str,
    texts: Sequence[str],
    rows: NDArray[np.int64],
    coordinates: NDArray[np.float32],
    labels: NDArray[np.int32],
    clusters: Sequence[ClusterSummary],
    tasks: Sequence[Task] | None = None,
    encoder: str,
    source: str,
    recognised: str,
    rejected: int = 0,
    stages: Mapping[str, float] | None = None,
    total_rows: int | None = None,
    task_counts: Mapping[tuple[str, str], int] | None = None,
) -> dict[str, Any]:
    """Gather what the page shows.

    Parameters
    ----------
    title
        Heading of the page.
    texts
        Instructions, n of them.
    rows
        Their row numbers in the source, ``(n,)``.
    coordinates
        Their places on the map, ``(n, 2)``, any finite range.
    labels
        Cluster of each, ``(n,)``, -1 for none.
    clusters
        What is known of each cluster, by number.
    tasks
        Task of each text, where labelled.
    encoder
        Name of the encoder.
    source
        Name of the file or folder, for people.
    recognised
        One line on what was recognised in it.
    rejected
        Rows that were set aside.
    stages
        Seconds per stage.
    total_rows
        Rows of the source, when the points are a sample of them; n where None.
    task_counts
        Rows per ``(verb, noun)`` over the whole source, when the points are a sample; counted from `tasks` where None.

    Returns
    -------
    dict
        Plain JSON; the keys are in the docstring of this module.

    Raises
    ------
    UsageError
        Lengths do not agree, a coordinate is not finite, or a label names no cluster.
    """
    coordinates, labels = np.asarray(coordinates), np.asarray(labels)
    _check(texts, np.asarray(rows), coordinates, labels, clusters, tasks)
    grid = _quantise(coordinates)
    groupings = [_cluster_grouping(clusters, labels, grid)]
    if tasks is not None:
        groupings.append(_task_grouping(tasks, grid, task_counts))
    return {
        "version": VERSION,
        "title": excerpt(title, NAME),
        "source": excerpt(source, EXCERPT),
        "recognised": excerpt(recognised, EXCERPT),
        "encoder": excerpt(encoder, NAME),
        "rows": len(texts) if total_rows is None else int(total_rows),
        "shown": len(texts),
        "rejected": int(rejected),
        "stages": {excerpt(name, NAME): round(float(seconds), 3) for name, seconds in (stages or {}).items()},
        "points": {
            "row": np.asarray(rows).tolist(),
            "x": grid[:, 0].tolist(),
            "y": grid[:, 1].tolist(),
            "text": [excerpt(text, EXCERPT) for text in texts],
        },
        "groupings": groupings,
    }


def _check(
    texts: Sequence[str],
    rows: NDArray[np.int64],
    coordinates: NDArray[np.float32],
    labels: NDArray[np.int32],
    clusters: Sequence[ClusterSummary],
    tasks: Sequence[Task] | None,
) -> None:
    n = len(texts)
    if coordinates.shape != (n, 2):
        raise UsageError(f"coordinates have the shape {coordinates.shape}, but {n} texts need ({n}, 2)")
    for name, values in (("rows", rows), ("labels", labels), ("tasks", tasks)):
        if values is not None and len(values) != n:
            raise UsageError(f"there are {len(values)} {name} for {n} texts: give one each")
    if not np.isfinite(coordinates).all():
        place = int(np.flatnonzero(~np.isfinite(coordinates).all(axis=1))[0])
        raise UsageError(f"the coordinates of text {place} are not finite: the layout failed")
    if n and (labels.min() < -1 or labels.max() >= len(clusters)):
        raise UsageError(f"labels run from {labels.min()} to {labels.max()}, but there are {len(clusters)} clusters")
    for number, cluster in enumerate(clusters):
        strange = [position for position in cluster["typical"] if not 0 <= position < n]
        if strange:
            raise UsageError(f"cluster {number} names text {strange[0]} as typical, but there are {n} texts")


def _quantise(coordinates: NDArray[np.float32]) -> NDArray[np.int64]:
    """Fit the map into a square of `STEPS`, keeping its proportions and its middle."""
    if not len(coordinates):
        return np.zeros((0, 2), np.int64)
    exact = coordinates.astype(np.float64)
    low, high = exact.min(axis=0), exact.max(axis=0)
    extent = float((high - low).max())
    if extent == 0.0:
        return np.full(coordinates.shape, STEPS // 2, np.int64)
    placed: NDArray[np.int64] = np.rint(((exact - (low + high) / 2) / extent + 0.5) * STEPS).astype(np.int64)
    return placed


def _anchors(members: NDArray[np.int64], groups: int, grid: NDArray[np.int64]) -> NDArray[np.float64]:
    """Place the name of each group; a group with no point stands in the middle."""
    places = np.full((groups, 2), 0.5)
    order = np.argsort(members, kind="stable")
    numbers, starts = np.unique(members[order], return_index=True)
    ends = [*starts[1:].tolist(), len(order)]
    for number, start, end in zip(numbers.tolist(), starts.tolist(), ends[: len(starts)], strict=True):
        if number >= 0:
            places[number] = anchor(grid[order[start:end]] / STEPS)
    return places


def _placed(groups: list[dict[str, Any]], anchors: NDArray[np.float64], slots: NDArray[np.int32]) -> None:
    for group, (x, y), slot in zip(groups, np.rint(anchors * STEPS).astype(int).tolist(), slots.tolist(), strict=True):
        group.update(x=x, y=y, slot=slot)


def _cluster_grouping(
    clusters: Sequence[ClusterSummary], labels: NDArray[np.int32], grid: NDArray[np.int64]
) -> dict[str, Any]:
    sizes = np.array([cluster["size"] for cluster in clusters], np.int64)
    order = np.argsort(-sizes, kind="stable")
    rank = np.full(len(clusters) + 1, -1, np.int64)  # the last entry answers for label -1
    rank[order] = np.arange(len(order))
    members = rank[labels]
    groups: list[dict[str, Any]] = [
        {
            "name": excerpt(clusters[number]["name"], NAME),
            "size": int(clusters[number]["size"]),
            "terms": [excerpt(term, NAME) for term in clusters[number]["terms"]],
            "typical": [int(position) for position in clusters[number]["typical"]],
        }
        for number in order
    ]
    anchors = _anchors(members, len(groups), grid)
    _placed(groups, anchors, colour_slots(anchors))
    return {
        "key": "cluster",
        "title": "Clusters",
        "one": "cluster",
        "many": "clusters",
        "members": members.tolist(),
        "groups": groups,
    }


def _verb_slots(order: Sequence[tuple[str, str]], sizes: Mapping[tuple[str, str], int]) -> NDArray[np.int32]:
    """Colour tasks as the sunburst does: the commonest verbs have a hue each, their nouns its shades, others grey."""
    verbs: Counter[str] = Counter()
    for (verb, _), size in sizes.items():
        verbs[verb] += size
    del verbs[NOTHING]
    common = sorted(verbs, key=lambda verb: (-verbs[verb], verb))[:HUES]
    hue = {verb: number for number, verb in enumerate(common)}
    nouns: Counter[str] = Counter()
    slots = np.full(len(order), -1, np.int32)
    for number, (verb, _) in enumerate(order):
        if verb in hue:
            slots[number] = hue[verb] + HUES * (nouns[verb] % SHADES)
            nouns[verb] += 1
    return slots


def _task_grouping(
    tasks: Sequence[Task], grid: NDArray[np.int64], counts: Mapping[tuple[str, str], int] | None
) -> dict[str, Any]:
    pairs = [(task.verb, task.noun) for task in tasks]
    sizes = Counter(pairs)
    if counts is not None:
        sizes.update({pair: count - sizes[pair] for pair, count in counts.items()})
    order = sorted(sizes, key=lambda pair: (-sizes[pair], pair))
    rank = {pair: number for number, pair in enumerate(order)}
    members = np.array([rank[pair] for pair in pairs], np.int64)
    groups: list[dict[str, Any]] = [
        {
            "name": excerpt(f"{verb}|{noun}", NAME),
            "size": sizes[verb, noun],
            "verb": excerpt(verb, WORD),
            "noun": excerpt(noun, WORD),
        }
        for verb, noun in order
    ]
    anchors = _anchors(members, len(groups), grid)
    _placed(groups, anchors, _verb_slots(order, sizes))
    return {
        "key": "task",
        "title": "Tasks",
        "one": "task",
        "many": "tasks",
        "members": members.tolist(),
        "groups": groups,
    }
