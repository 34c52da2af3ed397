"""Is a row a copy of the query? The text evidence that keeps a query's own copy out of its demonstrations.

What counts as a copy is what `taskscape.dedup` calls a duplicate by its wording: equal but for dress, politeness,
order, synonyms or a slip of the pen. Another number or another content word is another text: "Translate cat to French"
and "Translate dog to French" are two. Similarity of embeddings is no evidence: two requests for one task may be as near
as two copies.

Price: about 60 µs for each text when it is first looked at, and 1 µs a pair; 5 to 100 µs where the words are nearly
the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from taskscape.analysis.deduplication.deciding import AUTO
from taskscape.analysis.deduplication.text_evidence import judge
from taskscape.analysis.deduplication.wording import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = 1 << 16  # texts of each side that stay read
_OTHER_WORDS = 4  # distinct content words that only one side may have, at most, for a look at the pair to be worth it


class Copies:
    """Which rows of a pool are copies of which queries.

    Parameters
    ----------
    queries, pool
        The texts, each the whole of a row: instruction and input. They are read when they are first looked at.

    Examples
    --------
    >>> copies = Copies(["Write a poem about rain."], ["Please write a poem about RAIN", "Write a poem about snow."])
    >>> copies.are(0, 0), copies.are(0, 1)
    (True, False)
    """

    def __init__(self, queries: Sequence[str], pool: Sequence[str]) -> None:
        self._queries = queries
        self._pool = pool
        self._query_wording = lru_cache(_KEPT)(lambda query: wording(queries[query]))
        self._pool_wording = lru_cache(_KEPT)(lambda row: wording(pool[row]))

    def are(self, query: int, row: int) -> bool:
        """Tell whether a row of the pool is a copy of a query."""
        one, other = self._query_wording(query), self._pool_wording(row)
        if one.plain == other.plain:
            return True
        if one.fixed != other.fixed or len({*one.content} ^ {*other.content}) > _OTHER_WORDS:
            return False
        return judge(self._queries[query], self._pool[row], {}, (one, other)).agreement >= AUTO
