from __future__ import annotations

import asyncio

import pytest

from tests.toy import HashingEncoder

pytest.importorskip("llama_index.core", reason="needs the extra llamaindex")

from llama_index.core.schema import TextNode

from taskscape.integrations.llamaindex import TaskRetriever

NODES = [
    TextNode(text=text, metadata={"output": "x"}) for text in ("sort the list", "write a poem", "write a short poem")
]


def test_nodes_come_nearest_first_with_scores_and_without_the_query_itself() -> None:
    retriever = TaskRetriever(NODES, encoder=HashingEncoder(512), k=2)
    found = retriever.retrieve("Write a poem!")
    assert [node.node.get_content() for node in found] == ["write a short poem", "sort the list"]
    assert found[0].score > found[1].score
    assert found[0].node.metadata == {"output": "x"}


def test_nodes_can_be_added_and_asked_for_asynchronously() -> None:
    retriever = TaskRetriever(encoder=HashingEncoder(512), k=1)
    assert retriever.retrieve("anything") == []
    retriever.add_nodes(NODES)
    found = asyncio.run(retriever.aretrieve("sort the long list"))
    assert [node.node.get_content() for node in found] == ["sort the list"]
