"""A retriever for LlamaIndex that finds nodes by task. Needs ``taskscape[llamaindex]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskscape.extras import require
from taskscape.integrations.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
else:
    BaseRetriever = require("llama_index.core.base.base_retriever", purpose="TaskRetriever").BaseRetriever


class TaskRetriever(BaseRetriever):  # type: ignore[misc]
    """Finds the nodes whose text asks for the same as the query, nearest first.

    Parameters
    ----------
    nodes
        Nodes whose content is an instruction; what else belongs to a row stands in their metadata.
    **settings
        `encoder`, `k`, `diversity`, `same_task` and `copies` of `taskscape.integrations.pool.Pool`.

    Raises
    ------
    UsageError
        A setting is out of range.

    Examples
    --------
    >>> from llama_index.core.schema import TextNode  # doctest: +SKIP
    >>> nodes = [TextNode(text=row["instruction"], metadata={"output": row["output"]}) for row in rows]
    ... # doctest: +SKIP
    >>> TaskRetriever(nodes, k=4).retrieve("Write a haiku about snow.")  # doctest: +SKIP
    """

    def __init__(self, nodes: Sequence[BaseNode] = (), **settings: Any) -> None:
        self._pool = Pool(**settings)
        self._nodes: list[BaseNode] = []
        self.add_nodes(nodes)
        super().__init__()

    def add_nodes(self, nodes: Sequence[BaseNode]) -> None:
        """Add nodes."""
        self._pool.add([node.get_content() for node in nodes])
        self._nodes += nodes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        from llama_index.core.schema import NodeWithScore

        chosen = self._pool.choose(query_bundle.query_str)
        return [NodeWithScore(node=self._nodes[place], score=near) for place, near in chosen]
