"""What a cluster is about: its distinctive terms, its most typical instructions, and a name.

Terms are weighed by class-based TF-IDF: all texts of a cluster count as one document, so a term is distinctive when
it is frequent there and rare elsewhere. Verbs such as "describe" are what instruction data is about, so only function
words are left out. Texts are cut to their first `CHARACTERS`, and of a large cluster only an even sample is read: the
cost is that of 50,000 short texts of large clusters and as many of small ones at most (about 2 s each), whatever the
size of the data.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.errors import UsageError
from taskscape.tasks.label import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from taskscape.analysis.clustering.result import Clustering
    from taskscape.tasks.label import Task

CHARACTERS = 400  # of each text: what is asked for stands at the beginning
ROWS = 50_000  # texts of large clusters that terms are counted in, about; clusters below their share are read whole
_FEW_WORDS = 3  # a text with fewer words is no good example

# Words of any language's letters, and pairs of signs where words are not set apart (Chinese, Japanese).
_WORD = re.compile(r"(?=([\u3040-\u30ff\u3400-\u9fff]{2}))|([^\W\d_\u3040-\u30ff\u3400-\u9fff]{2,})")

_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        about above across after again against all almost along already also although always am among an and another
        any anyone anything are around as at away be became because become been before being below between both but
        by can cannot could did do does doing don done down during each either else enough etc even ever every
        everyone everything few following for from further given had has have having he hence her here hers herself
        him himself his how however if in indeed instead into is it its itself just least less like ll made many may
        me might mine more most much must my myself near neither never nor not nothing now of off often on once one
        only onto or other others our ours ourselves out over own per perhaps please put quite rather re really same
        see seem several shall she should since so some someone something still such than that the their theirs them
        themselves then there these they this those though three through thus to together too toward towards two
        under until up upon us use used using ve very via was we well were what when where whether which while who
        whole whom whose why will with within without would yes yet you your yours yourself
        """,
    )
)


@dataclass(frozen=True, slots=True)
class ClusterName:
    """What one cluster is about.

    Parameters
    ----------
    name
        Short, and no other cluster's: ``"write|poem"`` with tasks, otherwise its first terms, ``"poem, haiku, rhyme"``.
    size
        Number of rows.
    terms
        Distinctive terms, the most distinctive first.
    typical
        Positions of the rows nearest to the centroid, nearest first, no two of the same text.
    """

    name: str
    size: int
    terms: tuple[str, ...]
    typical: tuple[int, ...]


def name_clusters(
    clustering: Clustering,
    texts: Sequence[str],
    *,
    tasks: Sequence[Task] | None = None,
    terms: int = 8,
    typical: int = 5,
) -> list[ClusterName]:
    """Name the clusters.

    Parameters
    ----------
    clustering
        The clusters.
    texts
        One per row.
    tasks
        One per row; the commonest ``verb|noun`` of a cluster then names it.
    terms
        Most distinctive terms of each.
    typical
        Most examples of each.

    Returns
    -------
    list of ClusterName
        One per cluster, in order.

    Raises
    ------
    UsageError
        The lengths differ.

    Notes
    -----
    Source of the weights: class-based TF-IDF as in BERTopic (Grootendorst, 2022).
    """
    for given, what in ((texts, "texts"), (tasks, "tasks")):
        if given is not None and len(given) != len(clustering.labels):
            raise UsageError(f"There are {len(given)} {what} for {len(clustering.labels)} rows.")
    found_terms = distinctive_terms(texts, clustering.labels, clustering.k, count=terms)
    examples = typical_rows(clustering, texts, count=typical)
    common = [None] * clustering.k if tasks is None else _common_tasks(tasks, clustering)
    names = _distinct(
        _candidates(task, found, texts[rows[0]] if rows else "")
        for task, found, rows in zip(common, found_terms, examples, strict=True)
    )
    return [
        ClusterName(name, int(size), tuple(found), tuple(rows))
        for name, size, found, rows in zip(names, clustering.sizes, found_terms, examples, strict=True)
    ]


def distinctive_terms(texts: Sequence[str], labels: NDArray[np.int32], k: int, *, count: int = 8) -> list[list[str]]:
    """Find the terms that set each group of texts apart.

    Parameters
    ----------
    texts
        One per row.
    labels
        Group of each, 0 to k - 1; -1 for none.
    k
        Number of groups.
    count
        Most terms of each group.

    Returns
    -------
    list of k lists of str
        Lower case, the most distinctive first; empty where no word recurs.
    """
    counts = [Counter[str]() for _ in range(k)]
    step = max(1, -(-len(texts) // ROWS))
    large = np.bincount(labels[labels >= 0], minlength=k) > ROWS // max(k, 1)
    seen = [0] * k
    for row, label in enumerate(labels):
        if label < 0:
            continue
        seen[label] += 1
        if large[label] and (seen[label] - 1) % step:  # of the cluster's own rows, for data may come in turns
            continue
        counts[label].update(set(_words(texts[row][:CHARACTERS])))  # a text counts once: one long list is no topic
    total = Counter[str]()
    for group in counts:
        total.update(group)
    average = sum(total.values()) / max(k, 1)
    return [_top_terms(group, total, average, count) for group in counts]


def typical_rows(clustering: Clustering, texts: Sequence[str], *, count: int = 5) -> list[list[int]]:
    """Find the rows nearest to each centroid, without near-empty texts and repetitions where there are others.

    Texts that begin with the same 400 characters repeat each other.

    Parameters
    ----------
    clustering
        The clusters.
    texts
        One per row.
    count
        Most rows of each cluster.

    Returns
    -------
    list of k lists of int
        Positions of rows, nearest first; at least one for each cluster that has rows.
    """
    order = np.lexsort((-clustering.similarities, clustering.labels))
    starts = np.searchsorted(clustering.labels[order], np.arange(clustering.k + 1))
    found = []
    for start, stop in itertools.pairwise(starts):
        rows = order[start:stop].tolist()
        seen: dict[str, int] = {}
        for row in rows:
            text = " ".join(texts[row][:CHARACTERS].split()).casefold()
            if len(text.split()) >= _FEW_WORDS or len(text) >= 4 * _FEW_WORDS:
                seen.setdefault(text, row)
            if len(seen) == count:
                break
        found.append(list(seen.values()) or rows[:1])
    return found


def _words(text: str) -> Iterator[str]:
    for pair, word in _WORD.findall(text.lower()):
        term = pair or word
        if term not in _FUNCTION_WORDS:
            yield term


def _top_terms(group: Counter[str], total: Counter[str], average: float, count: int) -> list[str]:
    """Rank one group's terms; a plural beside its singular says nothing new."""
    least = 2 if max(group.values(), default=0) > 1 else 1
    weights = {term: times * float(np.log1p(average / total[term])) for term, times in group.items() if times >= least}
    found: list[str] = []
    for term in sorted(weights, key=lambda term: (-weights[term], term)):
        if not any(term in (other + "s", other + "es") or other in (term + "s", term + "es") for other in found):
            found.append(term)
        if len(found) == count:
            break
    return found


def _common_tasks(tasks: Sequence[Task], clustering: Clustering) -> list[str | None]:
    """Give the commonest task of each cluster; None where no task could be read."""
    counts = [Counter[str]() for _ in range(clustering.k)]
    for task, label in zip(tasks, clustering.labels, strict=True):
        if label >= 0 and (task.verb, task.noun) != (NOTHING, NOTHING):
            counts[label][str(task)] += 1
    return [min(count, key=lambda task: (-count[task], task)) if count else None for count in counts]


def _candidates(task: str | None, terms: Sequence[str], example: str) -> Iterator[str]:
    """Name one cluster in several ways, the best first, without end."""
    if task is not None:
        yield task
        yield from (f"{task} ({term})" for term in terms if term not in task.split("|"))
    for several in range(min(3, len(terms)), len(terms) + 1):
        if several:
            yield ", ".join(terms[:several])
    excerpt = " ".join(example.split())[:60] or "(empty)"
    yield excerpt
    yield from (f"{excerpt} ({number})" for number in itertools.count(2))


def _distinct(candidates: Iterable[Iterator[str]]) -> list[str]:
    """Take for each cluster the first of its names that no earlier one has."""
    taken: dict[str, None] = {}
    for names in candidates:
        taken[next(name for name in names if name not in taken)] = None
    return list(taken)
